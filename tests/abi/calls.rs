//! Every function of the table under null pointers, text that is not UTF-8, impossible sizes, a busy handle
//! and a handle after a panic. The calls are made of the declarations of the functions, and what is expected
//! of the header: a new function is called without a line here.

mod call;
mod hooked;

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, null_mut};

use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::layout::layouts;
use smash_sdk::abi::{self, Api, Buf, Code, RunOptions};
use smash_tests::header::{Function, Header, Variable};

use call::{Answer as _, Call, Wrong, tensor};
use hooked::HOOK;

thread_local! {
    /// The model that is called while it is at work.
    static MODEL: Cell<*mut abi::Model> = const { Cell::new(null_mut()) };
    static SEEN: Cell<Code> = const { Cell::new(-1) };
}

const JOB: &str = r#"{"strategy": {"type": "smash", "epochs": 1, "batch": 700, "hypernet": {"first": 2, "growth": 2, "stages": [1]},
    "scoring": {"batch": 10, "examples": 10, "calibration": 4}, "search": {"random": 1, "perturbation": 0, "chain": 0}},
    "retrain": {"epochs": 0}, "backend": {"type": "hooked"}}"#;

/// A function as Rust declares it, and a call of it.
struct Declared {
    name: &'static str,
    /// Names and types of its arguments.
    arguments: &'static [(&'static str, &'static str)],
    call: fn(&Call) -> Option<Code>,
}

macro_rules! declared {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {{
        use smash_sdk::abi::*;
        vec![$(Declared {
            name: stringify!($name),
            arguments: &[$((stringify!($arg), stringify!($type))),*],
            // SAFETY: the arguments are what the header says, or null, or refused.
            call: |call: &Call| unsafe { (call.api.$name)($(call.argument::<$type>(named(stringify!($arg)))),*) }.code(),
        }),*]
    }};
}

/// The name of an argument in the header.
const fn named(argument: &'static str) -> &'static str {
    // A keyword of Rust.
    if matches!(argument.as_bytes(), b"this") { "self" } else { argument }
}

/// A function: what Rust declares, and what the header says of it.
struct Row {
    declared: Declared,
    header: Function,
}

fn rows() -> Vec<Row> {
    let header = Header::read();
    let declared: Vec<Declared> = smash_sdk::functions!(declared);
    let described = header.table("SmashApi");
    assert_eq!(declared.len(), described.len());
    declared
        .into_iter()
        .zip(described)
        .map(|(declared, function)| Row { declared, header: function.clone() })
        .collect()
}

impl Row {
    fn name(&self) -> &'static str {
        self.declared.name
    }

    /// The kind of handle that only one call at a time may use.
    fn exclusive(&self) -> Option<&str> {
        let handle = self.header.parameters.first()?.c_type.as_str();
        (self.header.tags.starts_with("one") && handle != "SmashContext *").then_some(handle)
    }

    fn names<'a>(&'a self, of: impl Fn(&Variable) -> bool + 'a) -> impl Iterator<Item = &'static str> + 'a {
        let arguments = self.header.parameters.iter().zip(self.declared.arguments);
        arguments.filter(move |(variable, _)| of(variable)).map(|(_, (name, _))| named(name))
    }

    /// Arguments that must not be null.
    fn required(&self) -> impl Iterator<Item = &'static str> {
        self.names(|variable| {
            (variable.c_type.ends_with('*') || variable.c_type.ends_with("Fn")) && !variable.nullable
        })
    }

    /// Arguments that are text.
    fn texts(&self) -> impl Iterator<Item = &'static str> {
        self.names(|variable| variable.c_type == "const char *" && !variable.nullable)
    }

    /// Arguments that are structs with a size, and their smallest and their present size.
    fn sized(&self) -> Vec<(&'static str, usize, usize)> {
        let layout = |variable: &Variable| {
            let name = variable.c_type.strip_prefix("const ")?.strip_suffix(" *")?.replace("struct ", "");
            layouts().into_iter().find(|layout| layout.name == name && layout.fields[0].0 == "struct_size")
        };
        let arguments = self.header.parameters.iter().zip(self.declared.arguments);
        let found = arguments.filter_map(|(variable, (name, _))| {
            let layout = layout(variable)?;
            Some((named(name), layout.min_size, layout.size))
        });
        found.collect()
    }

    /// Whether it returns a code and an error.
    fn may_fail(&self) -> bool {
        self.header.result == "SmashCode" && self.header.parameters.iter().any(|p| p.name == "err")
    }
}

fn api() -> &'static Api {
    // SAFETY: the table is static.
    unsafe { smash_get_api(abi::MAJOR, abi::MINOR).as_ref() }.unwrap()
}

/// The code of a call, with an error with a message unless that is OK.
fn code(row: &Row, call: &Call, what: &str) -> (Code, String) {
    let found = (row.declared.call)(call).unwrap();
    let error = call.err.replace(null_mut());
    // SAFETY: null, or an error of this library.
    let message = unsafe { CStr::from_ptr((call.api.error_message)(error, null_mut())) }.to_owned();
    assert_eq!(message.is_empty(), found == abi::OK, "{}, {what}: {message:?}", row.name());
    // SAFETY: as above; it is not used again.
    unsafe { (call.api.error_free)(error) }
    call.finish();
    (found, message.to_string_lossy().into_owned())
}

/// A call that must give a code.
fn expect(row: &Row, call: &Call, expected: Code, what: &str) {
    let (found, message) = code(row, call, what);
    assert_eq!(abi::code_name(found), abi::code_name(expected), "{}, {what}: {message:?}", row.name());
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

/// The type in C of one in Rust.
fn in_c(rust: &str) -> String {
    // A macro writes the type with spaces.
    let rust = &rust.replace("* ", "*").replace(" <", "<").replace("< ", "<").replace(" >", ">")[..];
    let (constant, rest) = match rust.strip_prefix("*const ") {
        Some(rest) => ("const ", rest),
        None => ("", rust.strip_prefix("*mut ").unwrap_or(rust)),
    };
    if rest == rust {
        return match rust {
            "Code" => "SmashCode".into(),
            "usize" => "size_t".into(),
            "f64" => "double".into(),
            "Option<DecideFn>" => "SmashDecideFn".into(),
            number => {
                format!("{}_t", number.replace('u', "uint").replace('i', "int").replace("uintnt", "uint"))
            }
        };
    }
    let (rest, stars) = rest.strip_prefix("*mut ").map_or((rest, "*"), |rest| (rest, "**"));
    let name = match rest {
        "c_char" => "char".to_owned(),
        "c_void" => "void".to_owned(),
        "f64" => "double".to_owned(),
        "usize" | "i32" => in_c(rest),
        "DlManaged" => "struct DLManagedTensorVersioned".to_owned(),
        "DatasetVtable" => "struct SmashDatasetVtable".to_owned(),
        "Component" => "struct SmashComponent".to_owned(),
        ours => format!("Smash{ours}"),
    };
    format!("{constant}{name} {stars}")
}

#[test]
fn functions_are_declared_as_in_the_header() {
    for row in rows() {
        assert_eq!(row.name(), row.header.name);
        let ours: Vec<_> =
            row.declared.arguments.iter().map(|(name, rust)| (named(name).to_owned(), in_c(rust))).collect();
        let theirs: Vec<_> =
            row.header.parameters.iter().map(|p| (p.name.clone(), p.c_type.clone())).collect();
        assert_eq!(ours, theirs, "{}", row.name());
        assert!(!row.header.tags.is_empty(), "{} has no thread tag", row.name());
    }
}

#[test]
fn bad_arguments() {
    let context = context();
    let (search, model) = finished(context);
    for row in rows() {
        let mut call = Call::new(context, search, model);
        for name in row.required() {
            call.wrong = Wrong::Null(name);
            expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("{name} is null"));
        }
        for name in row.texts() {
            call.wrong = Wrong::Latin(name);
            expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("{name} is not UTF-8"));
        }
        for (name, least, size) in row.sized() {
            for size in [0, 7, least - 1] {
                call.wrong = Wrong::Size(name, size);
                expect(&row, &call, abi::ERR_VERSION_MISMATCH, &format!("{name} has {size} bytes"));
            }
            for size in [1 << 20, usize::MAX] {
                call.wrong = Wrong::Size(name, size);
                expect(&row, &call, abi::ERR_INVALID_ARGUMENT, &format!("{name} has {size} bytes"));
            }
            // Every prefix from the first version on.
            for size in (least..=size).step_by(8) {
                call.wrong = Wrong::Size(name, size);
                let (found, message) = code(&row, &call, "a prefix");
                assert!(
                    !message.contains("struct_size"),
                    "{}: {name} of {size} bytes: {found} {message}",
                    row.name()
                );
            }
        }
        // What cannot fail takes null wherever it may be null.
        if !row.may_fail() {
            call.nullable =
                row.header.parameters.iter().filter(|p| p.nullable).map(|p| p.name.clone()).collect();
            call.wrong = Wrong::Nulls;
            let found = (row.declared.call)(&call);
            call.finish();
            assert!(found.is_none_or(|code| code == abi::OK), "{}: {found:?}", row.name());
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
    let call = Call::new(null_mut(), search.cast(), null_mut());
    for row in rows().iter().filter(|row| row.exclusive() == Some("SmashSearch *")) {
        expect(row, &call, abi::ERR_BUSY, "inside a callback");
    }
    let inside = |row: &&Row| row.header.tags.contains("in") && row.may_fail();
    for row in rows().iter().filter(inside) {
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
        until: 0,
        events: 0,
        interval_ms: 0,
        cancel: ptr::null(),
    };
    // SAFETY: all were made above.
    unsafe { assert_eq!((api().search_run)(search, &options, null_mut()), abi::ERR_CANCELLED) };

    MODEL.set(model);
    HOOK.set(Some(|| {
        HOOK.set(None);
        // A model takes several calls at once.
        predict(MODEL.get(), abi::OK);
        SEEN.set(abi::OK);
    }));
    predict(model, abi::OK);
    assert_eq!(SEEN.get(), abi::OK);
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
    let call = Call::new(context, search, model);
    let row = |name: &str| rows().into_iter().find(|row| row.name() == name).unwrap();
    expect(&row("search_run"), &call, abi::ERR_PANIC, "the engine panics");
    predict(model, abi::ERR_PANIC);
    HOOK.set(None);
    // The engine that panicked is gone, and the model gets another.
    predict(model, abi::OK);
    for row in rows().iter().filter(|row| row.exclusive().is_some()) {
        expect(row, &call, abi::ERR_BAD_STATE, "after a panic");
    }
    let mut out = Buf::EMPTY;
    // SAFETY: the search was made above.
    unsafe { assert_eq!((api().search_status)(search, &mut out, null_mut()), abi::OK) };
    // SAFETY: the text was handed out.
    let status = unsafe { CStr::from_ptr(out.data.cast()) }.to_str().unwrap().to_owned();
    assert!(status.contains(r#""state":"failed""#), "{status}");
    // SAFETY: it was handed out, once.
    unsafe { out.release.unwrap()(&mut out) };
    // SAFETY: made above, freed once.
    unsafe {
        (api().search_free)(search);
        (api().search_free)(finished);
        (api().model_free)(model);
        (api().context_free)(context);
    }
}
