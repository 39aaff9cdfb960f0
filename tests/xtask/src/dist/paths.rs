//! Paths of the machine that builds: none of them is handed out, so that two machines build the same bytes.

use std::path::{Path, PathBuf};

use super::metadata::Metadata;
use super::toolchain::Rust;
use crate::workspace::{VERSION, read, root};

/// Paths of this machine, each with what stands for it in debug symbols and messages of panics. A later one
/// goes before an earlier one that it is inside of.
pub(super) fn own(metadata: &Metadata, rust: &Rust) -> Vec<(PathBuf, String)> {
    let mut own = vec![
        (root().to_owned(), format!("/smash-{VERSION}")),
        (metadata.target_folder.clone(), format!("/smash-{VERSION}/target")),
    ];
    own.extend(metadata.sources().into_iter().map(|folder| (folder, "/cargo".into())));
    // Where the sources of the standard library are installed, the compiler would name those.
    own.push((rust.sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{}", rust.commit)));
    own
}

/// Fails when a file holds one of the paths.
pub(super) fn refuse(file: &Path, own: &[(PathBuf, String)]) -> Result<(), String> {
    let bytes = read(file)?;
    for (path, _) in own {
        let text = path.to_string_lossy();
        if let Some(at) = find(&bytes, text.as_bytes()) {
            let line = bytes[at..].iter().take(160).take_while(|byte| byte.is_ascii_graphic());
            let found: String = line.map(|byte| char::from(*byte)).collect();
            return Err(format!("{}: a path of this machine is in it: {found}", file.display()));
        }
    }
    Ok(())
}

/// Where a text begins in bytes. The first byte is looked for by itself, which is fast.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(text) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_at_the_end_too() {
        assert_eq!(find(b"//a/b", b"/a/b"), Some(1));
        assert_eq!(find(b"/a/", b"/a/b"), None);
        assert_eq!(find(b"", b"/"), None);
    }
}
