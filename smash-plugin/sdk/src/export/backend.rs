//! A Rust engine behind the vtable.

use std::ffi::{c_char, c_void};

use smash_core::Error as Core;
use smash_core::backend::{Backend, Feed, Fetch, InputGradient, Mode, Plan, StepGroup};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use crate::abi::{
    self, BackendVtable, Buf, Code, Error, INVALID_ARGUMENT, PLACE_DEVICE, PLACE_HOST, PLACE_NONE, TensorOut,
    TensorView,
};
use crate::buf::{bytes, slice, text};
use crate::guard::{Failure, Instance, put};
use crate::snapshot;

/// What stands behind `this`.
pub(super) type Engine = Box<dyn Backend>;

/// The engine's functions.
pub(super) static VTABLE: BackendVtable = BackendVtable {
    struct_size: size_of::<BackendVtable>(),
    info,
    compile,
    release,
    run,
    backward,
    step,
    gradient,
    contains,
    read,
    write,
    drop_value,
    snapshot: take_snapshot,
    restore,
    destroy,
};

fn json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|e| (INVALID_ARGUMENT, format!("{what}: {e}")).into())
}

/// Copies a lent tensor.
///
/// # Safety
/// The view points to what its extents say.
unsafe fn tensor(view: &TensorView) -> Result<Tensor, Failure> {
    // SAFETY: promised by the caller.
    let shape: Vec<usize> =
        unsafe { slice(view.shape, view.rank) }.iter().map(|&extent| extent as usize).collect();
    let count = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    let wrong = || Failure::from((INVALID_ARGUMENT, format!("a tensor of shape {shape:?} cannot be")));
    let count = count.filter(|&count| count == 0 || !view.data.is_null()).ok_or_else(wrong)?;
    // SAFETY: promised by the caller.
    let data = unsafe { slice(view.data, count) }.to_vec();
    Tensor::new(shape.clone(), data).ok_or_else(wrong)
}

fn nowhere(place: u32) -> TensorOut {
    TensorOut { values: Buf::EMPTY, shape: [0; 8], rank: 0, place }
}

fn handed_out(tensor: Tensor) -> Result<TensorOut, Failure> {
    let mut out = nowhere(PLACE_HOST);
    out.rank = tensor.shape().len() as u32;
    for (i, &extent) in tensor.shape().iter().enumerate() {
        *out.shape.get_mut(i).ok_or_else(|| Core::backend("a tensor has more than 8 extents"))? =
            extent as u64;
    }
    out.values = Buf::values(tensor.into_data());
    Ok(out)
}

/// Names and places of a pass, read from what the host lends.
struct Pass<'a> {
    tensors: Vec<(&'a str, Option<&'a str>, Tensor)>,
    fetches: Vec<(&'a str, Fetch<'a>)>,
}

impl<'a> Pass<'a> {
    /// # Safety
    /// Both lists, and all that they point to, are lent for the call.
    unsafe fn read(
        (feeds, n_feeds): (*const abi::Feed, usize),
        (fetches, n_fetches): (*const abi::Fetch, usize),
    ) -> Result<Self, Failure> {
        let device = |name: *const c_char, len| {
            // SAFETY: promised by the caller.
            (!name.is_null()).then(|| unsafe { text(name, len, "a device value") }).transpose()
        };
        let mut pass = Self { tensors: Vec::new(), fetches: Vec::new() };
        // SAFETY: promised by the caller.
        for feed in unsafe { slice(feeds, n_feeds) } {
            // SAFETY: promised by the caller.
            let name = unsafe { text(feed.name, feed.name_len, "an input") }?;
            let device = device(feed.device, feed.device_len)?;
            // SAFETY: promised by the caller.
            let tensor = if device.is_some() { Tensor::default() } else { unsafe { tensor(&feed.tensor) }? };
            pass.tensors.push((name, device, tensor));
        }
        // SAFETY: promised by the caller.
        for fetch in unsafe { slice(fetches, n_fetches) } {
            // SAFETY: promised by the caller.
            let name = unsafe { text(fetch.name, fetch.name_len, "an output") }?;
            pass.fetches
                .push((name, device(fetch.device, fetch.device_len)?.map_or(Fetch::Host, Fetch::Device)));
        }
        Ok(pass)
    }

    fn feeds(&self) -> Vec<(&str, Feed<'_>)> {
        self.tensors
            .iter()
            .map(|(name, device, tensor)| (*name, device.map_or(Feed::Host(tensor), Feed::Device)))
            .collect()
    }
}

/// Writes all results, or none.
///
/// # Safety
/// `out` has room for one result a fetch.
unsafe fn put_all(out: *mut TensorOut, results: Vec<TensorOut>) -> Result<(), Failure> {
    for (i, result) in results.into_iter().enumerate() {
        // SAFETY: promised by the caller.
        unsafe { put(if out.is_null() { out } else { out.add(i) }, "out", result) }?;
    }
    Ok(())
}

unsafe extern "C" fn info(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: `this` and the places are the host's promise, as in every function below.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let info = serde_json::to_string(&engine.info()).map_err(|e| Core::backend(e.to_string()))?;
            put(out, "out", Buf::text(info))
        })
    }
}

unsafe extern "C" fn compile(
    this: *mut c_void,
    graph: *const c_char,
    len: usize,
    plan: *mut u64,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let graph: Graph = json(text(graph, len, "graph")?, "graph")?;
            put(plan, "plan", engine.compile(&graph)?.0)
        })
    }
}

unsafe extern "C" fn release(this: *mut c_void, plan: u64) {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, std::ptr::null_mut(), |engine| {
            engine.release(Plan(plan));
            Ok(())
        });
    }
}

unsafe extern "C" fn run(
    this: *mut c_void,
    plan: u64,
    mode: u32,
    feeds: *const abi::Feed,
    n_feeds: usize,
    fetches: *const abi::Fetch,
    n_fetches: usize,
    out: *mut TensorOut,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let mode = match mode {
                0 => Mode::Train,
                1 => Mode::Eval,
                2 => Mode::Calibrate,
                _ => return Err((INVALID_ARGUMENT, format!("mode: expected 0 to 2, found {mode}")).into()),
            };
            let pass = Pass::read((feeds, n_feeds), (fetches, n_fetches))?;
            let results = engine.run(Plan(plan), mode, &pass.feeds(), &pass.fetches)?;
            let out_of =
                |result: Option<Tensor>| result.map_or_else(|| Ok(nowhere(PLACE_DEVICE)), handed_out);
            put_all(out, results.into_iter().map(out_of).collect::<Result<_, _>>()?)
        })
    }
}

unsafe extern "C" fn backward(
    this: *mut c_void,
    plan: u64,
    _mode: u32,
    seeds: *const abi::Feed,
    n_seeds: usize,
    wanted: *const abi::Fetch,
    n_wanted: usize,
    out: *mut TensorOut,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let pass = Pass::read((seeds, n_seeds), (wanted, n_wanted))?;
            let results = engine.backward(Plan(plan), &pass.feeds(), &pass.fetches)?;
            let out_of = |result| match result {
                InputGradient::Absent => Ok(nowhere(PLACE_NONE)),
                InputGradient::Device => Ok(nowhere(PLACE_DEVICE)),
                InputGradient::Host(tensor) => handed_out(tensor),
            };
            put_all(out, results.into_iter().map(out_of).collect::<Result<_, _>>()?)
        })
    }
}

unsafe extern "C" fn step(
    this: *mut c_void,
    groups: *const c_char,
    len: usize,
    clip: f64,
    gradient_norm: *mut f64,
    applied: *mut i32,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let groups: Vec<StepGroup> = json(text(groups, len, "groups")?, "groups")?;
            let report = engine.step(&groups, (!clip.is_nan()).then_some(clip))?;
            put(gradient_norm, "gradient_norm", report.gradient_norm)?;
            put(applied, "applied", i32::from(report.applied))
        })
    }
}

unsafe extern "C" fn gradient(
    this: *mut c_void,
    name: *const c_char,
    len: usize,
    out: *mut TensorOut,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let gradient = engine.gradient(text(name, len, "name")?)?;
            put(out, "out", gradient.map_or_else(|| Ok(nowhere(PLACE_NONE)), handed_out)?)
        })
    }
}

unsafe extern "C" fn contains(this: *mut c_void, name: *const c_char, len: usize) -> i32 {
    let mut found = false;
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, std::ptr::null_mut(), |engine| {
            found = engine.contains(text(name, len, "name")?);
            Ok(())
        });
    }
    i32::from(found)
}

unsafe extern "C" fn read(
    this: *mut c_void,
    name: *const c_char,
    len: usize,
    out: *mut TensorOut,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let value = engine.read(text(name, len, "name")?)?;
            put(out, "out", handed_out(value)?)
        })
    }
}

unsafe extern "C" fn write(
    this: *mut c_void,
    name: *const c_char,
    len: usize,
    value: *const TensorView,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let view =
                value.as_ref().ok_or_else(|| (INVALID_ARGUMENT, "value: found a null pointer".to_owned()))?;
            engine.write(text(name, len, "name")?, &tensor(view)?)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn drop_value(this: *mut c_void, name: *const c_char, len: usize) {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, std::ptr::null_mut(), |engine| {
            engine.drop_value(text(name, len, "name")?);
            Ok(())
        });
    }
}

unsafe extern "C" fn take_snapshot(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            put(out, "out", Buf::bytes(snapshot::encode(&engine.snapshot()?)?))
        })
    }
}

unsafe extern "C" fn restore(this: *mut c_void, data: *const u8, len: usize, err: *mut *mut Error) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            engine.restore(&snapshot::decode(bytes(data, len))?)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: as in `info`.
    unsafe { Instance::<Engine>::destroy(this) }
}
