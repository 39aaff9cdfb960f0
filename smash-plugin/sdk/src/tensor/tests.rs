use std::sync::atomic::{AtomicUsize, Ordering};

use std::ptr;

use smash_core::tensor::Tensor;

use super::layout::{DL_CPU, DL_INT, DlManaged, DlTensor};
use super::*;
use crate::abi::{Code, ERR_INVALID_ARGUMENT, ERR_LIMIT, ERR_UNSUPPORTED, ERR_VERSION_MISMATCH};
use crate::buf::ArgumentError;

static DELETED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn count(_: *mut DlManaged) {
    DELETED.fetch_add(1, Ordering::Relaxed);
}

/// A DLPack tensor over borrowed values.
fn managed<T: Element>(data: &mut [T], shape: &mut [i64], strides: Option<&mut [i64]>) -> DlManaged {
    let (code, bits) = T::TYPE;
    DlManaged {
        major: 1,
        minor: 0,
        manager_ctx: ptr::null_mut(),
        deleter: Some(count),
        flags: 0,
        tensor: DlTensor {
            data: data.as_mut_ptr().cast(),
            device_type: DL_CPU,
            device_id: 0,
            ndim: shape.len() as i32,
            code,
            bits,
            lanes: 1,
            shape: shape.as_mut_ptr(),
            strides: strides.map_or(ptr::null_mut(), <[i64]>::as_mut_ptr),
            byte_offset: 0,
        },
    }
}

fn values<T: Element>(managed: &DlManaged) -> Result<Vec<T>, ArgumentError> {
    // SAFETY: the tensor lives for this call.
    unsafe { Borrowed::from_managed(managed, "x") }?.to_vec()
}

#[test]
fn strides_and_offsets_are_followed() {
    let (mut data, mut shape) = ([0u8, 1, 2, 3, 4, 5], [2, 3]);
    assert_eq!(values::<u8>(&managed(&mut data, &mut shape, None)).unwrap(), [0, 1, 2, 3, 4, 5]);
    let (mut shape, mut strides) = ([3, 2], [1, 3]);
    let transposed = managed(&mut data, &mut shape, Some(&mut strides));
    assert_eq!(values::<u8>(&transposed).unwrap(), [0, 3, 1, 4, 2, 5]);
    let (mut shape, mut strides) = ([3], [-2]);
    let mut backwards = managed(&mut data, &mut shape, Some(&mut strides));
    backwards.tensor.byte_offset = 5;
    assert_eq!(values::<u8>(&backwards).unwrap(), [5, 3, 1]);
    let (mut shape, mut strides) = ([2, 2], [0, 1]);
    assert_eq!(values::<u8>(&managed(&mut data, &mut shape, Some(&mut strides))).unwrap(), [0, 1, 0, 1]);
    let mut data = [1.5f32, 2.5, 3.5];
    let mut shape = [2];
    let mut second = managed(&mut data, &mut shape, None);
    second.tensor.byte_offset = 4;
    assert_eq!(values::<f32>(&second).unwrap(), [2.5, 3.5]);
    let mut scalar = managed(&mut data, &mut [], None);
    scalar.tensor.shape = ptr::null_mut();
    assert_eq!(values::<f32>(&scalar).unwrap(), [1.5]);
    let mut shape = [0, 7];
    let mut empty = managed(&mut data, &mut shape, None);
    empty.tensor.data = ptr::null_mut();
    assert_eq!(values::<f32>(&empty).unwrap(), [0.0; 0]);
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |change: &dyn Fn(&mut DlManaged), code: Code, said: &str| {
        let (mut data, mut shape, mut strides) = ([0f32; 6], [2, 3], [3, 1]);
        let mut tensor = managed(&mut data, &mut shape, Some(&mut strides));
        change(&mut tensor);
        let (found, message) = values::<f32>(&tensor).unwrap_err();
        assert!(found == code && message.starts_with("x: ") && message.contains(said), "{found} {message}");
    };
    // SAFETY: a null pointer is allowed.
    assert_eq!(unsafe { Borrowed::from_managed(ptr::null(), "x") }.unwrap_err().0, ERR_INVALID_ARGUMENT);
    refused(&|t| t.major = 2, ERR_VERSION_MISMATCH, "expected DLPack 1, found 2");
    refused(&|t| t.tensor.device_type = 2, ERR_UNSUPPORTED, "device type 2");
    refused(&|t| t.tensor.lanes = 4, ERR_UNSUPPORTED, "found 4");
    refused(&|t| t.tensor.ndim = -1, ERR_INVALID_ARGUMENT, "found -1");
    refused(&|t| t.tensor.ndim = 17, ERR_LIMIT, "found 17");
    refused(&|t| t.tensor.shape = ptr::null_mut(), ERR_INVALID_ARGUMENT, "extents");
    refused(&|t| t.tensor.data = ptr::null_mut(), ERR_INVALID_ARGUMENT, "expected 6 values");
    refused(&|t| t.tensor.byte_offset = 2, ERR_INVALID_ARGUMENT, "aligned");
    refused(&|t| t.tensor.code = DL_INT, ERR_UNSUPPORTED, "expected f32, found int32");
    refused(&|t| t.tensor.code = 4, ERR_UNSUPPORTED, "type code 4");
    // SAFETY: shape and strides are arrays of two.
    let shape =
        |t: &mut DlManaged, shape: [i64; 2]| unsafe { t.tensor.shape.cast::<[i64; 2]>().write(shape) };
    refused(&|t| shape(t, [-1, 3]), ERR_INVALID_ARGUMENT, "impossible shape [-1, 3]");
    refused(&|t| shape(t, [i64::MAX, 3]), ERR_INVALID_ARGUMENT, "impossible shape");
    // SAFETY: as above.
    let strides =
        |t: &mut DlManaged, strides: [i64; 2]| unsafe { t.tensor.strides.cast::<[i64; 2]>().write(strides) };
    refused(&|t| strides(t, [i64::MAX, 1]), ERR_INVALID_ARGUMENT, "address space");
    refused(&|t| strides(t, [i64::MIN, 1]), ERR_INVALID_ARGUMENT, "address space");
    assert_eq!(DELETED.load(Ordering::Relaxed), 0, "nothing was taken over");
}

#[test]
fn what_is_handed_out_comes_back() {
    let tensor = Tensor::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let managed = export(tensor.clone());
    // SAFETY: it was just handed out, and is given back once.
    unsafe {
        let borrowed = Borrowed::from_managed(managed, "y").unwrap();
        assert_eq!(
            (borrowed.shape(), borrowed.to_vec::<f32>().unwrap()),
            (tensor.shape(), tensor.data().to_vec())
        );
        call_deleter(managed);
        let empty = export(Tensor::zeros(&[0, 4]));
        assert!((*empty).tensor.data.is_null());
        call_deleter(empty);
    }
}
