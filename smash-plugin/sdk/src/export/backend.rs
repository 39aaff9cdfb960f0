//! The vtable of a Rust engine.

use std::ffi::{c_char, c_void};

use smash_core::Error as Core;
use smash_core::backend::{Backend, InputGradient, Mode, Plan, StepGroup};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use super::call::{Call, handed_out, nowhere, put_all, tensor};
use crate::abi::{
    self, BackendVtable, Buf, Code, ERR_INVALID_ARGUMENT, Error, PLACE_DEVICE, PLACE_NONE, TensorOut,
    TensorView,
};
use crate::buf::{bytes, text};
use crate::guard::{Failure, Instance, put};
use crate::snapshot;

/// What stands behind the opaque `this` pointer.
pub(super) type Engine = Box<dyn Backend>;

/// The vtable of an engine.
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
    smash_core::json::from_str(text).map_err(|e| (ERR_INVALID_ARGUMENT, format!("{what}: {e}")).into())
}

unsafe extern "C" fn info(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: the host promises that `this` and the out-pointers are valid, as in every function below.
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
                _ => {
                    return Err((ERR_INVALID_ARGUMENT, format!("mode: expected 0 to 2, found {mode}")).into());
                }
            };
            let call = Call::read((feeds, n_feeds), (fetches, n_fetches))?;
            let results = engine.run(Plan(plan), mode, &call.feeds(), &call.fetches)?;
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
            let call = Call::read((seeds, n_seeds), (wanted, n_wanted))?;
            let results = engine.backward(Plan(plan), &call.feeds(), &call.fetches)?;
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
            let view = value
                .as_ref()
                .ok_or_else(|| (ERR_INVALID_ARGUMENT, "value: found a null pointer".to_owned()))?;
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
