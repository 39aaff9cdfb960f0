//! Architectures as flat named parameters, which hosts can show and learn from.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::trace::{index, record};
use super::{Decide, Decision, Draw, Made};
use crate::architecture::Architecture;
use crate::error::{Error, Result};

/// The architecture of flat parameters: the values of all its decisions by their names, and of no others.
///
/// # Errors
/// [`Error::Invalid`] at the name of a parameter that is missing, has another value than it may have beside
/// the others, or that the architecture does not have.
pub fn architecture(draw: &Draw<'_>, parameters: &Map<String, Value>) -> Result<Architecture> {
    let mut given = Given { parameters, asked: 0 };
    let (architecture, made) = record(draw, &mut given)?;
    if given.asked < parameters.len() {
        let asked = |name: &String| made.iter().any(|made| made.name == *name);
        if let Some(name) = parameters.keys().find(|name| !asked(name)) {
            let message = "expected no such parameter beside the values of the others: remove it";
            return Err(Error::invalid(format!("/{name}"), message));
        }
    }
    Ok(architecture)
}

struct Given<'a> {
    parameters: &'a Map<String, Value>,
    asked: usize,
}

impl Decide for Given<'_> {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        self.asked += 1;
        index(decision, self.parameters.get(decision.name)).map_err(|message| decision.wrong(message))
    }
}

/// A decision with its conditions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Depends<'a> {
    /// The decision.
    #[serde(flatten)]
    pub made: &'a Made,
    /// The names of those before it that it is asked for, or has its domain, because of: with another value
    /// of one of them it would not be there, or have other values to choose from.
    pub depends_on: Vec<&'a str>,
}

/// Most values of a decision that are tried.
const MOST: usize = 64;

/// The conditions of each decision of an architecture, found by trying every other value of the ones before
/// it.
///
/// # Errors
/// Those of the draw.
pub fn depends<'a>(draw: &Draw<'_>, made: &'a [Made]) -> Result<Vec<Depends<'a>>> {
    let mut out: Vec<Depends<'a>> =
        made.iter().map(|made| Depends { made, depends_on: Vec::new() }).collect();
    for (at, cause) in made.iter().enumerate() {
        let mut changes = vec![false; made.len()];
        // Some of the values of a large domain stand for all.
        let stride = cause.domain.len().div_ceil(MOST).max(1);
        let others = (0..cause.domain.len()).step_by(stride).filter_map(|i| cause.domain.value(i));
        for value in others.filter(|value| *value != cause.value) {
            let values = made.iter().map(|made| (made.name.as_str(), &made.value));
            let mut instead = Instead(values.chain([(cause.name.as_str(), &value)]).collect());
            let (_, other) = record(draw, &mut instead)?;
            let other: HashMap<&str, &Made> = other.iter().map(|m| (m.name.as_str(), m)).collect();
            for (changed, made) in changes.iter_mut().zip(made).skip(at + 1) {
                *changed |= other.get(made.name.as_str()).is_none_or(|other| other.domain != made.domain);
            }
        }
        for (out, _) in out.iter_mut().zip(changes).filter(|(_, changed)| *changed) {
            out.depends_on.push(&cause.name);
        }
    }
    Ok(out)
}

/// These values; what they make impossible is the nearest value, or the first.
struct Instead<'a>(HashMap<&'a str, &'a Value>);

impl Decide for Instead<'_> {
    fn decide(&mut self, Decision { name, domain, .. }: &Decision<'_>) -> Result<usize> {
        let value = self.0.get(name);
        Ok(value.and_then(|value| domain.index_of(value).or_else(|| domain.nearest(value))).unwrap_or(0))
    }
}
