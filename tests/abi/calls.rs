//! Every function of the table under null pointers, text that is not UTF-8, impossible sizes, a busy handle
//! and a handle after a panic. A function without a row fails.

mod call;
mod context;
mod dataset;
mod error;
mod hooked;
mod model;
mod search;
mod space;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, null_mut};

use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::{self, Api, Buf, Code, RunOptions};

use call::{Call, One, Row, Wrong, release, tensor};
use hooked::HOOK;

thread_local! {
    /// The model that is called while it is at work.
    static MODEL: Cell<*mut abi::Model> = const { Cell::new(null_mut()) };
    static SEEN: Cell<Code> = const { Cell::new(-1) };
}

const JOB: &str = r#"{"strategy": {"type": "smash", "epochs": 1, "batch": 700, "hypernet": {"first": 2, "growth": 2, "stages": [1]},
    "scoring": {"batch": 10, "examples": 10, "calibration": 4}, "search": {"random": 1, "perturbation": 0, "chain": 0}},
    "retrain": {"epochs": 0}, "backend": {"type": "hooked"}}"#;

fn rows() -> Vec<Row> {
    [error::rows(), context::rows(), dataset::rows(), space::rows(), search::rows(), model::rows()]
        .into_iter()
        .flatten()
        .collect()
}

fn api() -> &'static Api {
    // SAFETY: the table is static.
    unsafe { smash_get_api(abi::MAJOR, abi::MINOR).as_ref() }.unwrap()
}

/// A call that must give a code, and an error with a message unless that is OK.
fn expect(row: &Row, call: &Call, expected: Code, what: &str) {
    let found = (row.call)(call);
    let error = call.err.replace(null_mut());
    // SAFETY: null, or an error of this library.
    let message = unsafe { CStr::from_ptr((call.api.error_message)(error, null_mut())) }.to_owned();
    assert_eq!(abi::code_name(found), abi::code_name(expected), "{}, {what}: {message:?}", row.name);
    assert_eq!(message.is_empty(), expected == abi::OK, "{}, {what}: {message:?}", row.name);
    // SAFETY: as above; it is not used again.
    unsafe { (call.api.error_free)(error) }
}

fn context() -> *mut abi::Context {
    let mut context = null_mut();
    // SAFETY: options and error may be null.
    assert_eq!(unsafe { (api().context_create)(ptr::null(), &mut context, null_mut()) }, abi::OK);
    context
}

fn search(context: *mut abi::Context, job: &str) -> *mut abi::Search {
    let mut search = null_mut();
    // SAFETY: the job and the place are lent for the call.
    let code = unsafe {
        (api().search_create)(context, job.as_ptr().cast(), job.len(), ptr::null(), &mut search, null_mut())
    };
    assert_eq!(code, abi::OK);
    search
}

fn call(context: *mut abi::Context, search: *mut abi::Search, model: *mut abi::Model) -> Call {
    Call { api: api(), context, search, model, wrong: Wrong::Nothing, err: Cell::new(null_mut()) }
}

/// A finished job and its model.
fn finished(context: *mut abi::Context) -> (*mut abi::Search, *mut abi::Model) {
    let search = search(context, JOB);
    let mut model = null_mut();
    // SAFETY: the search was just made.
    unsafe {
        assert_eq!((api().search_run)(search, ptr::null(), null_mut()), abi::OK);
        assert_eq!((api().search_model)(search, &mut model, null_mut()), abi::OK);
    }
    (search, model)
}

#[test]
fn every_function_has_a_row() {
    let rows: BTreeSet<&str> = rows().iter().map(|row| row.name).collect();
    let functions: BTreeSet<&str> = Api::FUNCTIONS.iter().copied().collect();
    assert_eq!(rows, functions);
}

#[test]
fn bad_arguments() {
    let context = context();
    let (search, model) = finished(context);
    for row in rows() {
        let mut call = call(context, search, model);
        for &at in row.nulls {
            call.wrong = Wrong::Null(at);
            expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("argument {at} is null"));
        }
        for &at in row.texts {
            call.wrong = Wrong::Latin(at);
            expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("argument {at} is not UTF-8"));
        }
        if row.sizes {
            for size in [0, 7, 15] {
                call.wrong = Wrong::Size(size);
                expect(&row, &call, abi::ERR_VERSION_MISMATCH, &format!("size {size}"));
            }
            for size in [1 << 20, usize::MAX] {
                call.wrong = Wrong::Size(size);
                expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("size {size}"));
            }
        }
        if row.nulls.is_empty() && row.one == One::Nothing {
            expect(&row, &call, abi::OK, "nothing is wrong");
        }
    }
    // SAFETY: made above, freed once, parents first.
    unsafe {
        (api().context_free)(context);
        (api().search_free)(search);
        (api().model_free)(model);
    }
}

unsafe extern "C" fn all_are_busy(search: *mut c_void, _: *const c_char, _: usize) -> i32 {
    let call = call(null_mut(), search.cast(), null_mut());
    for row in rows().iter().filter(|row| row.one == One::Search) {
        expect(row, &call, abi::ERR_BUSY, "inside a callback");
    }
    for row in rows().iter().filter(|row| row.name == "search_status") {
        expect(row, &call, abi::OK, "inside a callback");
    }
    1
}

#[test]
fn a_handle_at_work_is_busy() {
    let context = context();
    let (finished, model) = finished(context);
    let search = search(context, JOB);
    let options = RunOptions {
        struct_size: size_of::<RunOptions>(),
        progress: Some(all_are_busy),
        user: search.cast(),
        max_steps: 0,
        max_ms: 0,
    };
    // SAFETY: all were made above.
    unsafe { assert_eq!((api().search_run)(search, &options, null_mut()), abi::ERR_CANCELLED) };

    MODEL.set(model);
    HOOK.set(Some(|| {
        HOOK.set(None);
        let call = call(null_mut(), null_mut(), MODEL.get());
        for row in rows().iter().filter(|row| row.one == One::Model) {
            expect(row, &call, abi::ERR_BUSY, "inside another call");
        }
        SEEN.set(abi::ERR_BUSY);
    }));
    predict(model, abi::OK);
    assert_eq!(SEEN.get(), abi::ERR_BUSY);
    // SAFETY: made above, freed once.
    unsafe {
        (api().search_free)(search);
        (api().search_free)(finished);
        (api().model_free)(model);
        (api().context_free)(context);
    }
}

/// One black image.
fn predict(model: *mut abi::Model, expected: Code) {
    let (mut values, mut out) = ([0f32; 64], null_mut());
    let mut x = tensor(&mut [1, 1, 8, 8]);
    x.tensor.data = values.as_mut_ptr().cast();
    // SAFETY: the tensor lives for the call, and what is handed out is given back.
    unsafe {
        assert_eq!((api().model_predict)(model, &mut x, &mut out, null_mut()), expected);
        if !out.is_null() {
            (*out).deleter.unwrap()(out);
        }
    }
}

#[test]
fn after_a_panic_only_freeing_is_left() {
    let context = context();
    let (finished, model) = finished(context);
    let search = search(context, JOB);
    HOOK.set(Some(|| panic!("the engine fell off")));
    let call = call(context, search, model);
    let row = |name: &str| rows().into_iter().find(|row| row.name == name).unwrap();
    expect(&row("search_run"), &call, abi::ERR_PANIC, "the engine panics");
    predict(model, abi::ERR_PANIC);
    HOOK.set(None);
    for row in rows().iter().filter(|row| row.one != One::Nothing) {
        expect(row, &call, abi::ERR_BAD_STATE, "after a panic");
    }
    let mut out = Buf::EMPTY;
    // SAFETY: the search was made above.
    unsafe { assert_eq!((api().search_status)(search, &mut out, null_mut()), abi::OK) };
    // SAFETY: the text was handed out.
    let status = unsafe { CStr::from_ptr(out.data.cast()) }.to_str().unwrap().to_owned();
    assert!(status.contains(r#""state":"failed""#), "{status}");
    release(out);
    // SAFETY: made above, freed once.
    unsafe {
        (api().search_free)(search);
        (api().search_free)(finished);
        (api().model_free)(model);
        (api().context_free)(context);
    }
}
