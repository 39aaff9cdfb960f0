//! DLPack tensors of ours, for the other side.

use std::ffi::c_void;
use std::ptr;

use smash_core::tensor::Tensor;

use super::layout::{DLPACK_MAJOR, DLPACK_MINOR, DlManaged, DlTensor, dense};
use crate::abi::ERR_INVALID_ARGUMENT;
use crate::guard::{Failure, write_out};

/// The owner of a tensor that is exported: what its deleter frees.
struct Owner {
    managed: DlManaged,
    tensor: Tensor,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

unsafe extern "C" fn delete(this: *mut DlManaged) {
    // SAFETY: the caller passes the tensor that was exported, once; null is tested.
    if let Some(this) = unsafe { this.as_ref() } {
        // SAFETY: `manager_ctx` is the owner's box.
        drop(unsafe { Box::from_raw(this.manager_ctx.cast::<Owner>()) });
    }
}

/// The description of dense values that the other side borrows for a call: it points to both arguments, and
/// whoever reads it changes neither.
pub(crate) fn borrow(values: &[f32], shape: &mut [i64]) -> DlTensor {
    let data = if values.is_empty() { ptr::null() } else { values.as_ptr() };
    DlTensor {
        data: data.cast_mut().cast(),
        ndim: shape.len() as i32,
        shape: shape.as_mut_ptr(),
        ..DlTensor::F32
    }
}

/// Writes an exported tensor to an out-parameter; `what` is its name in messages.
///
/// # Errors
/// For a null pointer: the tensor is dropped.
///
/// # Safety
/// A non-null pointer can be written.
pub(crate) unsafe fn write_tensor(
    out: *mut *mut DlManaged,
    what: &str,
    tensor: Tensor,
) -> Result<(), Failure> {
    if out.is_null() {
        return Err((ERR_INVALID_ARGUMENT, format!("{what}: found a null pointer")).into());
    }
    // SAFETY: promised by the caller.
    unsafe { write_out(out, what, export(tensor)) }
}

/// Exports a tensor without copying it; the receiver calls its deleter once.
pub fn export(tensor: Tensor) -> *mut DlManaged {
    let shape: Vec<i64> = tensor.shape().iter().map(|&extent| extent as i64).collect();
    let strides = dense(tensor.shape()).into_iter().map(|stride| stride as i64).collect();
    let managed = DlManaged {
        major: DLPACK_MAJOR,
        minor: DLPACK_MINOR,
        manager_ctx: ptr::null_mut(),
        deleter: Some(delete),
        flags: 0,
        tensor: DlTensor { ndim: shape.len() as i32, ..DlTensor::F32 },
    };
    let owner = Box::into_raw(Box::new(Owner { managed, tensor, shape, strides }));
    // SAFETY: the box was just made, and only its deleter takes it back.
    let filled = unsafe { &mut *owner };
    filled.managed.manager_ctx = owner.cast::<c_void>();
    if !filled.tensor.data().is_empty() {
        filled.managed.tensor.data = filled.tensor.data_mut().as_mut_ptr().cast();
    }
    filled.managed.tensor.shape = filled.shape.as_mut_ptr();
    filled.managed.tensor.strides = filled.strides.as_mut_ptr();
    // SAFETY: as above. The pointer comes from the one to the whole box, which the deleter gets back.
    unsafe { &raw mut (*owner).managed }
}
