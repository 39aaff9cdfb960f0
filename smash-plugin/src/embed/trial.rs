//! Trials in JSON: candidates on their way to a host, and their results on the way back.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::session::Record;
use smash_core::strategy::Outcome;

/// A pending trial: a candidate for the host to evaluate.
pub(super) struct PendingTrial<'a> {
    pub(super) trial_id: u64,
    /// The phase of the search that proposed it.
    pub(super) phase: &'a str,
    pub(super) architecture: &'a Architecture,
}

impl PendingTrial<'_> {
    /// Pending trials as a JSON list. The choices are long and already JSON: they are copied as they are.
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

/// A completed trial.
#[derive(Debug, Serialize)]
pub(super) struct CompletedTrial<'a> {
    trial_id: u64,
    hash: &'a str,
    phase: &'a str,
    /// One per objective, the ranking criterion first; empty when the evaluation failed.
    values: &'a [f64],
    loss: Option<f64>,
    error: Option<f64>,
    latency: Option<f64>,
    params: u64,
    macs: u64,
    architecture: &'a Architecture,
}

impl<'a> CompletedTrial<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        Self {
            trial_id: record.trial_id,
            hash: &record.hash,
            phase: &record.phase,
            values: record.values(),
            loss: record.loss,
            error: record.error,
            latency: record.latency,
            params: record.params,
            macs: record.macs,
            architecture: &record.architecture,
        }
    }
}

/// How the evaluation of a trial ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TrialStatus {
    /// The trial has values.
    #[default]
    Ok,
    /// It has none: the evaluation failed.
    Failed,
    /// Stopped early: its values do not compare with others, and it ranks with the failed trials.
    Pruned,
}

/// Declares a result: what it is of, and what the host says of it.
macro_rules! results {
    ($($(#[$doc:meta])* $name:ident { $($key:ident: $type:ty),* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $key: $type,)*
            #[serde(default)]
            status: TrialStatus,
            /// One value per objective, lower is better, the first ranks; null: not finite.
            #[serde(default)]
            values: Vec<Option<f64>>,
            /// Validation error (fraction).
            #[serde(default)]
            error: Option<f64>,
            /// Seconds of inference for one example.
            #[serde(default)]
            latency: Option<f64>,
        }

        impl $name {
            /// Whether it says that there are values, and has none.
            pub(super) fn lacks_values(&self) -> bool {
                self.status == TrialStatus::Ok && self.values.is_empty()
            }

            /// The outcome that the session is told; one without values is that of a failed evaluation.
            pub(super) fn outcome(&self) -> Outcome {
                let ok = self.status == TrialStatus::Ok;
                let values = self.values.iter().filter(|_| ok).map(|value| value.unwrap_or(f64::NAN));
                let outcome = Outcome::of(values.collect::<Vec<_>>());
                Outcome { error: self.error, latency: self.latency, ..outcome }
            }
        }
    )*};
}

results! {
    /// The result of a pending trial.
    TrialResult { trial_id: u64 }
    /// The result of an architecture that was evaluated elsewhere.
    AddedResult { architecture: Architecture }
}

/// An intermediate result of a trial.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntermediateResult {
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
            .map(|(architecture, trial_id)| PendingTrial { trial_id, phase: "random", architecture })
            .collect();
        for n in 0..=2 {
            let expected: Vec<Value> = asked[..n]
                .iter()
                .map(|a| json!({"trial_id": a.trial_id, "phase": a.phase, "architecture": a.architecture}))
                .collect();
            assert_eq!(
                serde_json::from_str::<Value>(&PendingTrial::list(&asked[..n])).unwrap(),
                Value::from(expected)
            );
        }
    }
}
