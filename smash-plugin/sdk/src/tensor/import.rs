//! DLPack tensors of the other side: checked, then copied.

use std::mem::MaybeUninit;
use std::ptr;

use smash_core::tensor::Tensor;

use super::layout::{DL_CPU, DL_FLOAT, DL_INT, DL_UINT, DLPACK_MAJOR, DlManaged, DlTensor, dense};
use crate::abi::{
    Code, ERR_INVALID_ARGUMENT, ERR_LIMIT, ERR_OUT_OF_MEMORY, ERR_UNSUPPORTED, ERR_VERSION_MISMATCH,
};
use crate::buf::{ArgumentError, slice};

/// Limit on the rank: more than any network has.
const MOST_AXES: i32 = 16;

/// An element type of tensors.
pub trait Element: Copy + Default + 'static {
    /// DLPack's type code and number of bits.
    const TYPE: (u8, u8);
    /// Name of the type in messages.
    const NAME: &'static str;
}

macro_rules! elements {
    ($($type:ident = $code:ident $bits:literal;)*) => {$(
        impl Element for $type {
            const TYPE: (u8, u8) = ($code, $bits);
            const NAME: &'static str = stringify!($type);
        }
    )*};
}

elements! {
    f32 = DL_FLOAT 32;
    u8 = DL_UINT 8;
    i32 = DL_INT 32;
    i64 = DL_INT 64;
}

/// A borrowed tensor of the other side, whose description was checked. The producer still owns it.
#[derive(Debug)]
pub struct Borrowed<'a> {
    name: &'static str,
    tensor: &'a DlTensor,
    shape: Vec<usize>,
    strides: Vec<isize>,
    length: usize,
}

impl<'a> Borrowed<'a> {
    /// Checks the description of a managed tensor; `name` is its name in messages. The values must
    /// not change as long as the result is used.
    ///
    /// # Errors
    /// When the tensor is null, of another major version, not in host memory, or describes impossible values.
    ///
    /// # Safety
    /// `managed` is null or a tensor whose description and values live, and do not change, for `'a`.
    pub unsafe fn from_managed(managed: *const DlManaged, name: &'static str) -> Result<Self, ArgumentError> {
        if managed.is_null() || !managed.is_aligned() {
            return Err((
                ERR_INVALID_ARGUMENT,
                format!("{name}: expected a DLPack tensor, found a null pointer"),
            ));
        }
        // SAFETY: in every version the struct begins with its version number.
        let major = unsafe { (&raw const (*managed).major).read() };
        if major != DLPACK_MAJOR {
            let text = format!("{name}: expected DLPack {DLPACK_MAJOR}, found {major}");
            return Err((ERR_VERSION_MISMATCH, text));
        }
        // SAFETY: the version is the one declared here.
        unsafe { Self::from_tensor(&raw const (*managed).tensor, name) }
    }

    /// As [`from_managed`](Self::from_managed), for a tensor that is borrowed.
    ///
    /// # Errors
    /// As [`from_managed`](Self::from_managed).
    ///
    /// # Safety
    /// `tensor` is null or a tensor whose description and values live, and do not change, for `'a`.
    pub unsafe fn from_tensor(tensor: *const DlTensor, name: &'static str) -> Result<Self, ArgumentError> {
        let fail = |code: Code, message: String| Err((code, format!("{name}: {message}")));
        if tensor.is_null() || !tensor.is_aligned() {
            return fail(ERR_INVALID_ARGUMENT, "expected a DLPack tensor, found a null pointer".into());
        }
        // SAFETY: promised by the caller.
        let tensor = unsafe { &*tensor };
        let DlTensor { device_type, ndim, lanes, .. } = *tensor;
        if device_type != DL_CPU {
            return fail(
                ERR_UNSUPPORTED,
                format!("expected host memory (device type 1), found device type {device_type}"),
            );
        }
        if lanes != 1 {
            return fail(ERR_UNSUPPORTED, format!("expected single values (1 lane), found {lanes}"));
        }
        if ndim > MOST_AXES {
            return fail(ERR_LIMIT, format!("expected at most {MOST_AXES} extents, found {ndim}"));
        }
        if ndim < 0 || (ndim > 0 && tensor.shape.is_null()) {
            return fail(
                ERR_INVALID_ARGUMENT,
                format!("expected a number of extents, and the extents, found {ndim}"),
            );
        }
        // SAFETY: the producer says that there are `ndim` extents and strides.
        let (extents, given) =
            unsafe { (slice(tensor.shape, ndim as usize), slice(tensor.strides, ndim as usize)) };
        let shape: Option<Vec<usize>> = extents.iter().map(|&extent| usize::try_from(extent).ok()).collect();
        let bytes = usize::from(tensor.bits).div_ceil(8);
        let length = |shape: &[usize]| {
            let length = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent))?;
            length.checked_mul(bytes).filter(|&bytes| bytes <= isize::MAX as usize).map(|_| length)
        };
        let Some((shape, length)) = shape.and_then(|shape| length(&shape).map(|length| (shape, length)))
        else {
            return fail(ERR_INVALID_ARGUMENT, format!("found the impossible shape {extents:?}"));
        };
        let strides = match given {
            [] => dense(&shape),
            given => given.iter().map(|&stride| stride as isize).collect(),
        };
        if length > 0 && tensor.data.is_null() {
            return fail(ERR_INVALID_ARGUMENT, format!("expected {length} values, found a null pointer"));
        }
        let this = Self { name, tensor, shape, strides, length };
        this.check_reach(bytes)?;
        Ok(this)
    }

    /// Checks that every address the strides lead to is in the address space.
    fn check_reach(&self, bytes: usize) -> Result<(), ArgumentError> {
        let fail = |message: &str| Err((ERR_INVALID_ARGUMENT, format!("{}: {message}", self.name)));
        if self.length == 0 {
            return Ok(());
        }
        let start = (self.tensor.data as usize).checked_add(self.tensor.byte_offset as usize);
        let Some(start) = start.filter(|start| bytes > 0 && start % bytes == 0) else {
            return fail("its first value is not aligned to the size of a value");
        };
        let ends =
            self.shape.iter().zip(&self.strides).try_fold((0isize, 0isize), |(low, high), (&n, &stride)| {
                let last = stride.checked_mul(isize::try_from(n - 1).ok()?)?;
                Some((low.checked_add(last.min(0))?, high.checked_add(last.max(0))?))
            });
        let reach = ends.and_then(|(low, high)| {
            let size = bytes as isize;
            let low = start.checked_add_signed(low.checked_mul(size)?)?;
            let high = start.checked_add_signed(high.checked_mul(size)?)?.checked_add(bytes)?;
            (high - low <= isize::MAX as usize).then_some(())
        });
        if reach.is_none() { fail("its strides lead out of the address space") } else { Ok(()) }
    }

    /// Extents, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether the values are of type `T`.
    pub fn is<T: Element>(&self) -> bool {
        (self.tensor.code, self.tensor.bits) == T::TYPE
    }

    /// The element type that was found, for messages.
    pub fn found(&self) -> String {
        let kind = match self.tensor.code {
            DL_INT => "int",
            DL_UINT => "uint",
            DL_FLOAT => "float",
            other => return format!("type code {other} with {} bits", self.tensor.bits),
        };
        format!("{kind}{}", self.tensor.bits)
    }

    /// A dense copy, of a tensor of float32.
    ///
    /// # Errors
    /// As [`to_vec`](Self::to_vec).
    pub fn to_tensor(&self) -> Result<Tensor, ArgumentError> {
        let impossible =
            || (ERR_INVALID_ARGUMENT, format!("{}: found the impossible shape {:?}", self.name, self.shape));
        Tensor::new(self.shape.clone(), self.to_vec()?).ok_or_else(impossible)
    }

    /// A dense row-major copy of the values: the only copy that is made.
    ///
    /// # Errors
    /// When the values are of another type, or memory is short.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ArgumentError> {
        if !self.is::<T>() {
            let text = format!("{}: expected {}, found {}", self.name, T::NAME, self.found());
            return Err((ERR_UNSUPPORTED, text));
        }
        let mut values: Vec<T> = Vec::new();
        values.try_reserve_exact(self.length).map_err(|_| {
            (ERR_OUT_OF_MEMORY, format!("{}: no memory for {} values", self.name, self.length))
        })?;
        if self.length > 0 {
            let first =
                self.tensor.data.cast::<u8>().wrapping_add(self.tensor.byte_offset as usize).cast::<T>();
            let out = values.spare_capacity_mut();
            // SAFETY: the shape says that there are `length` values, the strides were checked to stay in the
            // address space, the type is the one that the producer names, and it was promised that they can
            // be read.
            unsafe { gather(first.cast_const(), &self.shape, &self.strides, &mut out[..self.length]) };
            // SAFETY: `gather` has written all of them.
            unsafe { values.set_len(self.length) };
        }
        Ok(values)
    }
}

/// Copies a tensor that is borrowed: float32, of any strides.
///
/// # Errors
/// As [`Borrowed::from_tensor`] and [`Borrowed::to_tensor`].
///
/// # Safety
/// As [`Borrowed::from_tensor`].
pub unsafe fn copy_borrowed(tensor: *const DlTensor, name: &'static str) -> Result<Tensor, ArgumentError> {
    // SAFETY: promised by the caller.
    unsafe { Borrowed::from_tensor(tensor, name) }?.to_tensor()
}

/// Takes ownership of a tensor: copies it, then calls its deleter; on an error too.
///
/// # Errors
/// As [`copy_borrowed`], and for a null pointer.
///
/// # Safety
/// `managed` is null, or a tensor that belongs to the caller, who does not use it again.
pub unsafe fn import(managed: *mut DlManaged, name: &'static str) -> Result<Tensor, ArgumentError> {
    /// Calls the deleter however the copying ends.
    struct Owned(*mut DlManaged);
    impl Drop for Owned {
        fn drop(&mut self) {
            if !self.0.is_null() {
                // SAFETY: promised to `import`.
                unsafe { call_deleter(self.0) }
            }
        }
    }
    let owned = Owned(managed);
    // SAFETY: promised by the caller; it lives until `owned` is dropped.
    unsafe { Borrowed::from_managed(owned.0, name) }?.to_tensor()
}

/// Gathers a strided tensor into dense values.
///
/// # Safety
/// `first` and every address that the strides lead to can be read; `out` is as long as the number of values.
unsafe fn gather<T: Copy>(first: *const T, shape: &[usize], strides: &[isize], out: &mut [MaybeUninit<T>]) {
    if strides == dense(shape) {
        // SAFETY: dense values lie one after the other.
        unsafe { ptr::copy_nonoverlapping(first, out.as_mut_ptr().cast(), out.len()) };
        return;
    }
    let ([extent, inner @ ..], [stride, inner_strides @ ..]) = (shape, strides) else { return };
    let size = out.len() / extent;
    for (i, part) in out.chunks_exact_mut(size).enumerate() {
        // SAFETY: within the shape.
        unsafe { gather(first.offset(stride * i as isize), inner, inner_strides, part) };
    }
}

/// Calls a tensor's deleter, which ends the ownership of whoever has it.
///
/// # Safety
/// `managed` belongs to the caller, who does not use it again.
pub unsafe fn call_deleter(managed: *mut DlManaged) {
    // SAFETY: promised by the caller. The deleter is at the same offset in every version.
    if let Some(deleter) = unsafe { (*managed).deleter } {
        // SAFETY: as above.
        unsafe { deleter(managed) };
    }
}
