//! The vtable of a Rust space: a plugin's own, or the host's that a proposer borrows.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

use serde_json::Value;
use smash_core::Error as Core;
use smash_core::architecture::Architecture;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::tensor::Tensor;

use super::description::{DescriptionHead, SpaceInfo};
use crate::abi::{Buf, Code, DecideFn, DlManaged, ERR_INVALID_ARGUMENT, Error, SpaceVtable};
use crate::buf::text;
use crate::decide::RemoteDecide;
use crate::guard::{Failure, write_out};
use crate::instance::Instance;
use crate::network;
use crate::tensor::write_tensor;

/// What stands behind the opaque `this` pointer.
pub(crate) enum Space {
    /// An owned space, destroyed with the instance.
    Owned(Box<dyn SearchSpace>),
    /// A borrowed space of a [`BorrowedSpace`], which outlives the instance.
    Borrowed(*const dyn SearchSpace),
}

impl Space {
    fn get(&self) -> &dyn SearchSpace {
        match self {
            Self::Owned(space) => &**space,
            // SAFETY: `BorrowedSpace` holds a borrow of it and destroys this first.
            Self::Borrowed(space) => unsafe { &**space },
        }
    }
}

/// A space that the other side borrows for a call.
pub(crate) struct BorrowedSpace<'a> {
    this: *mut c_void,
    space: PhantomData<&'a dyn SearchSpace>,
}

impl<'a> BorrowedSpace<'a> {
    pub(crate) fn new(space: &'a dyn SearchSpace) -> Self {
        let pointer: *const (dyn SearchSpace + 'a) = space;
        // SAFETY: only the lifetime is erased here; `Self` carries it.
        let pointer: *const (dyn SearchSpace + 'static) = unsafe { std::mem::transmute(pointer) };
        Self { this: Instance::into_raw(Space::Borrowed(pointer)), space: PhantomData }
    }

    pub(crate) fn vtable(&self) -> *const SpaceVtable {
        &raw const VTABLE
    }

    pub(crate) fn this(&self) -> *mut c_void {
        self.this
    }
}

impl Drop for BorrowedSpace<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `new`; the other side does not use a borrowed space after the call.
        unsafe { Instance::<Space>::destroy(self.this) }
    }
}

/// The vtable of a space.
pub(crate) static VTABLE: SpaceVtable = SpaceVtable {
    struct_size: size_of::<SpaceVtable>(),
    info,
    draw,
    decisions: Some(decisions),
    sample: Some(sample),
    mutate: Some(mutate),
    crossover: Some(crossover),
    convert: Some(convert),
    validate: Some(validate),
    build,
    describe: Some(describe),
    outline: Some(outline),
    destroy,
};

/// # Safety
/// The text is valid for the call.
unsafe fn architecture(data: *const c_char, len: usize) -> Result<Architecture, Failure> {
    // SAFETY: promised by the caller.
    let text = unsafe { text(data, len, "architecture") }?;
    smash_core::json::from_str(text).map_err(|e| Core::invalid("", e.to_string()).into())
}

/// # Safety
/// As [`put`].
unsafe fn put_json(out: *mut Buf, value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Core::graph(e.to_string()))?;
    // SAFETY: promised by the caller.
    unsafe { write_out(out, "out", Buf::text(text)) }
}

unsafe extern "C" fn info(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: the caller promises that `this`, texts and out-pointers are valid, as in every function below.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            let space = space.get();
            let choices = Some(space.choices_schema()).filter(|schema| *schema != Value::Bool(true));
            put_json(out, &SpaceInfo { id: space.id().to_owned(), plane: Some(space.plane()), choices })
        })
    }
}

unsafe extern "C" fn draw(
    this: *mut c_void,
    decide: DecideFn,
    user: *mut c_void,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`; the callback may be called during this call.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().draw(&mut RemoteDecide::new(decide, user))?)
        })
    }
}

unsafe extern "C" fn decisions(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().decisions(&architecture(data, len)?)?)
        })
    }
}

unsafe extern "C" fn sample(
    this: *mut c_void,
    seed: u64,
    progress: f64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().sample(&mut Seed::new(seed).random(), progress)?)
        })
    }
}

unsafe extern "C" fn mutate(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    seed: u64,
    rate: f64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            let base = architecture(data, len)?;
            put_json(out, &space.get().mutate(&base, &mut Seed::new(seed).random(), rate)?)
        })
    }
}

unsafe extern "C" fn crossover(
    this: *mut c_void,
    first: *const c_char,
    first_len: usize,
    second: *const c_char,
    second_len: usize,
    seed: u64,
    rate: f64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            let (first, second) = (architecture(first, first_len)?, architecture(second, second_len)?);
            put_json(out, &space.get().crossover(&first, &second, &mut Seed::new(seed).random(), rate)?)
        })
    }
}

unsafe extern "C" fn convert(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().convert(&architecture(data, len)?)?)
        })
    }
}

unsafe extern "C" fn validate(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            space.get().validate(&architecture(data, len)?)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn build(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    network: u32,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().build(&architecture(data, len)?, network::scheme(network)?)?)
        })
    }
}

unsafe extern "C" fn describe(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    progress: f64,
    out: *mut Buf,
    plane: *mut *mut DlManaged,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            let (space, architecture) = (space.get(), architecture(data, len)?);
            // The progress of the training stays below 1 until it ends.
            let description = if progress < 1.0 {
                space.describe_at(&architecture, progress)?
            } else {
                space.describe(&architecture)?
            };
            if plane.is_null() {
                return Err((ERR_INVALID_ARGUMENT, "plane: found a null pointer".to_owned()).into());
            }
            let head = DescriptionHead { columns: description.columns, slices: description.slices };
            let (spec, values) = (space.plane(), description.plane);
            let shape = [spec.channels, spec.rows, description.columns];
            let product = shape.iter().fold(1_usize, |product, &extent| product.saturating_mul(extent));
            // A plane that is not what the space says is handed out as a row: the host tells what is wrong.
            let shape = if product == values.len() { shape.to_vec() } else { vec![values.len()] };
            write_tensor(plane, "plane", Tensor::new(shape, values).unwrap_or_default())?;
            put_json(out, &head)
        })
    }
}

unsafe extern "C" fn outline(
    this: *mut c_void,
    data: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Space>::call(this, err, |space| {
            put_json(out, &space.get().outline(&architecture(data, len)?)?)
        })
    }
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: as in `info`.
    unsafe { Instance::<Space>::destroy(this) }
}
