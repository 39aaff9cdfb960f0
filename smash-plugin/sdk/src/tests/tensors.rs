//! Tensors on their way to an engine and back: with strides, of other types, and none at all.

use std::ffi::c_void;
use std::ptr;

use smash_backend_native::NativeConfig;
use smash_core::backend::Backend;
use smash_core::tensor::Tensor;

use crate::abi::{
    self, BackendVtable, Code, DL_INT, DlManaged, DlTensor, ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, OK,
};
use crate::backend::export::VTABLE;
use crate::backend::import::ForeignBackend;
use crate::instance::Instance;
use crate::tensor::{export, import};

fn engine() -> *mut c_void {
    let engine: Box<dyn Backend> = Box::new(NativeConfig::default().open(1).unwrap());
    Instance::into_raw(engine)
}

/// Two rows of three values, given by columns.
fn by_columns(data: &mut [f32; 6], shape: &mut [i64; 2], strides: &mut [i64; 2]) -> DlTensor {
    DlTensor {
        data: data.as_mut_ptr().cast(),
        ndim: 2,
        shape: shape.as_mut_ptr(),
        strides: strides.as_mut_ptr(),
        ..DlTensor::F32
    }
}

#[test]
fn an_engine_takes_any_strides_and_float32_alone() {
    let (mut data, mut shape, mut strides) = ([0.0, 3.0, 1.0, 4.0, 2.0, 5.0], [2, 3], [1, 2]);
    let given = by_columns(&mut data, &mut shape, &mut strides);
    let this = engine();
    let write = |tensor: *const DlTensor| {
        // SAFETY: the engine was just made; the tensor lives for the call.
        unsafe { (VTABLE.write)(this, c"w".as_ptr(), 1, tensor, ptr::null_mut()) }
    };
    assert_eq!(write(&raw const given), OK);
    assert_eq!(write(ptr::null()), ERR_INVALID_ARGUMENT);
    for (code, bits, device_type) in [(DL_INT, 32, 1), (abi::DL_FLOAT, 64, 1), (abi::DL_FLOAT, 32, 2)] {
        let other = DlTensor { code, bits, device_type, ..given };
        assert_eq!(write(&raw const other), ERR_UNSUPPORTED);
    }
    let mut out: *mut DlManaged = ptr::null_mut();
    // SAFETY: as above; what is handed out is given back.
    unsafe {
        assert_eq!((VTABLE.read)(this, c"w".as_ptr(), 1, &raw mut out, ptr::null_mut()), OK);
        assert_eq!((*out).tensor.ndim, 2);
        let dense = std::slice::from_raw_parts((*out).tensor.strides, 2);
        assert_eq!(dense, [3, 1], "dense and row-major");
        let read = import(out, "w").unwrap();
        assert_eq!(read, Tensor::new(vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap());
        (VTABLE.destroy)(this);
    }
}

unsafe extern "C" fn by_columns_out(
    _: *mut c_void,
    _: *const std::ffi::c_char,
    len: usize,
    out: *mut *mut DlManaged,
    _: *mut *mut abi::Error,
) -> Code {
    let tensor = Tensor::new(vec![2, 3], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]).unwrap();
    // SAFETY: the test passes a place; the name says what is handed out: its strides, its type, or nothing.
    unsafe {
        let managed = export(tensor);
        std::slice::from_raw_parts_mut((*managed).tensor.strides, 2).copy_from_slice(&[1, 2]);
        match len {
            1 => out.write(managed),
            2 => {
                (*managed).tensor.code = DL_INT;
                out.write(managed);
            }
            _ => drop(import(managed, "none")),
        }
    }
    OK
}

#[test]
fn a_host_takes_any_strides_and_float32_alone() {
    let vtable = BackendVtable { read: by_columns_out, ..VTABLE };
    // SAFETY: the vtable belongs to the engine but for one function, which looks at nothing of it.
    let foreign = unsafe { ForeignBackend::new(&raw const vtable, engine()) }.unwrap();
    let read = foreign.read("w").unwrap();
    assert_eq!(read, Tensor::new(vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap());
    let error = foreign.read("ww").unwrap_err().to_string();
    assert!(error.contains("expected f32, found int32"), "{error}");
    let error = foreign.read("none").unwrap_err().to_string();
    assert!(error.contains("found a null pointer"), "{error}");
}
