//! Arguments and results of run and backward calls: named tensors that cross the boundary.

use std::ffi::c_char;
use std::ptr;

use smash_core::backend::{Feed, Fetch};
use smash_core::tensor::Tensor;

use crate::abi::{ERR_INVALID_ARGUMENT, PLACE_HOST, PlanCall, TensorOut};
use crate::buf::text;
use crate::guard::Failure;
use crate::sized;
use crate::tensor::{copy_borrowed, export};

/// The result of a fetch without a tensor for the caller.
pub(super) fn without_tensor(place: u32) -> TensorOut {
    TensorOut { struct_size: size_of::<TensorOut>(), place, reserved: 0, tensor: ptr::null_mut() }
}

/// The result of a fetch with a tensor for the caller.
pub(super) fn exported(tensor: Tensor) -> TensorOut {
    TensorOut { tensor: export(tensor), ..without_tensor(PLACE_HOST) }
}

/// A run or backward call, read from the host's arguments.
pub(super) struct Call<'a> {
    pub(super) plan: u64,
    pub(super) mode: u32,
    tensors: Vec<(&'a str, Option<&'a str>, Tensor)>,
    pub(super) fetches: Vec<(&'a str, Fetch<'a>)>,
    outs: (*mut TensorOut, usize),
}

impl<'a> Call<'a> {
    /// # Safety
    /// The call, its lists, and all that they point to, are valid for the call.
    pub(super) unsafe fn read(call: *const PlanCall) -> Result<Self, Failure> {
        // SAFETY: promised by the caller.
        let given = unsafe { sized::read(call, "call") }?;
        let mut call = Self {
            plan: given.plan,
            mode: given.mode,
            tensors: Vec::new(),
            fetches: Vec::new(),
            outs: (given.outs, given.out_stride),
        };
        let device = |name: *const c_char, len| {
            // SAFETY: promised by the caller.
            (!name.is_null()).then(|| unsafe { text(name, len, "a device value") }).transpose()
        };
        // SAFETY: promised by the caller.
        for feed in unsafe { sized::list(given.feeds, given.n_feeds, given.feed_stride, "feeds") }? {
            // SAFETY: promised by the caller.
            let name = unsafe { text(feed.name, feed.name_len, "an input") }?;
            let device = device(feed.device, feed.device_len)?;
            let tensor =
                // SAFETY: promised by the caller.
                if device.is_some() { Tensor::default() } else { unsafe { copy_borrowed(feed.tensor, "an input") }? };
            call.tensors.push((name, device, tensor));
        }
        // SAFETY: promised by the caller.
        for fetch in unsafe { sized::list(given.fetches, given.n_fetches, given.fetch_stride, "fetches") }? {
            // SAFETY: promised by the caller.
            let name = unsafe { text(fetch.name, fetch.name_len, "an output") }?;
            let device = device(fetch.device, fetch.device_len)?;
            call.fetches.push((name, device.map_or(Fetch::Host, Fetch::Device)));
        }
        if !call.fetches.is_empty() {
            sized::check_stride::<TensorOut>(given.out_stride, "outs")?;
            if given.outs.is_null() || !given.outs.is_aligned() {
                return Err((ERR_INVALID_ARGUMENT, "outs: found a null pointer".to_owned()).into());
            }
        }
        Ok(call)
    }

    pub(super) fn feeds(&self) -> Vec<(&str, Feed<'_>)> {
        self.tensors
            .iter()
            .map(|(name, device, tensor)| (*name, device.map_or(Feed::Host(tensor), Feed::Device)))
            .collect()
    }

    /// Writes the results, one for each fetch, as far as the caller knows the struct.
    ///
    /// # Safety
    /// The call that was read is still being made.
    pub(super) unsafe fn write(&self, results: impl Iterator<Item = TensorOut>) {
        let (first, stride) = self.outs;
        for (i, result) in results.enumerate().take(self.fetches.len()) {
            // SAFETY: promised by the caller: there is room for one result a fetch, `stride` bytes apart,
            // each of at least the size that `read` has checked.
            unsafe {
                let out = sized::at(first.cast_const(), stride, i).cast_mut();
                (&raw mut (*out).place).write(result.place);
                (&raw mut (*out).tensor).write(result.tensor);
            }
        }
    }
}
