//! Tables of functions from the other side: checked, copied, and called.

use std::ffi::c_void;
use std::ptr;

use serde::de::DeserializeOwned;
use smash_core::{Error, Result};

use super::faulty;
use crate::abi::{self, BackendVtable, Buf, Code, DatasetVtable, OK, SpaceVtable, StrategyVtable};
use crate::buf::Taken;
use crate::error::take;

/// A table that begins with its size and then has only functions.
///
/// # Safety
/// The type is `repr(C)`: a `usize`, then function pointers, which are optional at the offsets [`OPTIONAL`](Self::OPTIONAL).
pub(super) unsafe trait Vtable: Copy {
    /// Where null is allowed.
    const OPTIONAL: &'static [usize];

    /// The function that ends what stands behind the table.
    fn destroy(&self) -> unsafe extern "C" fn(*mut c_void);
}

macro_rules! vtables {
    ($($type:ident { $($optional:ident),* })*) => {$(
        // SAFETY: `abi` declares it so.
        unsafe impl Vtable for $type {
            const OPTIONAL: &'static [usize] = &[$(std::mem::offset_of!($type, $optional)),*];

            fn destroy(&self) -> unsafe extern "C" fn(*mut c_void) {
                self.destroy
            }
        }
    )*};
}

vtables! {
    SpaceVtable { crossover, convert, outline }
    StrategyVtable { total }
    DatasetVtable { splits }
    BackendVtable {}
}

/// A copy of a table, once it is known to be complete.
///
/// # Safety
/// A pointer that is not null points to a table that is as large as its first field says.
pub(super) unsafe fn read<V: Vtable>(vtable: *const c_void) -> Result<V> {
    let least = size_of::<V>();
    if vtable.is_null() || !vtable.cast::<V>().is_aligned() {
        return Err(faulty("its vtable is null or not aligned"));
    }
    // SAFETY: every table begins with its size.
    let size = unsafe { vtable.cast::<usize>().read() };
    if size < least {
        let message = format!(
            "expected a vtable of at least {least} bytes, found {size}: it is smaller than that of ABI version 1.0"
        );
        return Err(faulty(message));
    }
    for offset in (size_of::<usize>()..least).step_by(size_of::<usize>()) {
        // SAFETY: the table is large enough.
        let slot = unsafe { vtable.byte_add(offset).cast::<*const c_void>().read() };
        if slot.is_null() && !V::OPTIONAL.contains(&offset) {
            let number = offset / size_of::<usize>();
            return Err(faulty(format!("function {number} of its vtable is null, but required")));
        }
    }
    // SAFETY: it is large enough, and what must not be null is not.
    Ok(unsafe { vtable.cast::<V>().read() })
}

/// What stands behind a table; ended when this is dropped, unless it is lent.
pub(super) struct Handle<V: Vtable> {
    pub(super) vtable: V,
    this: *mut c_void,
    owned: bool,
}

// SAFETY: a component is called by one thread at a time, by any thread.
unsafe impl<V: Vtable> Send for Handle<V> {}

impl<V: Vtable> Handle<V> {
    /// # Safety
    /// `vtable` is as [`read`] wants it, its functions stay, and `this` was made for it.
    pub(super) unsafe fn new(vtable: *const V, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self { vtable: unsafe { read(vtable.cast()) }?, this, owned: true })
    }

    /// What is destroyed by somebody else.
    ///
    /// # Safety
    /// As [`new`](Self::new), and `this` lives longer than the result.
    pub(super) unsafe fn lent(vtable: *const V, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self { vtable: unsafe { read(vtable.cast()) }?, this, owned: false })
    }

    /// A call that cannot fail.
    pub(super) fn peek(&self, call: impl FnOnce(&V, *mut c_void)) {
        call(&self.vtable, self.this);
    }

    /// A call that may fail.
    pub(super) fn call(
        &self,
        call: impl FnOnce(&V, *mut c_void, *mut *mut abi::Error) -> Code,
    ) -> Result<()> {
        let mut err = ptr::null_mut();
        let code = call(&self.vtable, self.this, &raw mut err);
        // SAFETY: the other side made the error through the host's table.
        if code == OK { Ok(()) } else { Err(unsafe { take(code, err) }) }
    }

    /// A call that hands bytes out.
    pub(super) fn bytes(
        &self,
        call: impl FnOnce(&V, *mut c_void, *mut Buf, *mut *mut abi::Error) -> Code,
    ) -> Result<Taken> {
        let mut out = Buf::EMPTY;
        let done = self.call(|vtable, this, err| call(vtable, this, &raw mut out, err));
        let taken = out.take();
        done.map(|()| taken)
    }

    /// A call that hands JSON out.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        what: &str,
        call: impl FnOnce(&V, *mut c_void, *mut Buf, *mut *mut abi::Error) -> Code,
    ) -> Result<T> {
        let bytes = self.bytes(call)?;
        serde_json::from_slice(bytes.as_bytes()).map_err(|e| Error::Plugin(format!("{what}: {e}")))
    }
}

impl<V: Vtable> Drop for Handle<V> {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: `this` belongs to the table; nothing calls it again.
            unsafe { self.vtable.destroy()(self.this) }
        }
    }
}
