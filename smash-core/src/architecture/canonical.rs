//! Canonicalisation of JSON for hashing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The canonical form: sorted keys, no whitespace, and a comma after each item. It is written in one
/// streaming pass over the text, since building a tree of values first takes several times as long.
pub(super) fn canonical(text: &str) -> Vec<u8> {
    // The commas take the place of whitespace, if there is any.
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    let written = Canonical(&mut out).deserialize(&mut serde_json::Deserializer::from_str(text));
    if written.is_err() {
        // Text that was serialised as JSON parses, unless it is nested too deeply: all such text has one
        // hash.
        out = b"null".to_vec();
    }
    out
}

/// Appends the canonical form of the next value.
struct Canonical<'a>(&'a mut Vec<u8>);

impl Canonical<'_> {
    fn scalar<E: Error>(self, value: impl Serialize) -> Result<(), E> {
        serde_json::to_writer(self.0, &value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Canonical<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Canonical<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push(b'[');
        while items.next_element_seed(Canonical(self.0))?.is_some() {
            self.0.push(b',');
        }
        self.0.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push(b'{');
        let start = self.0.len();
        let mut entries: Vec<(Cow<'de, str>, usize)> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            entries.push((key.clone(), self.0.len()));
            serde_json::to_writer(&mut *self.0, &key).map_err(A::Error::custom)?;
            self.0.push(b':');
            map.next_value_seed(Canonical(self.0))?;
            self.0.push(b',');
        }
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            sort(self.0, start, entries);
        }
        self.0.push(b'}');
        Ok(())
    }
}

/// Sorts the entries of an object, given as (key, start offset), by key; of duplicate keys the last one
/// stays.
fn sort(out: &mut Vec<u8>, start: usize, entries: Vec<(Cow<'_, str>, usize)>) {
    let ends: Vec<usize> = entries.iter().skip(1).map(|entry| entry.1).chain([out.len()]).collect();
    let mut entries: Vec<_> = entries.into_iter().zip(ends).collect();
    entries.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
    let sorted: Vec<u8> = entries
        .iter()
        .zip(entries.iter().skip(1).map(Some).chain([None]))
        .filter(|(((key, _), _), next)| next.is_none_or(|((next, _), _)| key != next))
        .flat_map(|(((_, from), to), _)| &out[*from..*to])
        .copied()
        .collect();
    out.truncate(start);
    out.extend(sorted);
}

/// An object key, borrowed from the text where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        String::from_utf8(canonical(json)).unwrap()
    }

    #[test]
    fn keys_are_sorted_and_the_last_of_equal_ones_counts() {
        assert_eq!(
            text(r#" {"b" : {"d":1, "c":[ ]}, "a": [2,{}], "B":null} "#),
            r#"{"B":null,"a":[2,{},],"b":{"c":[],"d":1,},}"#
        );
        assert_eq!(text(r#"{"b":1,"a":2,"b":{"x":3},"c":4}"#), r#"{"a":2,"b":{"x":3,},"c":4,}"#);
        // Keys are compared by their characters, not by their escapes.
        assert_eq!(text(r#"{"\u0062":1,"a\n":2}"#), r#"{"a\n":2,"b":1,}"#);
    }

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(
            text("[1e2, 0.50, -7, 18446744073709551615, -0, true]"),
            "[100.0,0.5,-7,18446744073709551615,-0.0,true,]"
        );
        assert_eq!(text(&"[".repeat(500)), "null");
    }
}
