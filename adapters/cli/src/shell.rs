//! Words of a command line, as a shell reads them.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::terminal::is_command;

/// Quotes a word: as it is, in single quotes, or as `$'…'` where it has bytes that are no text or that a
/// terminal would obey (a shell of today reads that; `dash` does not yet).
pub(crate) fn quote(word: &OsStr) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        Some(text) if !text.contains(is_command) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => escaped(word.as_bytes()),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                c if is_command(c) => {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| octal(&mut out, byte))
                }
                c => out.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| octal(&mut out, *byte));
    }
    out.push('\'');
    out
}

/// Three digits, after which any character may follow.
fn octal(out: &mut String, byte: u8) {
    let _ = write!(out, "\\{byte:03o}");
}

/// The name of the program: without what a shell would take for an assignment.
pub(crate) fn program(word: &OsStr) -> String {
    let quoted = quote(word);
    if quoted.contains('=') && !quoted.contains('\'') { format!("'{quoted}'") } else { quoted }
}

/// A path that is no option, whatever it begins with.
pub(crate) fn path(path: &Path) -> String {
    let word = path.as_os_str();
    if word.as_bytes().first() != Some(&b'-') || word == "-" {
        return quote(word);
    }
    quote(&OsString::from_vec([b"./", word.as_bytes()].concat()))
}

/// An option with its value in one word, if that might be taken for another option, or else in two.
pub(crate) fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quote(value.as_ref()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn quotes_what_a_shell_would_change() {
        let quote = |word: &str| quote(word.as_ref());
        assert_eq!(quote("runs/a-2"), "runs/a-2");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's${X}"), r"'it'\''s${X}'");
        assert_eq!(quote("a\nb\u{1b}'\\ü"), r"$'a\012b\033\'\\ü'");
        assert_eq!(super::quote(OsStr::from_bytes(b"\xff1")), r"$'\3771'");
        assert_eq!(
            [path(Path::new("-x")), path(Path::new("-")), path(Path::new("a/-x"))],
            ["./-x", "-", "a/-x"]
        );
        assert_eq!(option("--set", "-a=1 2"), "--set='-a=1 2'");
        assert_eq!(program("a=b".as_ref()), "'a=b'");
    }

    /// Every byte but NUL, in every way that words are quoted.
    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        let all: Vec<u8> = (1..=255).collect();
        let mut words: Vec<Vec<u8>> = all.iter().map(|byte| vec![b'x', *byte, b'7']).collect();
        words.extend([
            all,
            b"".to_vec(),
            b"'".to_vec(),
            b"$'\\x41'".to_vec(),
            "\u{202e}é\u{9b}".into(),
            b"~ * !a #".to_vec(),
        ]);
        let quoted: Vec<String> = words.iter().map(|word| quote(OsStr::from_bytes(word))).collect();
        let script = format!("printf '%s\\0' {}", quoted.join(" "));
        let Ok(output) = Command::new("bash").args(["-c", &script]).env("LC_ALL", "C.UTF-8").output() else {
            return;
        };
        let read: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        assert_eq!(read.len(), words.len() + 1, "{}", String::from_utf8_lossy(&output.stderr));
        for (read, word) in read.iter().zip(&words) {
            assert_eq!(read, word);
        }
    }
}
