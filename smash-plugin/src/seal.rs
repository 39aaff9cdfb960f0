//! Checksums: of stored bytes, and of a JSON document that carries its own as its last field.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// What stands before and after the digits of a sealed document: on a line of its own, or on none.
const TAILS: [(&str, &str); 2] = [(",\n  \"sha256\": \"", "\"\n}\n"), (",\"sha256\":\"", "\"}")];
/// Hexadecimal digits of a checksum.
const DIGITS: usize = 64;

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(bytes))
}

/// The digits of a hash that was computed piece by piece.
pub(crate) fn hex(hash: impl AsRef<[u8]>) -> String {
    hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Adds the checksum of a JSON object to it as the last field.
pub(crate) fn seal(document: &str, pretty: bool) -> String {
    let body = document.trim_end().strip_suffix('}').unwrap_or(document).trim_end();
    let (before, after) = TAILS[usize::from(!pretty)];
    format!("{body}{before}{}{after}", sha256(body))
}

/// Verifies the checksum of a document; false for one that carries none.
///
/// # Errors
/// When the document is not the one that was sealed.
pub(crate) fn verify(document: &str) -> Result<bool, String> {
    for (before, after) in TAILS {
        let Some(rest) = document.strip_suffix(after) else { continue };
        let Some((body, digits)) = rest.len().checked_sub(DIGITS).and_then(|at| rest.split_at_checked(at))
        else {
            continue;
        };
        if let Some(body) = body.strip_suffix(before) {
            let found = sha256(body);
            return if found == digits { Ok(true) } else { Err(differs(digits, &found)) };
        }
    }
    Ok(false)
}

/// What is said of bytes that are not those that were written.
pub(crate) fn differs(expected: &str, found: &str) -> String {
    format!(
        "was damaged or changed since it was written: expected the SHA-256 {expected}, found {found}; restore it \
         from a copy"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_noticed() {
        for (text, pretty) in [("{\"a\": 1}", false), ("{\n  \"a\": 1,\n  \"b\": \"}\"\n}", true)] {
            let sealed = seal(text, pretty);
            assert_eq!(verify(&sealed), Ok(true));
            assert_eq!(verify(text), Ok(false));
            let value: serde_json::Value = serde_json::from_str(&sealed).unwrap();
            assert_eq!(value["a"], 1);
            for bit in 0..sealed.len() * 8 {
                let mut bytes = sealed.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                if let Ok(text) = String::from_utf8(bytes) {
                    assert_ne!(verify(&text), Ok(true), "bit {bit}");
                }
            }
        }
    }
}
