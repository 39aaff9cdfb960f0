//! A compiled JSON Schema that reports problems.

use std::collections::BTreeSet;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};
use smash_core::error::Problem;

use super::explain::explain;

/// A compiled schema.
pub(crate) struct Checker {
    schema: Value,
    validator: Validator,
}

impl Checker {
    /// Compiles a schema (draft 2020-12, without access to files or the network).
    ///
    /// # Errors
    /// The compiler's message on an invalid schema.
    pub(crate) fn new(mut schema: Value) -> Result<Self, String> {
        limit_integers(&mut schema);
        let validator =
            jsonschema::draft202012::new(&schema).map_err(|e| format!("{}: {e}", e.instance_path()))?;
        Ok(Self { schema, validator })
    }

    /// Every problem of a value at the JSON pointer `at`. A value of the wrong type has no other problem.
    pub(crate) fn problems(&self, value: &Value, at: &str) -> Vec<Problem> {
        let errors: Vec<ValidationError<'_>> = self.validator.iter_errors(value).collect();
        let wrong_type =
            |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Type { .. });
        let mistyped: BTreeSet<&str> =
            errors.iter().filter(|e| wrong_type(e)).map(|e| e.instance_path().as_str()).collect();
        let mut problems = Vec::new();
        for error in &errors {
            if wrong_type(error) || !mistyped.contains(error.instance_path().as_str()) {
                explain(&self.schema, error, at, &mut problems);
            }
        }
        problems
    }
}

/// Adds the range of Rust's integers to a schema; published schemas only name the type, so that they stay
/// readable.
fn limit_integers(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(limit_integers),
        Value::Object(map) => {
            let most = match map.get("format").and_then(Value::as_str) {
                Some("uint8") => json!(u8::MAX),
                Some("uint16") => json!(u16::MAX),
                Some("uint32") => json!(u32::MAX),
                Some("uint64" | "uint") => json!(u64::MAX),
                Some("int32") => json!(i32::MAX),
                Some("int64" | "int") => json!(i64::MAX),
                _ => Value::Null,
            };
            if !most.is_null() && !map.contains_key("maximum") {
                map.insert("maximum".into(), most);
            }
            map.values_mut().for_each(limit_integers);
        }
        _ => {}
    }
}
