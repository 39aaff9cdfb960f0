//! The forms in which graphs cross to an engine.

use std::ffi::{c_char, c_void};
use std::ptr;

use smash_backend_native::NativeConfig;
use smash_core::backend::{Backend, Plan};

use super::graph;
use crate::abi::{self, BackendVtable, Buf, Code, OK};
use crate::backend::export::{Engine, VTABLE};
use crate::backend::import::ForeignBackend;
use crate::error::take;
use crate::instance::Instance;

fn engine() -> *mut c_void {
    Instance::<Engine>::into_raw(Box::new(NativeConfig::default().open(1).unwrap()))
}

/// What an engine says that knows nothing of the binary form.
unsafe extern "C" fn plain_info(_: *mut c_void, out: *mut Buf, _: *mut *mut abi::Error) -> Code {
    let info = r#"{"id": "c", "device": "cpu", "level": "?", "threads": 1}"#;
    // SAFETY: the test passes a place.
    unsafe { out.write(Buf::text(info.to_owned())) };
    OK
}

/// Takes the first byte of a graph for the number of its plan.
unsafe extern "C" fn first_byte(
    _: *mut c_void,
    graph: *const c_char,
    _: usize,
    plan: *mut u64,
    _: *mut *mut abi::Error,
) -> Code {
    // SAFETY: the host passes a graph and a place for the plan.
    unsafe { plan.write(u64::from(*graph.cast::<u8>())) };
    OK
}

#[test]
fn graphs_cross_in_binary_where_the_engine_says_so_and_as_json_elsewhere() {
    let plain = BackendVtable { compile: first_byte, info: plain_info, ..VTABLE };
    for (vtable, first) in [(plain, b'{'), (BackendVtable { compile: first_byte, ..VTABLE }, b'S')] {
        let this = engine();
        // SAFETY: the vtable belongs to the engine but for functions that look at nothing of it.
        let mut foreign = unsafe { ForeignBackend::new(&raw const vtable, this) }.unwrap();
        assert_eq!(foreign.compile(&graph()).unwrap(), Plan(first.into()));
    }
}

#[test]
fn an_exported_engine_reads_both_forms_and_refuses_others() {
    let this = engine();
    let compile = |bytes: &[u8]| {
        let (mut plan, mut err) = (u64::MAX, ptr::null_mut());
        // SAFETY: the bytes, the engine and the places live for the call.
        let code = unsafe {
            (VTABLE.compile)(this, bytes.as_ptr().cast(), bytes.len(), &raw mut plan, &raw mut err)
        };
        // SAFETY: where the call failed, it made the error.
        if code == OK { Ok(plan) } else { Err(unsafe { take(code, err) }.to_string()) }
    };
    let (binary, text) = (graph().to_bytes(), graph().to_json());
    assert_eq!(compile(&binary), compile(text.as_bytes()));
    for length in 0..binary.len() {
        let error = compile(&binary[..length]).unwrap_err();
        assert!(error.contains("graph"), "{length}: {error}");
    }
    let later = [b"SMG\x02", &binary[4..]].concat();
    assert!(compile(&later).unwrap_err().contains("graph: expected value"), "{:?}", compile(&later));
    // SAFETY: nothing uses the engine after this.
    unsafe { (VTABLE.destroy)(this) };
}
