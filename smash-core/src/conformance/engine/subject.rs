//! The engine under test.

use super::tolerance::{Deviation, Measure, Tolerance};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// An engine under test: how to open it, the tolerance, and the largest differences so far.
pub struct Subject<'a> {
    open: &'a mut dyn FnMut() -> Result<Box<dyn Backend>>,
    tolerance: Tolerance,
    deviation: Deviation,
}

impl<'a> Subject<'a> {
    /// `open` starts an engine without any state on each call.
    pub fn new(open: &'a mut dyn FnMut() -> Result<Box<dyn Backend>>, tolerance: Tolerance) -> Self {
        Self { open, tolerance, deviation: Deviation::default() }
    }

    /// A new engine without any state.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open(&mut self) -> Result<Box<dyn Backend>> {
        (self.open)()
    }

    /// The largest differences so far.
    pub fn deviation(&self) -> Deviation {
        self.deviation
    }

    /// Compares a tensor with that of the reference.
    pub(super) fn close(
        &mut self,
        measure: Measure,
        what: &str,
        found: &Tensor,
        (shape, expected): (&[usize], &[f64]),
    ) -> Result<()> {
        if found.shape() != shape {
            return fail(format!("{what}: expected the shape {shape:?}, found {:?}", found.shape()));
        }
        self.numbers(measure, what, found.data(), expected)
    }

    /// Compares values with those of the reference.
    pub(super) fn numbers(
        &mut self,
        measure: Measure,
        what: &str,
        found: &[f32],
        expected: &[f64],
    ) -> Result<()> {
        if found.len() != expected.len() {
            return fail(format!("{what}: expected {} numbers, found {}", expected.len(), found.len()));
        }
        let scale = expected.iter().fold(1.0f64, |most, v| most.max(v.abs()));
        let allowed = measure.allowed(&self.tolerance);
        for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            let off = (f64::from(found) - expected).abs() / scale;
            // A NaN difference must fail, too.
            let close = off <= allowed;
            if !close {
                return fail(format!(
                    "{what}, element {i}: expected {expected}, found {found}: {off:.1e} of the largest, allowed \
                     are {allowed:.1e}"
                ));
            }
            let seen = measure.seen(&mut self.deviation);
            *seen = seen.max(off);
        }
        Ok(())
    }
}

/// The error of a failed check.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::conformance(message))
}

/// Fails unless a condition holds.
pub(super) fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { fail(message()) }
}
