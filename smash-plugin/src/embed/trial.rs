//! Candidates on their way to a host and back.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use smash_core::architecture::Architecture;

/// A candidate for the host to evaluate.
pub(super) struct Asked<'a> {
    pub(super) trial_id: u64,
    /// Which phase of the search proposes it.
    pub(super) phase: &'a str,
    pub(super) architecture: &'a Architecture,
}

impl Asked<'_> {
    /// Candidates as a list in JSON. The choices are long and JSON already: they are copied as they are.
    pub(super) fn list(asked: &[Self]) -> String {
        let choices = asked.iter().map(|asked| asked.architecture.choices.text().len());
        let mut out = String::with_capacity(choices.sum::<usize>() + 256 * asked.len() + 2);
        out.push('[');
        for (i, Self { trial_id, phase, architecture }) in asked.iter().enumerate() {
            let (phase, Architecture { space, version, choices }) = (Value::from(*phase), architecture);
            let space = Value::from(space.as_str());
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(out, r#"{comma}{{"trial_id":{trial_id},"phase":{phase},"architecture":{{"#);
            let _ = write!(out, r#""space":{space},"version":{version},"choices":{choices}}}}}"#);
        }
        out.push(']');
        out
    }
}

/// How an evaluation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ended {
    /// It has values.
    #[default]
    Ok,
    /// It has none.
    Failed,
    /// It was cut short: its values do not compare with others, and it ranks with the failed.
    Pruned,
}

/// What a candidate turned out to be worth.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    pub(super) trial_id: u64,
    #[serde(default)]
    pub(super) status: Ended,
    /// One value per objective, lower is better, the first ranks; null: not finite.
    #[serde(default)]
    pub(super) values: Vec<Option<f64>>,
}

impl Told {
    /// What the session is told.
    pub(super) fn values(&self) -> Option<Vec<f64>> {
        (self.status == Ended::Ok)
            .then(|| self.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}

/// What a candidate is worth so far.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reported {
    pub(super) trial_id: u64,
    pub(super) step: u64,
    pub(super) values: Vec<Option<f64>>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_what_its_parts_are_as_json() {
        let architectures = [json!({"b": [1, 12, 123, 1234], "a": null}), json!("\"\n")]
            .map(|choices| Architecture::new("spa\"ce", 3, &choices).unwrap());
        let asked: Vec<_> = architectures
            .iter()
            .zip(0..)
            .map(|(architecture, trial_id)| Asked { trial_id, phase: "random", architecture })
            .collect();
        for n in 0..=2 {
            let expected: Vec<Value> = asked[..n]
                .iter()
                .map(|a| json!({"trial_id": a.trial_id, "phase": a.phase, "architecture": a.architecture}))
                .collect();
            assert_eq!(
                serde_json::from_str::<Value>(&Asked::list(&asked[..n])).unwrap(),
                Value::from(expected)
            );
        }
    }
}
