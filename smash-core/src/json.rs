//! JSON: reading what others wrote, and compact text for the values that a search serialises most.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Limit on the depth of arrays and objects inside each other. Nothing that is read here needs a quarter of
/// it, and the memory on a thread's stack that reading takes grows with it.
pub const DEPTH: usize = 64;

/// Parses JSON of others, once it is known to be no deeper than [`DEPTH`].
///
/// # Errors
/// When it is deeper, is not valid, or is not a `T`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    check_depth(text.as_bytes())?;
    serde_json::from_str(text)
}

/// Parses JSON of others, once it is known to be no deeper than [`DEPTH`].
///
/// # Errors
/// When it is deeper, is not valid, or is not a `T`.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    check_depth(text)?;
    serde_json::from_slice(text)
}

/// Checks the depth of a text, valid or not, without reading what is in it.
///
/// # Errors
/// When it is deeper than [`DEPTH`].
pub fn check_depth(text: &[u8]) -> serde_json::Result<()> {
    let (mut depth, mut string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'[' | b'{' if !string => depth += 1,
            b']' | b'}' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            let before = &text[..at];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = at - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1) + 1;
            // A place at the end of a message becomes the place of the error.
            let limit = too_deep();
            return Err(serde_json::Error::custom(format_args!("{limit} at line {line} column {column}")));
        }
    }
    Ok(())
}

fn too_deep() -> String {
    format!("expected at most {DEPTH} arrays and objects inside each other, found more")
}

/// Whether an error of this module says that a text is deeper than [`DEPTH`].
pub fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with(&too_deep())
}

/// Checks the depth of the JSON that a safetensors file begins with, after its length in eight bytes.
///
/// # Errors
/// When it is deeper than [`DEPTH`].
pub fn check_header(file: &[u8]) -> serde_json::Result<()> {
    let Some((length, rest)) = file.split_first_chunk() else { return Ok(()) };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    check_depth(&rest[..length.min(rest.len())])
}

/// JSON without whitespace.
///
/// # Errors
/// When the value cannot be serialised as JSON, such as a map whose keys are not strings.
pub(crate) fn text(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::with_capacity(1024);
    value.serialize(&mut Serializer::with_formatter(&mut text, Compact))?;
    String::from_utf8(text).map_err(serde_json::Error::custom)
}

/// Writes small integers digit by digit: choices and graphs consist mostly of such numbers.
struct Compact;

impl Formatter for Compact {
    fn write_u64<W: ?Sized + Write>(&mut self, out: &mut W, value: u64) -> io::Result<()> {
        let digit = |unit: u64| b'0' + (value / unit % 10) as u8;
        match value {
            0..10 => out.write_all(&[digit(1)]),
            10..100 => out.write_all(&[digit(10), digit(1)]),
            100..1000 => out.write_all(&[digit(100), digit(10), digit(1)]),
            _ => CompactFormatter.write_u64(out, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn what_is_too_deep_is_refused_before_it_is_parsed() {
        let nested = |open: &str, close: &str, depth| open.repeat(depth) + "1" + &close.repeat(depth);
        for (open, close, deep) in [
            ("[", "]", super::DEPTH),
            ("{\"a[{\\\"\": ", "}", super::DEPTH),
            ("[{\"\":", "}]", super::DEPTH / 2),
        ] {
            assert!(super::from_str::<Value>(&nested(open, close, deep)).is_ok(), "{open}");
            let error = super::from_str::<Value>(&nested(open, close, deep + 1)).unwrap_err().to_string();
            assert!(error.contains("at most 64 arrays and objects inside each other"), "{open}: {error}");
        }
        let error = super::from_str::<Value>(&format!("\n\n {}", "[".repeat(65))).unwrap_err();
        assert_eq!((error.line(), error.column()), (3, 66));
        // Unclosed, and far beyond what any stack holds.
        assert!(super::from_slice::<Value>("[".repeat(50_000_000).as_bytes()).is_err());
        assert!(super::from_str::<Value>(&"[],".repeat(1000)).unwrap_err().to_string().contains("trailing"));
        assert!(super::from_str::<Value>(&format!("\"{}\\\"\"", "[".repeat(1000))).is_ok());
    }

    #[test]
    fn the_header_of_a_file_is_looked_at_alone() {
        let file =
            |header: &str, length: u64| [&length.to_le_bytes()[..], header.as_bytes(), b"[[["].concat();
        for (header, length, good) in [
            ("{}".to_owned(), 2, true),
            ("[".repeat(super::DEPTH), super::DEPTH as u64, true),
            ("[".repeat(super::DEPTH), u64::MAX, false),
            ("[".repeat(1000), 1000, false),
        ] {
            assert_eq!(super::check_header(&file(&header, length)).is_ok(), good, "{header} {length}");
        }
        assert!(super::check_header(b"[[[").is_ok());
    }

    #[test]
    fn every_number_is_written_as_it_is() {
        let numbers: Vec<u64> = (0..1100).chain([u64::MAX]).collect();
        assert_eq!(super::text(&numbers).unwrap(), serde_json::to_string(&numbers).unwrap());
    }
}
