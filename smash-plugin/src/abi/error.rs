//! The error code and the details of each error.

use serde_json::{Value, json};
use smash_core::error::Problem;
use smash_sdk::abi::{
    ERR_ALREADY_EXISTS, ERR_INTERNAL, ERR_INVALID_CONFIG, ERR_IO, ERR_LIMIT, ERR_NOT_FOUND, ERR_PLUGIN,
    ERR_UNSUPPORTED, OK,
};
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
            Error::Job(all) | Error::Architecture(all) | Error::Document { problems: all, .. } => {
                (ERR_INVALID_CONFIG, problems(all))
            }
            Error::Syntax { line, column, .. } => {
                (ERR_INVALID_CONFIG, Some(json!({"line": line, "column": column})))
            }
            Error::Limit { line, column, .. } => (ERR_LIMIT, Some(json!({"line": line, "column": column}))),
            Error::Assignment { .. } => (ERR_INVALID_CONFIG, None),
            Error::Export(_) => (ERR_UNSUPPORTED, None),
            Error::Unknown { kind, .. } => (ERR_NOT_FOUND, Some(json!({"kind": kind.key()}))),
            Error::Duplicate { kind, id, .. } => {
                (ERR_ALREADY_EXISTS, Some(json!({"kind": kind.key(), "id": id})))
            }
            Error::Schema { name, .. } => (ERR_INTERNAL, Some(json!({"component": name}))),
            Error::Plugin { manifest, .. } => (ERR_PLUGIN, Some(json!({"manifest": manifest}))),
            Error::Io { path, .. } | Error::Run { path, .. } | Error::Damaged { path, .. } => {
                (ERR_IO, Some(json!({"path": path})))
            }
            Error::Core(_) => (OK, None),
        };
        match error {
            Error::Core(core) => core.into(),
            _ => Self::new(code, message, details),
        }
    }
}
