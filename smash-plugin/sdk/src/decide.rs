//! Decisions that are asked on one side and answered on the other.

use std::ffi::{c_char, c_void};
use std::ptr;

use serde::Deserialize;
use smash_core::decision::{Decide, Decision, Domain};
use smash_core::{Error, Result};

use crate::abi::{self, Code, DecideFn, ERR_INVALID_ARGUMENT, OK};
use crate::buf::text;
use crate::error::take;
use crate::float_mode::FloatMode;
use crate::guard::{Failure, guard, write_out};

/// Asks the other side.
pub struct RemoteDecide {
    decide: DecideFn,
    user: *mut c_void,
}

impl RemoteDecide {
    /// A callback with its user data.
    ///
    /// # Safety
    /// The callback may be called with `user` as long as this lives.
    pub unsafe fn new(decide: DecideFn, user: *mut c_void) -> Self {
        Self { decide, user }
    }
}

impl Decide for RemoteDecide {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        let mut text = serde_json::to_string(decision).map_err(|e| Error::invalid("", e.to_string()))?;
        let len = text.len();
        text.push('\0');
        let (mut index, mut err) = (u64::MAX, ptr::null_mut());
        let _mode = FloatMode::keep();
        // SAFETY: promised where this was made; the text and both out-parameters live for the call.
        let code =
            unsafe { (self.decide)(self.user, text.as_ptr().cast(), len, &raw mut index, &raw mut err) };
        if code != OK {
            // SAFETY: the other side made the error through the host's functions.
            return Err(unsafe { take(code, err) });
        }
        Ok(usize::try_from(index).unwrap_or(usize::MAX))
    }
}

/// A [`Decide`] of this side, lent to the other one for a call.
pub(crate) struct LentDecide<'a> {
    decide: &'a mut dyn Decide,
    /// Why it did not decide.
    error: Option<Error>,
}

/// A decision as it crosses.
#[derive(Deserialize)]
struct Asked {
    name: String,
    #[serde(flatten)]
    domain: Domain<'static>,
    #[serde(default)]
    weights: Option<Vec<f64>>,
}

impl<'a> LentDecide<'a> {
    pub(crate) fn new(decide: &'a mut dyn Decide) -> Self {
        Self { decide, error: None }
    }

    /// The callback for the other side.
    pub(crate) fn function(&self) -> DecideFn {
        answer
    }

    /// Its user data.
    pub(crate) fn user(&mut self) -> *mut c_void {
        ptr::from_mut(self).cast()
    }

    /// The result of the call that it was lent for, whose error is the one here if there is one.
    pub(crate) fn result<T>(self, result: Result<T>) -> Result<T> {
        self.error.map_or(result, Err)
    }
}

unsafe extern "C" fn answer(
    user: *mut c_void,
    decision: *const c_char,
    len: usize,
    index: *mut u64,
    err: *mut *mut abi::Error,
) -> Code {
    guard(err, || {
        // SAFETY: the other side gives back the user data that it was lent, during the call.
        let Some(lent) = (unsafe { user.cast::<LentDecide<'_>>().as_mut() }) else {
            return Err((ERR_INVALID_ARGUMENT, "user: found a null pointer".to_owned()).into());
        };
        // SAFETY: the caller promises that text and out-parameters are valid.
        let text = unsafe { text(decision, len, "decision") }?;
        let asked: Asked = smash_core::json::from_str(text)
            .map_err(|e| Failure::from((ERR_INVALID_ARGUMENT, format!("decision: {e}"))))?;
        let Asked { name, domain, weights } = asked;
        let decision = Decision { name: &name, domain, weights: weights.as_deref() };
        match lent.decide.ask(&decision) {
            // SAFETY: as above.
            Ok(found) => unsafe { write_out(index, "index", found as u64) },
            Err(error) => {
                let failure = Failure::of(&error);
                lent.error = Some(error);
                Err(failure)
            }
        }
    })
}
