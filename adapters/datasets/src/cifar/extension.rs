//! Entries of a tar archive that say more about the next one: its name, where that is long.

use std::io::{self, Read};

use tar::EntryType;

/// Limit on an extension, in bytes: a longer one is passed over.
const LONGEST: u64 = 1 << 16;

/// The two ways of extending an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// GNU: the name, ended by a zero.
    Gnu,
    /// PAX: lines of `length key=value`, of the next entry.
    Pax,
    /// What says nothing about the name.
    Other,
}

impl Extension {
    /// The extension of an entry of this type, if it is one.
    pub(super) fn of(kind: EntryType) -> Option<Self> {
        match kind {
            EntryType::GNULongName => Some(Self::Gnu),
            EntryType::XHeader => Some(Self::Pax),
            EntryType::GNULongLink | EntryType::XGlobalHeader => Some(Self::Other),
            _ => None,
        }
    }

    /// The name of the next entry that an extension holds.
    pub(super) fn name(self, entry: &mut impl Read) -> io::Result<Option<String>> {
        if self == Self::Other {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        entry.take(LONGEST).read_to_end(&mut bytes)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(match self {
            Self::Gnu => bytes.split(|byte| *byte == 0).next().map(text),
            _ => pax(&bytes).map(text),
        })
    }
}

/// The value of `path`.
fn pax(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
        let record = bytes.get(space + 1..length)?;
        if let Some(value) = record.strip_prefix(b"path=") {
            return value.strip_suffix(b"\n");
        }
        bytes = &bytes[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_among_other_attributes() {
        let name = |extension: Extension, bytes: &[u8]| extension.name(&mut &bytes[..]).unwrap();
        assert_eq!(name(Extension::Pax, b"20 mtime=1234567890\n12 path=a/b\n").unwrap(), "a/b");
        assert_eq!(name(Extension::Pax, b"20 mtime=1234567890\n"), None);
        assert_eq!(name(Extension::Pax, b"0 path=a\n"), None);
        assert_eq!(name(Extension::Pax, b"99 path=a\n"), None);
        assert_eq!(name(Extension::Gnu, b"a/b\0").unwrap(), "a/b");
    }
}
