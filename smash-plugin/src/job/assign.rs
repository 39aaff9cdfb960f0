//! Assignments to single fields of a job, as a command line gives them.

use serde_json::{Map, Value};

use super::Job;
use crate::error::{Error, Result};

/// Greatest depth of a field path: far beyond any job, far below the recursion limit of JSON documents.
const DEEPEST: usize = 32;

impl Job {
    /// Sets one field of a document that is not parsed yet: `strategy.search.random=100`,
    /// `strategy.betas.0=0.9`. The value is taken as JSON, or as text if it is none. Missing objects are
    /// created; array items must exist.
    ///
    /// # Errors
    /// [`Error::Assignment`]; the document is unchanged.
    pub fn apply(document: &mut Value, assignment: &str) -> Result<()> {
        let fail = |message| Error::Assignment { assignment: assignment.to_owned(), message };
        let Some((name, text)) = assignment.split_once('=') else {
            return Err(fail("expected name=value, as in strategy.epochs=10".to_owned()));
        };
        let steps: Vec<&str> = name.trim().split('.').collect();
        if steps.iter().any(|step| step.is_empty()) {
            return Err(fail("expected names between single dots, as in strategy.epochs=10".to_owned()));
        }
        if steps.len() > DEEPEST {
            return Err(fail(format!("expected at most {DEEPEST} names, found {}", steps.len())));
        }
        smash_core::json::check_depth(text.as_bytes()).map_err(|error| fail(error.to_string()))?;
        let value = smash_core::json::from_str(text).unwrap_or_else(|_| text.into());
        let mut changed = document.clone();
        *place(&mut changed, &steps).map_err(fail)? = value;
        *document = changed;
        Ok(())
    }
}

/// The field that a path leads to.
fn place<'a>(document: &'a mut Value, steps: &[&str]) -> Result<&'a mut Value, String> {
    let mut at = document;
    for (depth, step) in steps.iter().enumerate() {
        let here = || match depth {
            0 => "the job".to_owned(),
            _ => steps[..depth].join("."),
        };
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(fields) => fields.entry(*step).or_insert(Value::Null),
            Value::Array(items) => {
                let count = items.len();
                let item = step.parse().ok().and_then(|index: usize| items.get_mut(index));
                item.ok_or_else(|| format!("{} is an array of {count}: it has no item {step}", here()))?
            }
            other => {
                let found = crate::registry::wording::found(other);
                return Err(format!("{} is {found}: it has no field {step:?}", here()));
            }
        };
    }
    Ok(at)
}
