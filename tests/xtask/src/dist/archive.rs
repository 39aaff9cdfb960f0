//! A compressed archive whose bytes depend on its content alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

/// 2020-01-01, when nothing happened: there is no time that two builds share, and some tools take 0 for an
/// error.
pub(super) const TIME: u64 = 1_577_836_800;

/// The list of checksums, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

enum Entry {
    File { bytes: Vec<u8>, mode: u32 },
    Link(String),
}

/// Files and links by their path, in the order of their names.
#[derive(Default)]
pub(super) struct Archive(BTreeMap<String, Entry>);

impl Archive {
    pub(super) fn file(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.into(), Entry::File { bytes, mode: 0o644 });
    }

    /// A program, or a library: those are marked as executable by custom.
    pub(super) fn executable(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.into(), Entry::File { bytes, mode: 0o755 });
    }

    /// A symbolic link to a name in its own folder.
    pub(super) fn link(&mut self, path: &str, to: &str) {
        self.0.insert(path.into(), Entry::Link(to.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the checksums of all files.
    pub(super) fn sums(&mut self) {
        let mut sums = String::new();
        for (path, entry) in &self.0 {
            if let Entry::File { bytes, .. } = entry {
                let _ = writeln!(sums, "{}  {path}", sha256(bytes)); // a String takes everything
            }
        }
        self.file(SUMS, sums.into_bytes());
    }

    /// Writes everything into a folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        for (path, entry) in &self.0 {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            let Entry::File { bytes, mode } = entry else {
                return Err(io::Error::other(format!("{}: expected a file, found a link", path.display())));
            };
            fs::write(&path, bytes)?;
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(*mode))?;
            #[cfg(not(unix))]
            let _ = mode;
        }
        Ok(())
    }

    /// The archive as `.tar.gz`, everything in one folder.
    pub(super) fn compressed(&self, folder: &str) -> io::Result<Vec<u8>> {
        // The header would name the system that packed it; 255 is "unknown".
        let gzip = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::best());
        let mut tar = Builder::new(gzip);
        for (path, entry) in &self.0 {
            let path = format!("{folder}/{path}");
            let mut header = Header::new_gnu();
            header.set_mtime(TIME);
            header.set_uid(0);
            header.set_gid(0);
            match entry {
                Entry::File { bytes, mode } => {
                    header.set_mode(*mode);
                    header.set_size(bytes.len() as u64);
                    tar.append_data(&mut header, path, &bytes[..])?;
                }
                Entry::Link(to) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_mode(0o777);
                    header.set_size(0);
                    tar.append_link(&mut header, path, to)?;
                }
            }
        }
        tar.into_inner()?.finish()
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn sample(order: [usize; 2]) -> Archive {
        let mut archive = Archive::default();
        for i in order {
            archive.file(["lib/b", "a"][i], vec![i as u8; 3]);
        }
        archive.link("lib/c", "b");
        archive.sums();
        archive
    }

    #[test]
    fn the_order_of_adding_does_not_matter() {
        let bytes = sample([0, 1]).compressed("top").unwrap();
        assert_eq!(bytes, sample([1, 0]).compressed("top").unwrap());
        // No flags, so no name, and no time.
        assert_eq!(bytes[3..8], [0; 5]);
    }

    #[test]
    fn everything_is_in_the_folder_and_summed() {
        let bytes = sample([0, 1]).compressed("top").unwrap();
        let mut archive = tar::Archive::new(GzDecoder::new(&bytes[..]));
        let mut found = Vec::new();
        let mut sums = String::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            assert_eq!(entry.header().mtime().unwrap(), TIME);
            if path.ends_with(SUMS) {
                entry.read_to_string(&mut sums).unwrap();
            }
            found.push(path);
        }
        assert_eq!(found, ["top/SHA256SUMS", "top/a", "top/lib/b", "top/lib/c"]);
        assert_eq!(sums, format!("{}  a\n{}  lib/b\n", sha256(&[1; 3]), sha256(&[0; 3])));
    }
}
