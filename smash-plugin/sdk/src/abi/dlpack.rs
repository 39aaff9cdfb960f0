//! The structs of DLPack, major version 1, by which tensors cross without a copy. Their layout is that project's and
//! frozen: <https://dmlc.github.io/dlpack/latest/c_api.html>.

use std::ffi::c_void;

/// [`DlManaged::major`] that is understood here.
pub const DLPACK_MAJOR: u32 = 1;
/// [`DlManaged::minor`] of what is handed out.
pub const DLPACK_MINOR: u32 = 1;
/// [`DlTensor::device_type`] of memory that any code can read.
pub const DL_CPU: i32 = 1;
/// [`DlTensor::code`] of signed integers.
pub const DL_INT: u8 = 0;
/// [`DlTensor::code`] of unsigned integers.
pub const DL_UINT: u8 = 1;
/// [`DlTensor::code`] of IEEE floating-point numbers.
pub const DL_FLOAT: u8 = 2;

/// `DLTensor`: values that belong to somebody else.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DlTensor {
    /// The values; null when there are none.
    pub data: *mut c_void,
    /// Where they are.
    pub device_type: i32,
    /// Which of these.
    pub device_id: i32,
    /// How many extents.
    pub ndim: i32,
    /// What a value is.
    pub code: u8,
    /// Bits of a value.
    pub bits: u8,
    /// 1, unless values are vectors.
    pub lanes: u16,
    /// Extents, outermost first.
    pub shape: *mut i64,
    /// Values from one index to the next, along each axis; null: dense and row-major.
    pub strides: *mut i64,
    /// Bytes from `data` to the first value.
    pub byte_offset: u64,
}

/// `DLManagedTensorVersioned`: a tensor and how to give it back.
#[repr(C)]
#[derive(Debug)]
pub struct DlManaged {
    /// Of another major version only `deleter` may be looked at.
    pub major: u32,
    /// Additions.
    pub minor: u32,
    /// Private to the producer.
    pub manager_ctx: *mut c_void,
    /// Gives it back; null: there is nothing to do.
    pub deleter: Option<unsafe extern "C" fn(this: *mut DlManaged)>,
    /// Bit 0: read only. Bit 1: a copy was made.
    pub flags: u64,
    /// The tensor.
    pub tensor: DlTensor,
}
