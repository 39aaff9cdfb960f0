//! Temporary names: new for each file, and recognisable.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::hash::{BuildHasher, Hasher};

/// How temporary names begin; sixteen hexadecimal digits follow.
const PREFIX: &str = ".smash-tmp-";
/// Hexadecimal digits of a temporary name.
const DIGITS: usize = 16;

/// A name that, in all likelihood, nobody else has. Whoever creates it must insist that it is new.
pub(crate) fn name() -> String {
    // Each `RandomState` has keys of its own, drawn from the system's entropy by the first of a thread.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{PREFIX}{:0DIGITS$x}", hasher.finish())
}

/// Whether a name is one of a temporary file, which a process that was killed may have left.
pub fn is_temporary(name: &OsStr) -> bool {
    let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_new_and_recognised() {
        let names: std::collections::BTreeSet<String> = (0..1000).map(|_| name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| is_temporary(OsStr::new(name))));
        for other in ["run.tmp", ".smash-tmp-", ".smash-tmp-notes", ".smash-tmp-0123456789abcdef.txt"] {
            assert!(!is_temporary(OsStr::new(other)), "{other}");
        }
    }
}
