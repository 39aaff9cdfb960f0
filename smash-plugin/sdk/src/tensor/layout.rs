//! The structs of DLPack, major version 1, by which tensors cross without a copy. Their layout is defined by
//! that project and frozen: <https://dmlc.github.io/dlpack/latest/c_api.html>.

use std::ffi::c_void;

/// The [`DlManaged::major`] version that is understood here.
pub const DLPACK_MAJOR: u32 = 1;
/// The [`DlManaged::minor`] version of tensors that are handed out.
pub const DLPACK_MINOR: u32 = 1;
/// [`DlTensor::device_type`] of host memory.
pub const DL_CPU: i32 = 1;
/// [`DlTensor::code`] of signed integers.
pub const DL_INT: u8 = 0;
/// [`DlTensor::code`] of unsigned integers.
pub const DL_UINT: u8 = 1;
/// [`DlTensor::code`] of IEEE floating-point numbers.
pub const DL_FLOAT: u8 = 2;

/// `DLTensor`: values that are borrowed from their producer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DlTensor {
    /// Pointer to the values; null when there are none.
    pub data: *mut c_void,
    /// Device type of the memory.
    pub device_type: i32,
    /// Device number within its type.
    pub device_id: i32,
    /// Rank: number of extents.
    pub ndim: i32,
    /// Type code of a value: integer, unsigned or float.
    pub code: u8,
    /// Bits per value.
    pub bits: u8,
    /// Vector lanes per value: 1 for scalars.
    pub lanes: u16,
    /// Extents, outermost first.
    pub shape: *mut i64,
    /// Strides: values from one index to the next, along each axis; null: dense and row-major.
    pub strides: *mut i64,
    /// Offset in bytes from `data` to the first value.
    pub byte_offset: u64,
}

impl DlTensor {
    /// A tensor of float32 in host memory, without values or extents.
    pub const F32: Self = Self {
        data: std::ptr::null_mut(),
        device_type: DL_CPU,
        device_id: 0,
        ndim: 0,
        code: DL_FLOAT,
        bits: 32,
        lanes: 1,
        shape: std::ptr::null_mut(),
        strides: std::ptr::null_mut(),
        byte_offset: 0,
    };
}

/// `DLManagedTensorVersioned`: a tensor with its deleter.
#[repr(C)]
#[derive(Debug)]
pub struct DlManaged {
    /// Major version; of any other than [`DLPACK_MAJOR`] only `deleter` may be read.
    pub major: u32,
    /// Minor version: additions to the struct.
    pub minor: u32,
    /// Opaque pointer of the producer.
    pub manager_ctx: *mut c_void,
    /// Gives the tensor back to its producer; null: there is nothing to do.
    pub deleter: Option<unsafe extern "C" fn(this: *mut DlManaged)>,
    /// Flags. Bit 0: read only. Bit 1: a copy was made.
    pub flags: u64,
    /// The tensor.
    pub tensor: DlTensor,
}

/// Strides of a dense row-major tensor.
pub(crate) fn dense(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].wrapping_mul(shape[axis].max(1) as isize);
    }
    strides
}
