//! One call of a function of the table, with something wrong in it or not.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::ptr::{self, null_mut};

use smash_sdk::abi::{self, Api, Buf, Code, DlManaged, Error, RunOptions};

pub(super) const HOSTED: &str = r#"{"strategy": {"type": "random"}}"#;
const LATIN: &[u8] = b"\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9";

/// What a call is done wrong in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wrong {
    Nothing,
    /// This argument is null.
    Null(usize),
    /// This text is not UTF-8.
    Latin(usize),
    /// The size in the options.
    Size(usize),
}

/// Handles to call with, and what to do wrong.
pub(super) struct Call {
    pub(super) api: &'static Api,
    pub(super) context: *mut abi::Context,
    pub(super) search: *mut abi::Search,
    pub(super) model: *mut abi::Model,
    pub(super) wrong: Wrong,
    pub(super) err: Cell<*mut Error>,
}

impl Call {
    pub(super) fn p<T>(&self, at: usize, pointer: *mut T) -> *mut T {
        if self.wrong == Wrong::Null(at) { null_mut() } else { pointer }
    }

    pub(super) fn text(&self, at: usize, text: &'static str) -> *const c_char {
        match self.wrong {
            Wrong::Null(here) if here == at => ptr::null(),
            Wrong::Latin(here) if here == at => LATIN.as_ptr().cast(),
            _ => text.as_ptr().cast(),
        }
    }

    pub(super) fn len(&self, at: usize, text: &str) -> usize {
        if self.wrong == Wrong::Latin(at) { 5 } else { text.len() }
    }

    pub(super) fn err(&self) -> *mut *mut Error {
        self.err.as_ptr()
    }

    pub(super) fn run_options(&self) -> RunOptions {
        let struct_size = if let Wrong::Size(size) = self.wrong { size } else { size_of::<RunOptions>() };
        RunOptions { struct_size, progress: None, user: null_mut(), max_steps: 1, max_ms: 0 }
    }
}

pub(super) unsafe extern "C" fn read(_: *mut c_void, _: *mut c_void, _: u64) -> i64 {
    0
}

pub(super) unsafe extern "C" fn write(_: *mut c_void, _: *const c_void, n: u64) -> i64 {
    n as i64
}

/// Which handle only one call at a time may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    Nothing,
    Search,
    Model,
}

pub(super) struct Row {
    pub(super) name: &'static str,
    /// Arguments that must not be null, and those that are text.
    pub(super) nulls: &'static [usize],
    pub(super) texts: &'static [usize],
    pub(super) sizes: bool,
    pub(super) one: One,
    pub(super) call: fn(&Call) -> Code,
}

macro_rules! rows {
    ($($name:ident $one:ident nulls $nulls:tt texts $texts:tt $(sizes $sizes:literal)? |$c:ident| $call:expr;)*) => {
        vec![$($crate::calls::call::Row {
            name: stringify!($name),
            nulls: &$nulls,
            texts: &$texts,
            sizes: false $(|| $sizes)?,
            one: $crate::calls::call::One::$one,
            // SAFETY: the arguments are what the header says, or null, or refused.
            #[allow(unused_variables, reason = "not every call needs the handles")]
            call: |$c: &$crate::calls::call::Call| unsafe { $call },
        }),*]
    };
}

pub(super) use rows;

/// Frees what a call that was not meant to succeed has handed out after all.
pub(super) fn none<T>(handle: *mut T) {
    assert!(handle.is_null(), "written on failure");
}

/// A tensor without values.
pub(super) fn tensor(shape: &mut [i64]) -> DlManaged {
    // SAFETY: numbers and null pointers.
    let mut tensor: DlManaged = unsafe { std::mem::zeroed() };
    (tensor.major, tensor.tensor.device_type, tensor.tensor.lanes) = (1, 1, 1);
    (tensor.tensor.ndim, tensor.tensor.code, tensor.tensor.bits) = (shape.len() as i32, abi::DL_FLOAT, 32);
    // Leaked: a few bytes in a test.
    tensor.tensor.shape = Box::leak(shape.to_vec().into_boxed_slice()).as_mut_ptr();
    tensor
}

pub(super) fn release(mut buf: Buf) {
    if let Some(release) = buf.release {
        // SAFETY: it was handed out, once.
        unsafe { release(&mut buf) }
    }
}
