//! Every function of the table under null pointers, text that is not UTF-8, impossible sizes, a busy handle and a handle after a
//! panic. A function without a row fails.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, null_mut};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::{Backend, Mode};
use smash_core::component::{BackendConfig, Component, Kind};
use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::{self, Api, Buf, Code, ContextOptions, DlManaged, Error, Reader, RunOptions, Writer};

use crate::faulty::Faulty;

thread_local! {
    /// What the engine of the test does when it runs.
    static HOOK: Cell<Option<fn()>> = const { Cell::new(None) };
    /// The model that is called while it is at work.
    static MODEL: Cell<*mut abi::Model> = const { Cell::new(null_mut()) };
    static SEEN: Cell<Code> = const { Cell::new(-1) };
}

/// The native engine, which does what the test says before each run.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct HookedConfig {}

#[typetag::serde(name = "hooked")]
impl BackendConfig for HookedConfig {
    fn open(&self, _threads: usize) -> Result<Box<dyn Backend>> {
        let faults = |_: Mode, _: u64| {
            if let Some(hook) = HOOK.get() {
                hook();
            }
            false
        };
        Ok(Box::new(Faulty::new(Box::new(NativeConfig::default().open(1)?), Arc::new(faults))))
    }
}

inventory::submit! { Component::new::<HookedConfig>(Kind::Backend, "hooked", "For tests.") }

const JOB: &str = r#"{"strategy": {"type": "smash", "epochs": 1, "batch": 700, "hypernet": {"first": 2, "growth": 2, "stages": [1]},
    "scoring": {"batch": 10, "examples": 10, "calibration": 4}, "search": {"random": 1, "perturbation": 0, "chain": 0}},
    "retrain": {"epochs": 0}, "backend": {"type": "hooked"}}"#;
const HOSTED: &str = r#"{"strategy": {"type": "random"}}"#;
const LATIN: &[u8] = b"\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9";

/// What a call is done wrong in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    /// This argument is null.
    Null(usize),
    /// This text is not UTF-8.
    Latin(usize),
    /// The size in the options.
    Size(usize),
}

/// Handles to call with, and what to do wrong.
struct Call {
    api: &'static Api,
    context: *mut abi::Context,
    search: *mut abi::Search,
    model: *mut abi::Model,
    wrong: Wrong,
    err: Cell<*mut Error>,
}

impl Call {
    fn p<T>(&self, at: usize, pointer: *mut T) -> *mut T {
        if self.wrong == Wrong::Null(at) { null_mut() } else { pointer }
    }

    fn text(&self, at: usize, text: &'static str) -> *const c_char {
        match self.wrong {
            Wrong::Null(here) if here == at => ptr::null(),
            Wrong::Latin(here) if here == at => LATIN.as_ptr().cast(),
            _ => text.as_ptr().cast(),
        }
    }

    fn len(&self, at: usize, text: &str) -> usize {
        if self.wrong == Wrong::Latin(at) { 5 } else { text.len() }
    }

    fn err(&self) -> *mut *mut Error {
        self.err.as_ptr()
    }

    fn run_options(&self) -> RunOptions {
        let struct_size = if let Wrong::Size(size) = self.wrong { size } else { size_of::<RunOptions>() };
        RunOptions { struct_size, progress: None, progress_user: null_mut(), max_steps: 1, max_ms: 0 }
    }
}

unsafe extern "C" fn read(_: *mut c_void, _: *mut c_void, _: u64) -> i64 {
    0
}

unsafe extern "C" fn write(_: *mut c_void, _: *const c_void, n: u64) -> i64 {
    n as i64
}

/// Which handle only one call at a time may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum One {
    Nothing,
    Search,
    Model,
}

struct Row {
    name: &'static str,
    /// Arguments that must not be null, and those that are text.
    nulls: &'static [usize],
    texts: &'static [usize],
    sizes: bool,
    one: One,
    call: fn(&Call) -> Code,
}

macro_rules! rows {
    ($($name:ident $one:ident nulls $nulls:tt texts $texts:tt $(sizes $sizes:literal)? |$c:ident| $call:expr;)*) => {
        vec![$(Row {
            name: stringify!($name),
            nulls: &$nulls,
            texts: &$texts,
            sizes: false $(|| $sizes)?,
            one: One::$one,
            // SAFETY: the arguments are what the header says, or null, or refused.
            #[allow(unused_variables, reason = "not every call needs the handles")]
            call: |$c: &Call| unsafe { $call },
        }),*]
    };
}

/// Frees what a call that was not meant to succeed has handed out after all.
fn none<T>(handle: *mut T) {
    assert!(handle.is_null(), "written on failure");
}

fn rows() -> Vec<Row> {
    rows! {
        get_extension Nothing nulls [] texts [] |c| { assert!((c.api.get_extension)(ptr::null()).is_null()); abi::OK };
        error_code Nothing nulls [] texts [] |c| (c.api.error_code)(ptr::null());
        error_message Nothing nulls [] texts [] |c| {
            assert_eq!(CStr::from_ptr((c.api.error_message)(ptr::null(), null_mut())), c"");
            abi::OK
        };
        error_details_json Nothing nulls [] texts [] |c| {
            assert_eq!(CStr::from_ptr((c.api.error_details_json)(ptr::null(), null_mut())), c"");
            abi::OK
        };
        error_new Nothing nulls [] texts [] |c| {
            let error = (c.api.error_new)(abi::DATA, ptr::null(), 0, ptr::null(), 0);
            assert_eq!((c.api.error_code)(error), abi::DATA);
            (c.api.error_free)(error);
            abi::OK
        };
        error_free Nothing nulls [] texts [] |c| { (c.api.error_free)(null_mut()); abi::OK };
        context_create Nothing nulls [1] texts [] sizes true |c| {
            let mut out = null_mut();
            let mut options: ContextOptions = std::mem::zeroed();
            options.struct_size = if let Wrong::Size(size) = c.wrong { size } else { size_of::<ContextOptions>() };
            let code = (c.api.context_create)(&options, c.p(1, &mut out), c.err());
            (c.api.context_free)(out);
            code
        };
        context_load_plugin Nothing nulls [0, 1] texts [1] |c|
            (c.api.context_load_plugin)(c.p(0, c.context), c.text(1, "/x"), c.len(1, "/x"), c.err());
        context_describe Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            (c.api.context_describe)(c.p(0, c.context), c.p(1, &mut out), c.err())
        };
        context_schema Nothing nulls [0, 1, 2, 3] texts [1, 2] |c| {
            let mut out = Buf::EMPTY;
            let (kind, id) = ("space", "memory_bank");
            let code = (c.api.context_schema)(
                c.p(0, c.context), c.text(1, kind), c.len(1, kind), c.text(2, id), c.len(2, id), c.p(3, &mut out), c.err(),
            );
            release(out);
            code
        };
        config_validate Nothing nulls [0, 1, 2] texts [1] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.config_validate)(
                c.p(0, c.context), c.text(1, HOSTED), c.len(1, HOSTED), c.p(2, &mut out), c.err(),
            );
            release(out);
            code
        };
        context_free Nothing nulls [] texts [] |c| { (c.api.context_free)(null_mut()); abi::OK };
        dataset_from_dlpack Nothing nulls [0, 1, 2, 3, 4] texts [1] |c| {
            let (mut out, options) = (null_mut(), "{}");
            let (mut x, mut y) = (tensor(&mut [0i64; 4]), tensor(&mut [0i64; 1]));
            let code = (c.api.dataset_from_dlpack)(
                c.p(0, c.context), c.text(1, options), c.len(1, options), c.p(2, &mut x), c.p(3, &mut y),
                c.p(4, &mut out), c.err(),
            );
            none(out);
            code
        };
        dataset_from_vtable Nothing nulls [0, 1, 3] texts [1] |c| {
            let (mut out, name) = (null_mut(), "mine");
            (c.api.dataset_from_vtable)(
                c.p(0, c.context), c.text(1, name), c.len(1, name), ptr::null(), null_mut(), c.p(3, &mut out), c.err(),
            )
        };
        dataset_from_config Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, config) = (null_mut(), r#"{"type": "digits"}"#);
            let code = (c.api.dataset_from_config)(
                c.p(0, c.context), c.text(1, config), c.len(1, config), c.p(2, &mut out), c.err(),
            );
            (c.api.dataset_free)(out);
            code
        };
        dataset_free Nothing nulls [] texts [] |c| { (c.api.dataset_free)(null_mut()); abi::OK };
        search_create Nothing nulls [0, 1, 2] texts [1] |c| {
            let mut out = null_mut();
            let code = (c.api.search_create)(
                c.p(0, c.context), c.text(1, HOSTED), c.len(1, HOSTED), ptr::null(), c.p(2, &mut out), c.err(),
            );
            (c.api.search_free)(out);
            code
        };
        search_step Search nulls [0] texts [] |c|
            (c.api.search_step)(c.p(0, c.search), 1, null_mut(), null_mut(), c.err());
        search_run Search nulls [0] texts [] sizes true |c|
            (c.api.search_run)(c.p(0, c.search), &c.run_options(), c.err());
        search_cancel Nothing nulls [] texts [] |c| { (c.api.search_cancel)(ptr::null()); abi::OK };
        search_status Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_status)(c.p(0, c.search), c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_ask Search nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_ask)(c.p(0, c.search), 1, c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_tell Search nulls [0, 1] texts [1] |c|
            (c.api.search_tell)(c.p(0, c.search), c.text(1, "[]"), c.len(1, "[]"), c.err());
        search_report Search nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (0, "{}");
            (c.api.search_report)(c.p(0, c.search), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err())
        };
        search_best Search nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.search_best)(c.p(0, c.search), 1, c.p(1, &mut out), c.err());
            release(out);
            code
        };
        search_score Search nulls [0, 1, 2] texts [1] |c| {
            let mut out = 0.0;
            (c.api.search_score)(c.p(0, c.search), c.text(1, "[]"), c.len(1, "[]"), c.p(2, &mut out), 0, c.err())
        };
        search_model Search nulls [0, 1] texts [] |c| {
            let mut out = null_mut();
            (c.api.search_model)(c.p(0, c.search), c.p(1, &mut out), c.err())
        };
        search_save Search nulls [0, 1] texts [] |c| {
            let mut writer = Writer { ctx: null_mut(), write: Some(write) };
            (c.api.search_save)(c.p(0, c.search), c.p(1, &mut writer), c.err())
        };
        search_load Nothing nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut reader) = (null_mut(), Reader { ctx: null_mut(), read: Some(read) });
            (c.api.search_load)(c.p(0, c.context), c.p(1, &mut reader), ptr::null(), c.p(2, &mut out), c.err())
        };
        search_free Nothing nulls [] texts [] |c| { (c.api.search_free)(null_mut()); abi::OK };
        model_train Nothing nulls [0, 1, 2, 3] texts [1, 2] sizes true |c| {
            let mut out = null_mut();
            (c.api.model_train)(
                c.p(0, c.context), c.text(1, "{}"), c.len(1, "{}"), c.text(2, "{}"), c.len(2, "{}"), ptr::null(),
                &c.run_options(), c.p(3, &mut out), c.err(),
            )
        };
        model_load Nothing nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut reader) = (null_mut(), Reader { ctx: null_mut(), read: Some(read) });
            (c.api.model_load)(c.p(0, c.context), c.p(1, &mut reader), c.p(2, &mut out), c.err())
        };
        model_metrics Model nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let code = (c.api.model_metrics)(c.p(0, c.model), c.p(1, &mut out), c.err());
            release(out);
            code
        };
        model_predict Model nulls [0, 1, 2] texts [] |c| {
            let (mut out, mut x) = (null_mut(), tensor(&mut [0i64; 4]));
            (c.api.model_predict)(c.p(0, c.model), c.p(1, &mut x), c.p(2, &mut out), c.err())
        };
        model_save Model nulls [0, 1] texts [] |c| {
            let mut writer = Writer { ctx: null_mut(), write: Some(write) };
            (c.api.model_save)(c.p(0, c.model), c.p(1, &mut writer), c.err())
        };
        model_free Nothing nulls [] texts [] |c| { (c.api.model_free)(null_mut()); abi::OK };
    }
}

/// A tensor without values.
fn tensor(shape: &mut [i64]) -> DlManaged {
    // SAFETY: numbers and null pointers.
    let mut tensor: DlManaged = unsafe { std::mem::zeroed() };
    (tensor.major, tensor.tensor.device_type, tensor.tensor.lanes) = (1, 1, 1);
    (tensor.tensor.ndim, tensor.tensor.code, tensor.tensor.bits) = (shape.len() as i32, abi::DL_FLOAT, 32);
    // Leaked: a few bytes in a test.
    tensor.tensor.shape = Box::leak(shape.to_vec().into_boxed_slice()).as_mut_ptr();
    tensor
}

fn release(mut buf: Buf) {
    if let Some(release) = buf.release {
        // SAFETY: it was handed out, once.
        unsafe { release(&mut buf) }
    }
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
            expect(&row, &call, abi::INVALID_ARGUMENT, &format!("argument {at} is null"));
        }
        for &at in row.texts {
            call.wrong = Wrong::Latin(at);
            expect(&row, &call, abi::INVALID_ARGUMENT, &format!("argument {at} is not UTF-8"));
        }
        if row.sizes {
            for size in [0, 7, 15] {
                call.wrong = Wrong::Size(size);
                expect(&row, &call, abi::VERSION_MISMATCH, &format!("size {size}"));
            }
            for size in [1 << 20, usize::MAX] {
                call.wrong = Wrong::Size(size);
                expect(&row, &call, abi::INVALID_ARGUMENT, &format!("size {size}"));
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
        expect(row, &call, abi::BUSY, "inside a callback");
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
        progress_user: search.cast(),
        max_steps: 0,
        max_ms: 0,
    };
    // SAFETY: all were made above.
    unsafe { assert_eq!((api().search_run)(search, &options, null_mut()), abi::CANCELLED) };

    MODEL.set(model);
    HOOK.set(Some(|| {
        HOOK.set(None);
        let call = call(null_mut(), null_mut(), MODEL.get());
        for row in rows().iter().filter(|row| row.one == One::Model) {
            expect(row, &call, abi::BUSY, "inside another call");
        }
        SEEN.set(abi::BUSY);
    }));
    predict(model, abi::OK);
    assert_eq!(SEEN.get(), abi::BUSY);
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
    expect(&row("search_run"), &call, abi::PANIC, "the engine panics");
    predict(model, abi::PANIC);
    HOOK.set(None);
    for row in rows().iter().filter(|row| row.one != One::Nothing) {
        expect(row, &call, abi::BAD_STATE, "after a panic");
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
