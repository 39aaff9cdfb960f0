//! Corruption tests that every loader must pass: truncated files, and files with a changed byte.

use std::fs;
use std::ops::Range;
use std::path::Path;

use smash_core::{Error, Result};

/// Truncates a file at every length: each is refused by an error that names the file.
pub(crate) fn truncated<T>(file: &Path, open: impl Fn() -> Result<T>) {
    cut(file, &open, |length, _| panic!("{length} bytes of {} were accepted", file.display()));
    open().map(drop).unwrap();
}

/// Truncates a file at every length: none panics, and errors name the file. What was read nevertheless is
/// passed to `accept`, with the length.
pub(crate) fn cut<T>(file: &Path, open: impl Fn() -> Result<T>, accept: impl Fn(usize, T)) {
    let whole = fs::read(file).unwrap();
    for length in 0..whole.len() {
        fs::write(file, &whole[..length]).unwrap();
        match open() {
            Ok(read) => accept(length, read),
            Err(error) => names(file, &error),
        }
    }
    fs::write(file, whole).unwrap();
}

/// Changes the bytes in a range, one at a time, to several others: none panics, and errors name the file.
/// What was read nevertheless is passed to `accept`, with the position.
pub(crate) fn changed<T>(
    file: &Path,
    bytes: Range<usize>,
    open: impl Fn() -> Result<T>,
    accept: impl Fn(usize, T),
) {
    let whole = fs::read(file).unwrap();
    for at in bytes.start..bytes.end.min(whole.len()) {
        for with in [0x01, 0x80, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= with;
            fs::write(file, bytes).unwrap();
            match open() {
                Ok(read) => accept(at, read),
                Err(error) => names(file, &error),
            }
        }
    }
    fs::write(file, whole).unwrap();
}

fn names(file: &Path, error: &Error) {
    let text = error.to_string();
    assert!(matches!(error, Error::Data(_)) && text.contains(&file.display().to_string()), "{text}");
    assert!(text.contains("expected"), "{text}");
}
