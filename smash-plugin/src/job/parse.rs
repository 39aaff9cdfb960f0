//! Parses and checks a document as a job, with all problems at once.

use serde_json::Value;
use smash_core::component::Kind;
use smash_core::constraint::Constraints;
use smash_core::dataset::SplitRule;
use smash_core::error::Problem;

use super::schema::frame_problems;
use super::{Job, older};
use crate::error::{Error, Result};
use crate::format::Format;
use crate::registry::{Registry, plain_integers};

impl Job {
    /// Checks a document and fills in all defaults.
    ///
    /// # Errors
    /// [`Error::Job`] with every problem.
    pub fn parse(registry: &Registry, document: &Value) -> Result<Self> {
        let mut document = plain_integers(document);
        older::read(&mut document);
        let mut problems = frame_problems(&document)?;
        let smallest = Self::smallest().resolved();
        if let Some(fields) = document.as_object_mut() {
            // Editors find the schema by this field.
            fields.remove("$schema");
            problems.extend(later(fields.remove("format")));
            for kind in Kind::OF_JOB {
                let config = fields.get(kind.key()).unwrap_or(&smallest[kind.key()]);
                match registry.resolve(kind, config) {
                    Ok(resolved) => drop(fields.insert(kind.key().into(), resolved)),
                    Err(more) => problems.extend(more),
                }
            }
            problems.extend(contradictions(fields.get("constraints")));
            problems.extend(no_fold(fields.get("splits")));
        }
        if !problems.is_empty() {
            return Err(Error::Job(problems));
        }
        serde_json::from_value(document).map_err(|e| Error::Job(vec![Problem::new("", e.to_string())]))
    }

    /// Parses a text; `name` is its name in messages.
    ///
    /// # Errors
    /// [`Error::Syntax`] with line and column when the text is not JSON; otherwise as [`parse`](Self::parse).
    pub fn from_text(registry: &Registry, text: &str, name: &str) -> Result<Self> {
        // Some editors write a byte-order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document: Value = smash_core::json::from_str(text).map_err(|e| Error::syntax(name, &e))?;
        Self::parse(registry, &document)
    }
}

/// Refuses a job of a later version.
fn later(format: Option<Value>) -> Option<Problem> {
    let found = format?.as_u64()?;
    let checked = Format::Job.check(u32::try_from(found).unwrap_or(u32::MAX));
    checked.err().map(|message| Problem::new("/format", message))
}

/// Checks for constraints that no network can meet.
fn contradictions(constraints: Option<&Value>) -> Option<Problem> {
    let constraints: Constraints = serde_json::from_value(constraints?.clone()).ok()?;
    constraints.check().err().map(|problem| problem.under("/constraints"))
}

/// Checks for a validation split that is impossible for any dataset.
fn no_fold(splits: Option<&Value>) -> Option<Problem> {
    let rule: SplitRule = serde_json::from_value(splits?.clone()).ok()?;
    match rule.check() {
        Err(smash_core::Error::Invalid(problem)) => Some(problem.under("/splits")),
        _ => None,
    }
}
