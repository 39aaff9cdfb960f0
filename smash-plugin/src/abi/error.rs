//! The error code and the details of each error.

use serde_json::{Value, json};
use smash_core::error::Problem;
use smash_sdk::abi::{ALREADY_EXISTS, INTERNAL, INVALID_ARGUMENT, INVALID_CONFIG, IO, NOT_FOUND, OK, PLUGIN};
use smash_sdk::guard::Failure;

use crate::Error;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let problems = |problems: &[Problem]| {
            let each = |problem: &Problem| json!({"pointer": problem.pointer, "message": problem.message});
            Some(json!({"problems": problems.iter().map(each).collect::<Vec<Value>>()}))
        };
        let (code, details) = match &error {
            Error::Job(all) | Error::Architecture(all) => (INVALID_CONFIG, problems(all)),
            Error::Document { problems: all, .. } => (INVALID_ARGUMENT, problems(all)),
            Error::Syntax { line, column, .. } => {
                (INVALID_CONFIG, Some(json!({"line": line, "column": column})))
            }
            Error::Assignment { .. } => (INVALID_CONFIG, None),
            Error::Export(_) => (INVALID_ARGUMENT, None),
            Error::Unknown { kind, .. } => (NOT_FOUND, Some(json!({"kind": kind.key()}))),
            Error::Duplicate { kind, id, .. } => {
                (ALREADY_EXISTS, Some(json!({"kind": kind.key(), "id": id})))
            }
            Error::Schema { name, .. } => (INTERNAL, Some(json!({"component": name}))),
            Error::Plugin { manifest, .. } => (PLUGIN, Some(json!({"manifest": manifest}))),
            Error::Io { path, .. } | Error::Run { path, .. } | Error::Damaged { path, .. } => {
                (IO, Some(json!({"path": path})))
            }
            Error::Core(_) => (OK, None),
        };
        match error {
            Error::Core(core) => core.into(),
            _ => Self::new(code, message, details),
        }
    }
}
