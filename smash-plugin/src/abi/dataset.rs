//! Datasets of a host: the functions `dataset_*` of the table.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use smash_sdk::abi::{self, Buf, Code, DatasetVtable, DlManaged, Error};
use smash_sdk::buf;
use smash_sdk::guard::guard;
use smash_sdk::handle::{self, acquire};
use smash_sdk::tensor::{Borrowed, call_deleter};
use smash_sdk::{dataset as sdk_dataset, sized};

use super::arguments::{OutParam, on_context};
use crate::embed::{Context, SharedDataset, describe_dataset};

/// # Safety
/// As `smash.h` asks of every caller: each pointer is null or valid for the call, as its type says; both
/// tensors do not change during it.
pub(super) unsafe extern "C" fn from_dlpack(
    context: *const abi::Context,
    options: *const c_char,
    len: usize,
    x: *mut DlManaged,
    y: *mut DlManaged,
    out: *mut *mut abi::Dataset,
    err: *mut *mut Error,
) -> Code {
    let call = |_: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, options) = unsafe { (OutParam::new(out, "out")?, buf::text(options, len, "options")?) };
        // SAFETY: promised by the caller.
        let dataset = unsafe {
            sdk_dataset::of_tensors(
                options,
                &Borrowed::from_managed(x, "x")?,
                &Borrowed::from_managed(y, "y")?,
            )
        }?;
        out.handle(SharedDataset::from(dataset))?;
        // SAFETY: promised by the caller. Ownership of both tensors passes to this library only here, where
        // nothing can fail any more.
        unsafe {
            call_deleter(x);
            call_deleter(y);
        }
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`from_dlpack`]; the callbacks of the vtable do what `smash.h` says.
pub(super) unsafe extern "C" fn from_vtable(
    context: *const abi::Context,
    name: *const c_char,
    len: usize,
    vtable: *const DatasetVtable,
    this: *mut c_void,
    out: *mut *mut abi::Dataset,
    err: *mut *mut Error,
) -> Code {
    let call = |_: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, name) = unsafe { (OutParam::new(out, "out")?, buf::text(name, len, "name")?) };
        let name = if name.is_empty() { "host" } else { name };
        // SAFETY: promised by the caller.
        unsafe { sized::check(vtable, "vtable") }?;
        // SAFETY: promised by the caller.
        out.handle(SharedDataset::from(unsafe { sdk_dataset::import(name, vtable, this) }?))
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`from_dlpack`].
pub(super) unsafe extern "C" fn from_config(
    context: *const abi::Context,
    config: *const c_char,
    len: usize,
    out: *mut *mut abi::Dataset,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, config) = unsafe { (OutParam::new(out, "out")?, buf::text(config, len, "config")?) };
        out.handle(context.dataset(config)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`from_dlpack`].
pub(super) unsafe extern "C" fn describe(
    data: *const abi::Dataset,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let (out, data) = unsafe { (OutParam::new(out, "out")?, acquire::<SharedDataset, _>(data, "data")?) };
        out.text(describe_dataset(&**data))
    })
}

/// # Safety
/// As [`from_dlpack`]; the dataset is not used again.
pub(super) unsafe extern "C" fn free(dataset: *mut abi::Dataset) {
    // SAFETY: promised by the caller.
    unsafe { handle::free::<SharedDataset, _>(dataset) }
}
