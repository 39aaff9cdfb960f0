//! The vtable of a Rust engine.

use std::ffi::{c_char, c_void};

use smash_core::Error as Core;
use smash_core::backend::{Backend, InputGradient, Mode, Plan, StepGroup};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use super::call::{Call, exported, without_tensor};
use super::snapshot;
use crate::abi::{
    BackendVtable, Buf, Code, DlManaged, DlTensor, ERR_INVALID_ARGUMENT, Error, MODE_CALIBRATE, MODE_EVAL,
    MODE_TRAIN, PLACE_DEVICE, PLACE_NONE, PlanCall,
};
use crate::buf::{bytes, text};
use crate::guard::{Failure, write_out};
use crate::instance::Instance;
use crate::tensor::{copy_borrowed, write_tensor};

/// What stands behind the opaque `this` pointer.
pub(crate) type Engine = Box<dyn Backend>;

/// The vtable of an engine.
pub(crate) static VTABLE: BackendVtable = BackendVtable {
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

/// A graph in either of its forms.
///
/// # Safety
/// A pointer that is not null points to `len` bytes.
unsafe fn read_graph(data: *const c_char, len: usize) -> Result<Graph, Failure> {
    // SAFETY: promised by the caller.
    let given = unsafe { bytes(data.cast(), len) };
    if Graph::is_binary(given) {
        return Graph::from_bytes(given).map_err(|e| (ERR_INVALID_ARGUMENT, e.to_string()).into());
    }
    // SAFETY: promised by the caller.
    json(unsafe { text(data, len, "graph") }?, "graph")
}

unsafe extern "C" fn info(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: the host promises that `this` and the out-pointers are valid, as in every function below.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let mut info = serde_json::to_value(engine.info()).map_err(|e| Core::backend(e.to_string()))?;
            info["binary_graphs"] = Graph::BINARY.into();
            write_out(out, "out", Buf::text(info.to_string()))
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
            write_out(plan, "plan", engine.compile(&read_graph(graph, len)?)?.0)
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

unsafe extern "C" fn run(this: *mut c_void, call: *const PlanCall, err: *mut *mut Error) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let call = Call::read(call)?;
            let mode = match call.mode {
                MODE_TRAIN => Mode::Train,
                MODE_EVAL => Mode::Eval,
                MODE_CALIBRATE => Mode::Calibrate,
                found => {
                    return Err(
                        (ERR_INVALID_ARGUMENT, format!("mode: expected 0 to 2, found {found}")).into()
                    );
                }
            };
            let results = engine.run(Plan(call.plan), mode, &call.feeds(), &call.fetches)?;
            let out_of =
                |result: Option<Tensor>| result.map_or_else(|| without_tensor(PLACE_DEVICE), exported);
            call.write(results.into_iter().map(out_of));
            Ok(())
        })
    }
}

unsafe extern "C" fn backward(this: *mut c_void, call: *const PlanCall, err: *mut *mut Error) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let call = Call::read(call)?;
            let results = engine.backward(Plan(call.plan), &call.feeds(), &call.fetches)?;
            let out_of = |result| match result {
                InputGradient::Absent => without_tensor(PLACE_NONE),
                InputGradient::Device => without_tensor(PLACE_DEVICE),
                InputGradient::Host(tensor) => exported(tensor),
            };
            call.write(results.into_iter().map(out_of));
            Ok(())
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
            write_out(gradient_norm, "gradient_norm", report.gradient_norm)?;
            write_out(applied, "applied", i32::from(report.applied))
        })
    }
}

unsafe extern "C" fn gradient(
    this: *mut c_void,
    name: *const c_char,
    len: usize,
    out: *mut *mut DlManaged,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| match engine.gradient(text(name, len, "name")?)? {
            Some(gradient) => write_tensor(out, "out", gradient),
            None => write_out(out, "out", std::ptr::null_mut()),
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
    out: *mut *mut DlManaged,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            let value = engine.read(text(name, len, "name")?)?;
            write_tensor(out, "out", value)
        })
    }
}

unsafe extern "C" fn write(
    this: *mut c_void,
    name: *const c_char,
    len: usize,
    value: *const DlTensor,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `info`.
    unsafe {
        Instance::<Engine>::call(this, err, |engine| {
            engine.write(text(name, len, "name")?, &copy_borrowed(value, "value")?)?;
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
            write_out(out, "out", Buf::bytes(snapshot::encode(&engine.snapshot()?)?))
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
