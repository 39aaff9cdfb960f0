//! The wording of messages: what was expected, what was found, what was probably meant.

use serde_json::{Number, Value};

/// Length limit of a found value, in characters.
const LONGEST: usize = 60;
/// Limit on the names in a list.
const MOST: usize = 40;

/// A value in a few words, for "found …".
pub(crate) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".into(),
        Value::Number(n) => number(n),
        Value::Bool(b) => b.to_string(),
        Value::String(s) if s.chars().count() > LONGEST => {
            let start: String = s.chars().take(LONGEST).collect();
            format!("{start:?}…")
        }
        Value::String(s) => format!("{s:?}"),
    }
}

/// A bound of a range, without the `.0` of a whole number.
pub(crate) fn bound(value: &Value) -> String {
    match value {
        Value::Number(n) => number(n),
        other => other.to_string(),
    }
}

fn number(n: &Number) -> String {
    let text = n.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// "expected one of …, found …", with the nearest spelling.
pub(crate) fn one_of(options: &[&Value], value: &Value) -> String {
    let names = options.iter().filter_map(|option| option.as_str());
    let hint = value.as_str().map(|name| suggestion(name, names)).unwrap_or_default();
    format!("{}, found {}{hint}", expected_one_of(options), found(value))
}

/// "expected one of …".
pub(crate) fn expected_one_of(options: &[&Value]) -> String {
    let listed = list(options.iter().map(|option| found(option)));
    let one_of = if options.len() == 1 { "" } else { "one of " };
    format!("expected {one_of}{listed}")
}

/// "unknown field", with the nearest spelling and the known ones.
pub(crate) fn unknown_field<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let hint = suggestion(name, known.clone());
    let mut known = known.peekable();
    match known.peek() {
        None => "unknown field, none is allowed here".into(),
        Some(_) => format!("unknown field{hint} (known: {})", list(known.map(str::to_owned))),
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.len().checked_sub(MOST) {
        Some(rest @ 1..) => format!("{} and {rest} more", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map(|name| format!(", did you mean {name:?}?")).unwrap_or_default()
}

/// The known name that was probably meant: within an edit distance of a third of its length.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Edit distance takes quadratic time, and no name is that long.
    if name.len() > LONGEST {
        return None;
    }
    let plain = |s: &str| s.to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(name.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_near_spellings_are_suggested() {
        let known = ["cosine", "step", "constant"];
        assert_eq!(nearest("cosin", known.into_iter()), Some("cosine"));
        assert_eq!(nearest("Constant", known.into_iter()), Some("constant"));
        assert_eq!(nearest("linear", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(100_000), known.into_iter()), None);
    }

    #[test]
    fn found_values_stay_short() {
        assert_eq!(found(&json!("x".repeat(1000))).chars().count(), LONGEST + 3);
        assert_eq!(found(&json!([1, 2])), "an array of 2");
        assert_eq!(bound(&json!(1.0)), "1");
        assert_eq!(one_of(&[&json!("a")], &json!(3)), "expected \"a\", found 3");
    }
}
