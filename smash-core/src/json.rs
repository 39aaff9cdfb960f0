//! Compact JSON text for the values that a search serialises most.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

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
    #[test]
    fn every_number_is_written_as_it_is() {
        let numbers: Vec<u64> = (0..1100).chain([u64::MAX]).collect();
        assert_eq!(super::text(&numbers).unwrap(), serde_json::to_string(&numbers).unwrap());
    }
}
