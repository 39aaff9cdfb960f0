//! Vtables of the other side: checked, copied, and called.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use smash_core::{Error, Result};

use crate::abi::{
    self, BackendVtable, Buf, Code, DatasetVtable, EstimatorVtable, OK, ProposerVtable, SpaceVtable,
};
use crate::buf::OwnedBuf;
use crate::error::{faulty, take};
use crate::float_mode::FloatMode;
use crate::sized::{self, SizedStruct};

/// What a vtable consists of: its size, then pointers to functions.
const WORD: usize = size_of::<usize>();

/// A vtable: a struct of its own size, then function pointers only.
///
/// # Safety
/// The type is `repr(C)`: a `usize`, then function pointers, which may be null at the offsets in
/// [`OPTIONAL`](Self::OPTIONAL).
pub(crate) unsafe trait Vtable: SizedStruct {
    /// Offsets of the functions that may be null.
    const OPTIONAL: &'static [usize];

    /// The function that destroys the instance behind the vtable.
    fn destroy(&self) -> unsafe extern "C" fn(*mut c_void);
}

macro_rules! vtables {
    ($($type:ident { $($optional:ident),* })*) => {$(
        // SAFETY: `abi` declares the struct so.
        unsafe impl Vtable for $type {
            const OPTIONAL: &'static [usize] = &[$(std::mem::offset_of!($type, $optional)),*];

            fn destroy(&self) -> unsafe extern "C" fn(*mut c_void) {
                self.destroy
            }
        }
    )*};
}

vtables! {
    SpaceVtable { decisions, sample, mutate, crossover, convert, validate, describe, outline }
    ProposerVtable { add, rank, total }
    DatasetVtable { splits }
    EstimatorVtable { steps, step, save, load }
    BackendVtable {}
}

/// Copies a vtable after checking that it is complete.
///
/// # Safety
/// A non-null pointer points to a vtable that is as large as its first field says.
pub(crate) unsafe fn read<V: Vtable>(vtable: *const c_void) -> Result<V> {
    // SAFETY: promised by the caller.
    let copy =
        unsafe { sized::bytes(vtable.cast::<V>(), "its vtable") }.map_err(|(_, message)| faulty(message))?;
    for offset in (WORD..size_of::<V>()).step_by(WORD) {
        // SAFETY: a vtable consists of words, which were copied or are zero.
        let slot = unsafe { copy.as_ptr().byte_add(offset).cast::<*const c_void>().read() };
        if slot.is_null() && !V::OPTIONAL.contains(&offset) {
            let number = offset / WORD;
            return Err(faulty(format!("function {number} of its vtable is null, but required")));
        }
    }
    // SAFETY: no required function is null, and the others may be.
    Ok(unsafe { copy.assume_init() })
}

/// A copy of a vtable of any kind, as large as this version knows it.
#[derive(Clone)]
pub(crate) struct Copied(Arc<[*const c_void]>);

// SAFETY: it holds a number and pointers to functions only.
unsafe impl Send for Copied {}
// SAFETY: as above.
unsafe impl Sync for Copied {}

impl Copied {
    /// Copies a vtable after checking that it is complete.
    ///
    /// # Safety
    /// As [`read`].
    pub(crate) unsafe fn new<V: Vtable>(vtable: *const c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        let copy = unsafe { read::<V>(vtable) }?;
        // SAFETY: a vtable consists of words.
        let words = unsafe {
            std::slice::from_raw_parts((&raw const copy).cast::<*const c_void>(), size_of::<V>() / WORD)
        };
        let own = std::iter::once(ptr::without_provenance(size_of::<V>()));
        Ok(Self(own.chain(words[1..].iter().copied()).collect()))
    }

    /// The copy, which is of this type.
    pub(crate) fn pointer<V: Vtable>(&self) -> *const V {
        self.0.as_ptr().cast()
    }
}

/// A vtable and its instance, which is destroyed when this is dropped unless it is borrowed.
pub(crate) struct Handle<V: Vtable> {
    pub(crate) vtable: V,
    this: *mut c_void,
    owned: bool,
}

// SAFETY: a component may be called by any thread, one at a time.
unsafe impl<V: Vtable> Send for Handle<V> {}

impl<V: Vtable> Handle<V> {
    /// # Safety
    /// `vtable` is as [`read`] requires, its functions stay loaded, and `this` was made for it.
    pub(crate) unsafe fn new(vtable: *const V, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self { vtable: unsafe { read(vtable.cast()) }?, this, owned: true })
    }

    /// A borrowed instance, which its owner destroys.
    ///
    /// # Safety
    /// As [`new`](Self::new), and `this` outlives the result.
    pub(crate) unsafe fn borrowed(vtable: *const V, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self { vtable: unsafe { read(vtable.cast()) }?, this, owned: false })
    }

    /// A call that cannot fail. The other side may leave another floating-point mode, here and below.
    pub(crate) fn peek<T>(&self, call: impl FnOnce(&V, *mut c_void) -> T) -> T {
        let _mode = FloatMode::keep();
        call(&self.vtable, self.this)
    }

    /// A call that may fail.
    pub(crate) fn call(
        &self,
        call: impl FnOnce(&V, *mut c_void, *mut *mut abi::Error) -> Code,
    ) -> Result<()> {
        let mut err = ptr::null_mut();
        let _mode = FloatMode::keep();
        let code = call(&self.vtable, self.this, &raw mut err);
        // SAFETY: the other side made the error through the host's functions.
        if code == OK { Ok(()) } else { Err(unsafe { take(code, err) }) }
    }

    /// A call that returns bytes.
    pub(crate) fn bytes(
        &self,
        call: impl FnOnce(&V, *mut c_void, *mut Buf, *mut *mut abi::Error) -> Code,
    ) -> Result<OwnedBuf> {
        let mut out = Buf::EMPTY;
        let done = self.call(|vtable, this, err| call(vtable, this, &raw mut out, err));
        let taken = out.take();
        done.map(|()| taken)
    }

    /// A call that returns JSON.
    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        what: &str,
        call: impl FnOnce(&V, *mut c_void, *mut Buf, *mut *mut abi::Error) -> Code,
    ) -> Result<T> {
        let bytes = self.bytes(call)?;
        smash_core::json::from_slice(bytes.as_bytes()).map_err(|e| Error::Plugin(format!("{what}: {e}")))
    }
}

impl<V: Vtable> Drop for Handle<V> {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: `this` belongs to the vtable; nothing calls it again.
            unsafe { self.vtable.destroy()(self.this) }
        }
    }
}
