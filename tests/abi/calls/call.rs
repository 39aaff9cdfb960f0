//! One call of a function of the table, made of its declaration, with something wrong in it or not.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::ptr::{self, null_mut};

use smash_sdk::abi::{
    self, Api, Buf, Code, Component, Context, ContextOptions, Dataset, DatasetVtable, DecideFn, DlManaged,
    DlTensor, Error, Model, Reader, RunOptions, Search, Space, Writer,
};

/// What a call is done wrong in. Arguments have the names that the header gives them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wrong {
    Nothing,
    /// This argument is null.
    Null(&'static str),
    /// Every argument that may be null is.
    Nulls,
    /// This text is not UTF-8.
    Latin(&'static str),
    /// The size in this struct.
    Size(&'static str, usize),
}

/// Handles to call with, and what to do wrong.
pub(super) struct Call {
    pub(super) api: &'static Api,
    pub(super) context: *mut Context,
    pub(super) search: *mut Search,
    pub(super) space: *mut Space,
    pub(super) data: *mut Dataset,
    pub(super) model: *mut Model,
    pub(super) wrong: Wrong,
    pub(super) err: Cell<*mut Error>,
    /// The arguments that may be null.
    pub(super) nullable: Vec<String>,
    /// The length of the text that was passed last.
    length: Cell<usize>,
    /// What is done with the results of the call.
    after: RefCell<Vec<Box<dyn FnOnce()>>>,
}

const LATIN: &[u8] = b"\xe9\xe9\xe9\xe9\xe9";

const REQUEST: &str =
    r#"{"space": {"type": "hand_designed"}, "task": {"channels": 1, "extents": [8, 8], "classes": 2}}"#;
const ARCHITECTURE: &str =
    r#"{"space": "hand_designed", "version": 1, "choices": {"family": "resnet", "depth": 1, "width": 4}}"#;

/// What stands for a text of that name.
fn sample(name: &str) -> &'static str {
    match name {
        "job" => r#"{"strategy": {"type": "random"}}"#,
        "manifest" => "/x",
        "kind" => "space",
        "id" => "memory_bank",
        "config" => r#"{"type": "digits"}"#,
        "results" | "architectures" => "[]",
        "request" => REQUEST,
        "architecture" | "first" | "second" => ARCHITECTURE,
        "parameters" => r#"{"family": "resnet", "depth": 1, "width": 4}"#,
        _ => "{}",
    }
}

/// A space of its own for a call: it needs no context that lives as long.
fn space(api: &Api) -> *mut Space {
    let (mut context, mut space) = (null_mut(), null_mut());
    // SAFETY: the request and the places are lent for the calls.
    unsafe {
        assert_eq!((api.context_create)(ptr::null(), &mut context, null_mut()), abi::OK);
        let code = (api.space_open)(context, REQUEST.as_ptr().cast(), REQUEST.len(), &mut space, null_mut());
        assert_eq!(code, abi::OK);
        (api.context_free)(context);
    }
    space
}

/// A dataset of its own for a call.
fn data(api: &Api) -> *mut Dataset {
    let (mut context, mut data) = (null_mut(), null_mut());
    let config = sample("config");
    // SAFETY: the configuration and the places are lent for the calls.
    unsafe {
        assert_eq!((api.context_create)(ptr::null(), &mut context, null_mut()), abi::OK);
        let (text, len) = (config.as_ptr().cast(), config.len());
        assert_eq!((api.dataset_from_config)(context, text, len, &mut data, null_mut()), abi::OK);
        (api.context_free)(context);
    }
    data
}

impl Drop for Call {
    fn drop(&mut self) {
        // SAFETY: they were made in `new`, and no call is at work.
        unsafe {
            (self.api.space_free)(self.space);
            (self.api.dataset_free)(self.data);
        }
    }
}

impl Call {
    pub(super) fn new(context: *mut Context, search: *mut Search, model: *mut Model) -> Self {
        Self {
            api: super::api(),
            context,
            search,
            space: space(super::api()),
            data: data(super::api()),
            model,
            wrong: Wrong::Nothing,
            err: Cell::new(null_mut()),
            nullable: Vec::new(),
            length: Cell::new(0),
            after: RefCell::default(),
        }
    }

    pub(super) fn argument<T: Argument>(&self, name: &'static str) -> T {
        T::make(self, name)
    }

    /// Frees what a call has handed out.
    pub(super) fn finish(&self) {
        self.after.borrow_mut().drain(..).for_each(|free| free());
    }

    fn is_null(&self, name: &str) -> bool {
        match self.wrong {
            Wrong::Null(null) => null == name,
            Wrong::Nulls => self.nullable.iter().any(|nullable| nullable == name),
            _ => false,
        }
    }

    fn or_null<T>(&self, name: &str, pointer: *mut T) -> *mut T {
        if self.is_null(name) { null_mut() } else { pointer }
    }

    /// A place for a result, which `free` gets if it was written.
    fn place<T: 'static>(&self, name: &str, empty: T, free: impl FnOnce(&mut T) + 'static) -> *mut T {
        let place = Box::into_raw(Box::new(empty));
        self.after.borrow_mut().push(Box::new(move || {
            // SAFETY: it was made above, and the call is over.
            free(&mut *unsafe { Box::from_raw(place) });
        }));
        self.or_null(name, place)
    }

    /// The size of a struct of that name.
    fn size<T>(&self, name: &str) -> usize {
        match self.wrong {
            Wrong::Size(of, size) if of == name => size,
            _ => size_of::<T>(),
        }
    }

    /// A struct that the caller fills in, and that lives until the call is over.
    fn lent<T: 'static>(&self, name: &str, value: T) -> *const T {
        self.place(name, value, |_| ()).cast_const()
    }
}

/// A type that an argument may have.
pub(super) trait Argument {
    fn make(call: &Call, name: &'static str) -> Self;
}

macro_rules! arguments {
    ($($type:ty: |$call:ident, $name:ident| $value:expr;)*) => {$(
        impl Argument for $type {
            #[allow(unused_variables, reason = "not every type asks for the name")]
            fn make($call: &Call, $name: &'static str) -> Self {
                $value
            }
        }
    )*};
}

arguments! {
    Code: |call, name| abi::ERR_DATA;
    u32: |call, name| 1;
    u64: |call, name| 1;
    usize: |call, name| if name.ends_with("len") { call.length.get() } else { 0 };
    *const c_char: |call, name| {
        if call.is_null(name) {
            // A length of nothing is what makes null wrong.
            call.length.set(if matches!(call.wrong, Wrong::Nulls) { 0 } else { 5 });
            return ptr::null();
        }
        let text = if call.wrong == Wrong::Latin(name) { LATIN } else { sample(name).as_bytes() };
        call.length.set(text.len());
        text.as_ptr().cast()
    };
    *mut *mut Error: |call, name| call.err.as_ptr();
    *const Error: |call, name| null_mut();
    *mut Error: |call, name| null_mut();
    *mut c_void: |call, name| null_mut();
    *const Context: |call, name| call.or_null(name, call.context);
    *mut Context: |call, name| call.or_null(name, call.context);
    *const Search: |call, name| call.or_null(name, call.search);
    *mut Search: |call, name| call.or_null(name, call.search);
    f64: |call, name| 0.5;
    Option<DecideFn>: |call, name| if call.is_null(name) { None } else { Some(first_value as DecideFn) };
    *const Space: |call, name| call.or_null(name, call.space);
    *mut Space: |call, name| null_mut();
    *const Model: |call, name| call.or_null(name, call.model);
    *mut Model: |call, name| null_mut();
    *const Dataset: |call, name| call.or_null(name, call.data);
    *mut Dataset: |call, name| null_mut();
    *mut i32: |call, name| call.place(name, 0, |_| ());
    *mut f64: |call, name| call.place(name, 0.0, |_| ());
    *mut usize: |call, name| call.place(name, 0, |_| ());
    *mut Buf: |call, name| call.place(name, Buf::EMPTY, |buf| {
        if let Some(release) = buf.release {
            // SAFETY: it was handed out, once.
            unsafe { release(buf) }
        }
    });
    *mut *mut Context: |call, name| {
        let free = call.api.context_free;
        // SAFETY: null, or handed out once.
        call.place(name, null_mut(), move |handle| unsafe { free(*handle) })
    };
    *mut *mut Dataset: |call, name| {
        let free = call.api.dataset_free;
        // SAFETY: as above.
        call.place(name, null_mut(), move |handle| unsafe { free(*handle) })
    };
    *mut *mut Space: |call, name| {
        let free = call.api.space_free;
        // SAFETY: as above.
        call.place(name, null_mut(), move |handle| unsafe { free(*handle) })
    };
    *mut *mut Search: |call, name| {
        let free = call.api.search_free;
        // SAFETY: as above.
        call.place(name, null_mut(), move |handle| unsafe { free(*handle) })
    };
    *mut *mut Model: |call, name| {
        let free = call.api.model_free;
        // SAFETY: as above.
        call.place(name, null_mut(), move |handle| unsafe { free(*handle) })
    };
    *mut *mut DlManaged: |call, name| call.place(name, null_mut(), |out| assert!(out.is_null(), "written on failure"));
    *mut DlManaged: |call, name| call.place(name, tensor(&mut [0; 4]), |_| ());
    *const ContextOptions: |call, name| call.lent(name, ContextOptions {
        struct_size: call.size::<ContextOptions>(name),
        flags: 0,
        plugin_dirs: ptr::null(),
        n_plugin_dirs: 0,
        log: None,
        user: null_mut(),
        log_level: 0,
        max_threads: 0,
        max_memory: 0,
    });
    *const RunOptions: |call, name| call.lent(name, RunOptions {
        struct_size: call.size::<RunOptions>(name),
        progress: None,
        user: null_mut(),
        max_steps: 1,
        max_ms: 0,
        until: 0,
        events: 0,
        interval_ms: 0,
        cancel: ptr::null(),
    });
    *const Reader: |call, name| call.lent(name, Reader {
        struct_size: call.size::<Reader>(name),
        user: null_mut(),
        read: Some(read),
    });
    *const Writer: |call, name| call.lent(name, Writer {
        struct_size: call.size::<Writer>(name),
        user: null_mut(),
        write: Some(write),
    });
    *const DatasetVtable: |call, name| call.lent(name, DatasetVtable {
        struct_size: call.size::<DatasetVtable>(name),
        ..VTABLE
    });
    *const Component: |call, name| call.lent(name, Component {
        struct_size: call.size::<Component>(name),
        kind: abi::KIND_DATASET,
        reserved: 0,
        id: c"none".as_ptr(),
        about: c"A dataset that cannot be opened.".as_ptr(),
        config_schema: c"{}".as_ptr(),
        vtable: (&raw const VTABLE).cast(),
        user: null_mut(),
        create: Some(create),
        resolve: None,
    });
}

/// The first value of every decision.
unsafe extern "C" fn first_value(
    _: *mut c_void,
    _: *const c_char,
    _: usize,
    index: *mut u64,
    _: *mut *mut Error,
) -> Code {
    // SAFETY: it is the place for the answer.
    unsafe { index.write(0) };
    abi::OK
}

unsafe extern "C" fn read(_: *mut c_void, _: *mut c_void, _: u64) -> i64 {
    0
}

unsafe extern "C" fn write(_: *mut c_void, _: *const c_void, n: u64) -> i64 {
    n as i64
}

/// A dataset that says nothing.
static VTABLE: DatasetVtable = DatasetVtable {
    struct_size: size_of::<DatasetVtable>(),
    describe,
    labels,
    read: read_examples,
    splits: None,
    destroy,
};

unsafe extern "C" fn create(
    _: *mut c_void,
    _: *const c_char,
    _: usize,
    _: *mut *mut c_void,
    _: *mut *mut Error,
) -> Code {
    abi::ERR_CALLBACK
}

unsafe extern "C" fn describe(_: *mut c_void, _: *mut Buf, _: *mut *mut Error) -> Code {
    abi::ERR_CALLBACK
}

unsafe extern "C" fn labels(_: *mut c_void, _: u64, _: *mut u32, _: usize, _: *mut *mut Error) -> Code {
    abi::ERR_CALLBACK
}

unsafe extern "C" fn read_examples(
    _: *mut c_void,
    _: *const u64,
    _: *const u32,
    _: usize,
    _: *mut f32,
    _: usize,
    _: *mut *mut Error,
) -> Code {
    abi::ERR_CALLBACK
}

unsafe extern "C" fn destroy(_: *mut c_void) {}

/// What a function may return.
pub(super) trait Answer {
    /// Its code; none for what has none.
    fn code(self) -> Option<Code>;
}

impl Answer for Code {
    fn code(self) -> Option<Code> {
        Some(self)
    }
}

impl Answer for () {
    fn code(self) -> Option<Code> {
        None
    }
}

impl Answer for *const c_char {
    fn code(self) -> Option<Code> {
        assert!(!self.is_null(), "text is never null");
        None
    }
}

impl Answer for *mut Error {
    fn code(self) -> Option<Code> {
        // SAFETY: it was just made, and is freed once.
        unsafe { (super::api().error_free)(self) };
        None
    }
}

/// A tensor without values.
pub(super) fn tensor(shape: &mut [i64]) -> DlManaged {
    // Leaked: a few bytes in a test.
    let shape = Box::leak(shape.to_vec().into_boxed_slice());
    DlManaged {
        major: 1,
        minor: 0,
        manager_ctx: null_mut(),
        deleter: None,
        flags: 0,
        tensor: DlTensor { ndim: shape.len() as i32, shape: shape.as_mut_ptr(), ..DlTensor::F32 },
    }
}
