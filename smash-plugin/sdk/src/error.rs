//! Conversion between the core's errors and those of the ABI.

use serde_json::{Value, json};
use smash_core::Error as Core;
use smash_core::error::Problem;

use crate::abi::{self, Code};
use crate::host_functions;

/// The code, message and details of a core error.
pub(crate) fn parts(error: &Core) -> (Code, String, Option<Value>) {
    let details = |kind: &str| Some(json!({"kind": kind}));
    match error {
        Core::Invalid(problem) => {
            let problems = json!([{"pointer": problem.pointer, "message": problem.message}]);
            (abi::ERR_INVALID_CONFIG, problem.to_string(), Some(json!({"problems": problems})))
        }
        Core::Graph(text) => (abi::ERR_INVALID_ARGUMENT, text.clone(), details("graph")),
        Core::Infeasible(text) => (abi::ERR_INFEASIBLE, text.clone(), None),
        Core::Limit(text) => (abi::ERR_LIMIT, text.clone(), None),
        Core::Data(text) => (abi::ERR_DATA, text.clone(), None),
        Core::Backend(text) => (abi::ERR_BACKEND, text.clone(), None),
        Core::Diverged(text) => (abi::ERR_DIVERGED, text.clone(), None),
        Core::Checkpoint(text) => (abi::ERR_CHECKPOINT, text.clone(), None),
        Core::Plugin(text) => (abi::ERR_PLUGIN, text.clone(), None),
        Core::State(text) => (abi::ERR_BAD_STATE, text.clone(), None),
        other => (abi::ERR_INTERNAL, other.to_string(), None),
    }
}

/// Rebuilds a core error from code, message and details.
pub(crate) fn rebuilt(code: Code, message: String, details: &Value) -> Core {
    let problem = |problem: &Value| {
        let field = |name: &str| problem[name].as_str().map(str::to_owned);
        Some(Problem::new(field("pointer")?, field("message")?))
    };
    match (code, details["kind"].as_str()) {
        (abi::ERR_INVALID_CONFIG, _) => {
            let problem = details["problems"].get(0).and_then(problem);
            Core::Invalid(problem.unwrap_or_else(|| Problem::new("", message)))
        }
        (_, Some("graph")) => Core::Graph(message),
        (abi::ERR_INFEASIBLE, _) => Core::Infeasible(message),
        (abi::ERR_DIVERGED, _) => Core::Diverged(message),
        (abi::ERR_LIMIT, _) => Core::Limit(message),
        (abi::ERR_DATA, _) => Core::Data(message),
        (abi::ERR_BACKEND, _) => Core::Backend(message),
        (abi::ERR_CHECKPOINT, _) => Core::Checkpoint(message),
        (abi::ERR_BAD_STATE, _) => Core::State(message),
        _ => Core::Plugin(format!("{message} ({})", abi::code_name(code))),
    }
}

/// An error of a plugin that does not do what it must.
pub(crate) fn faulty(message: impl Into<String>) -> Core {
    Core::Plugin(message.into())
}

/// Takes over and frees the error of a failed call. `err` may be null: a plugin may return a code only.
///
/// # Safety
/// `err` is null or came from [`host_functions::HOST`]'s `error_new` in this process and is not used again.
pub unsafe fn take(code: Code, err: *mut abi::Error) -> Core {
    // SAFETY: promised by the caller.
    match unsafe { host_functions::take(err) } {
        Some(object) => rebuilt(code, object.message().to_owned(), &object.details()),
        None => rebuilt(code, "the plugin gave no message".to_owned(), &Value::Null),
    }
}
