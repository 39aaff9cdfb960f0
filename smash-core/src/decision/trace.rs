//! The decisions of an architecture, as they were made.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Decide, Decision, Domain, Draw};
use crate::architecture::Architecture;
use crate::error::{Error, Result};

/// A decision with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The name of the decision.
    pub name: String,
    /// The values that it could have here.
    #[serde(flatten)]
    pub domain: Domain<'static>,
    /// Its value.
    pub value: Value,
}

/// Draws an architecture, and records the decisions that were asked.
///
/// # Errors
/// Those of the draw; [`Error::Conformance`] when a name comes twice.
pub fn record(draw: &Draw<'_>, decide: &mut dyn Decide) -> Result<(Architecture, Vec<Made>)> {
    let mut recorder = Recorder { inner: decide, made: Vec::new(), names: HashSet::new() };
    let architecture = draw(&mut recorder)?;
    Ok((architecture, recorder.made))
}

struct Recorder<'a> {
    inner: &'a mut dyn Decide,
    made: Vec<Made>,
    names: HashSet<String>,
}

impl Decide for Recorder<'_> {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        if !self.names.insert(decision.name.to_owned()) {
            let name = decision.name;
            return Err(Error::conformance(format!("the space asks for the decision {name:?} twice")));
        }
        let index = self.inner.decide(decision)?;
        if let Some(value) = decision.domain.value(index) {
            let (name, domain) = (decision.name.to_owned(), decision.domain.clone().into_owned());
            self.made.push(Made { name, domain, value });
        }
        Ok(index)
    }
}

/// The decisions of an architecture, in their order. `value_of` finds the value of a decision in the
/// choices by its name, as [`lookup`] does where names are paths.
///
/// # Errors
/// [`Error::Invalid`], with a pointer into the architecture, when it is not one that the draw can make.
pub fn recall(
    draw: &Draw<'_>,
    architecture: &Architecture,
    value_of: &dyn Fn(&Value, &str) -> Option<Value>,
) -> Result<Vec<Made>> {
    let choices = architecture.choices.value();
    let mut recall = Recall { choices: &choices, value_of };
    let (made, decisions) = record(draw, &mut recall)?;
    if made.space != architecture.space || made.version != architecture.version {
        architecture.expect(&made.space, made.version)?;
    }
    // Fields that nothing has decided, or values that are not those of any decision.
    if made.choices != architecture.choices {
        let message =
            format!("expected what its decisions give, {}, found {}", made.choices, architecture.choices);
        return Err(Error::invalid("/choices", message));
    }
    Ok(decisions)
}

/// The value at a path of names and numbers with dots between them; `None` where there is none.
pub fn lookup(choices: &Value, name: &str) -> Option<Value> {
    let at = name.split('.').try_fold(choices, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    })?;
    Some(at.clone())
}

struct Recall<'a> {
    choices: &'a Value,
    value_of: &'a dyn Fn(&Value, &str) -> Option<Value>,
}

impl Decide for Recall<'_> {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        let value = (self.value_of)(self.choices, decision.name);
        index(decision, value.as_ref()).map_err(|message| {
            Error::invalid(format!("/choices/{}", decision.name.replace('.', "/")), message)
        })
    }
}

/// The index of a value in the domain of its decision, or what is wrong with it.
pub(super) fn index(decision: &Decision<'_>, value: Option<&Value>) -> Result<usize, String> {
    let found = || value.map_or("nothing".into(), Value::to_string);
    value
        .and_then(|value| decision.domain.index_of(value))
        .ok_or_else(|| format!("expected {}, found {}", decision.domain, found()))
}
