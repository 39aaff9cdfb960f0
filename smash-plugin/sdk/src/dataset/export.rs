//! The vtable of a Rust dataset.

use std::ffi::c_void;

use smash_core::Error as Core;
use smash_core::dataset::Dataset;
use smash_core::random::Seed;

use super::description::{DatasetDescription, Ranges};
use crate::abi::{Buf, Code, DatasetVtable, ERR_INVALID_ARGUMENT, Error};
use crate::buf::slice;
use crate::guard::{Failure, write_out};
use crate::instance::Instance;

/// What stands behind the opaque `this` pointer.
pub(crate) type Examples = Box<dyn Dataset>;

/// The vtable of a dataset.
pub(crate) static VTABLE: DatasetVtable = DatasetVtable {
    struct_size: size_of::<DatasetVtable>(),
    describe,
    labels,
    read,
    splits: Some(splits),
    destroy,
};

unsafe extern "C" fn describe(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: the host promises that `this` and the out-pointers are valid, as in every function below.
    unsafe {
        Instance::<Examples>::call(this, err, |data| {
            let text = serde_json::to_string(&DatasetDescription::of(&**data))
                .map_err(|e| Core::Data(e.to_string()))?;
            write_out(out, "out", Buf::text(text))
        })
    }
}

unsafe extern "C" fn labels(
    this: *mut c_void,
    first: u64,
    out: *mut u32,
    n: usize,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `describe`.
    unsafe {
        Instance::<Examples>::call(this, err, |data| {
            let first = usize::try_from(first).unwrap_or(usize::MAX);
            if first.saturating_add(n) > data.len() || out.is_null() {
                return Err(outside(first, n, data.len()));
            }
            for i in 0..n {
                write_out(out.add(i), "out", u32::try_from(data.label(first + i)).unwrap_or(u32::MAX))?;
            }
            Ok(())
        })
    }
}

fn outside(first: usize, n: usize, examples: usize) -> Failure {
    let message = format!("expected a place, and examples below {examples}, found {n} from {first} on");
    (ERR_INVALID_ARGUMENT, message).into()
}

unsafe extern "C" fn read(
    this: *mut c_void,
    indices: *const u64,
    views: *const u32,
    n: usize,
    out: *mut f32,
    len: usize,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `describe`.
    unsafe {
        Instance::<Examples>::call(this, err, |data| {
            let indices: Vec<usize> = slice(indices, n).iter().map(|&index| index as usize).collect();
            let views: Option<Vec<usize>> =
                (!views.is_null()).then(|| slice(views, n).iter().map(|&view| view as usize).collect());
            if let Some(&index) = indices.iter().find(|&&index| index >= data.len()) {
                return Err(outside(index, 1, data.len()));
            }
            let views_end = data.views().max(1);
            if indices.len() != n
                || out.is_null()
                || Some(len) != n.checked_mul(data.task().example_len())
                || views.iter().flatten().any(|&view| view >= views_end)
            {
                let message = "read: expected indices, views below their number, and a place for all values";
                return Err((ERR_INVALID_ARGUMENT, message.to_owned()).into());
            }
            // The buffer may be uninitialised, which a Rust slice must not be.
            out.write_bytes(0, len);
            data.read_batch(&indices, views.as_deref(), std::slice::from_raw_parts_mut(out, len))?;
            Ok(())
        })
    }
}

unsafe extern "C" fn splits(this: *mut c_void, seed: u64, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: as in `describe`.
    unsafe {
        Instance::<Examples>::call(this, err, |data| {
            let ranges = Ranges::from(&data.splits(Seed::new(seed))?);
            let text = serde_json::to_string(&ranges).map_err(|e| Core::Data(e.to_string()))?;
            write_out(out, "out", Buf::text(text))
        })
    }
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: as in `describe`.
    unsafe { Instance::<Examples>::destroy(this) }
}
