//! Errors as a host sees them.

use std::ffi::{CStr, c_char};

use serde_json::{Value, json};
use smash_core::error::Problem;
use smash_sdk::abi::{
    self, ALREADY_EXISTS, Code, INTERNAL, INVALID_ARGUMENT, INVALID_CONFIG, IO, NOT_FOUND, OK, PLUGIN,
};
use smash_sdk::guard::{Failure, guard};
use smash_sdk::host::{ErrorObject, take};

use super::arguments::maybe;
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
            Error::Syntax { line, column, .. } => (INVALID_CONFIG, Some(json!({"line": line, "column": column}))),
            Error::Assignment { .. } => (INVALID_CONFIG, None),
            Error::Unknown { kind, .. } => (NOT_FOUND, Some(json!({"kind": kind.key()}))),
            Error::Duplicate { kind, id } => (ALREADY_EXISTS, Some(json!({"kind": kind.key(), "id": id}))),
            Error::Schema { name, .. } => (INTERNAL, Some(json!({"component": name}))),
            Error::Plugin { manifest, .. } => (PLUGIN, Some(json!({"manifest": manifest}))),
            Error::Io { path, .. } | Error::Run { path, .. } => (IO, Some(json!({"path": path}))),
            Error::Core(_) => (OK, None),
        };
        match error {
            Error::Core(core) => core.into(),
            _ => Self::new(code, message, details),
        }
    }
}

/// # Safety
/// `error` is null or came from this library.
pub(super) unsafe extern "C" fn code(error: *const abi::Error) -> Code {
    // SAFETY: promised by the caller.
    unsafe { error.cast::<ErrorObject>().as_ref() }.map_or(OK, ErrorObject::code)
}

/// # Safety
/// As [`code`]; `len` is null or can be written.
pub(super) unsafe extern "C" fn message(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: promised by the caller.
    unsafe { text(error, len, ErrorObject::message_text) }
}

/// # Safety
/// As [`message`].
pub(super) unsafe extern "C" fn details(error: *const abi::Error, len: *mut usize) -> *const c_char {
    // SAFETY: promised by the caller.
    unsafe { text(error, len, ErrorObject::details_text) }
}

/// # Safety
/// As [`message`].
unsafe fn text(error: *const abi::Error, len: *mut usize, text: impl Fn(&ErrorObject) -> &CStr) -> *const c_char {
    // SAFETY: promised by the caller; the text lives as long as the error.
    let found = unsafe { error.cast::<ErrorObject>().as_ref() }.map_or(c"", text);
    // SAFETY: promised by the caller.
    unsafe { maybe(len, || found.count_bytes()) };
    found.as_ptr()
}

/// # Safety
/// As [`code`]; it is not used again.
pub(super) unsafe extern "C" fn free(error: *mut abi::Error) {
    guard(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        drop(unsafe { take(error) });
        Ok(())
    });
}
