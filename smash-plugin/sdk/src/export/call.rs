//! Arguments and results of run and backward calls: named tensors that cross the boundary.

use std::ffi::c_char;

use smash_core::Error as Core;
use smash_core::backend::{Feed, Fetch};
use smash_core::tensor::Tensor;

use crate::abi::{self, Buf, ERR_INVALID_ARGUMENT, PLACE_HOST, TensorOut, TensorView};
use crate::buf::{slice, text};
use crate::guard::{Failure, put};

/// Copies a borrowed tensor.
///
/// # Safety
/// The view points to as many values as its extents say.
pub(super) unsafe fn tensor(view: &TensorView) -> Result<Tensor, Failure> {
    // SAFETY: promised by the caller.
    let shape: Vec<usize> =
        unsafe { slice(view.shape, view.rank) }.iter().map(|&extent| extent as usize).collect();
    let count = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    let wrong = || Failure::from((ERR_INVALID_ARGUMENT, format!("a tensor of shape {shape:?} cannot be")));
    let count = count.filter(|&count| count == 0 || !view.data.is_null()).ok_or_else(wrong)?;
    // SAFETY: promised by the caller.
    let data = unsafe { slice(view.data, count) }.to_vec();
    Tensor::new(shape.clone(), data).ok_or_else(wrong)
}

pub(super) fn nowhere(place: u32) -> TensorOut {
    TensorOut { values: Buf::EMPTY, shape: [0; 8], rank: 0, place }
}

pub(super) fn handed_out(tensor: Tensor) -> Result<TensorOut, Failure> {
    let mut out = nowhere(PLACE_HOST);
    out.rank = tensor.shape().len() as u32;
    for (i, &extent) in tensor.shape().iter().enumerate() {
        *out.shape.get_mut(i).ok_or_else(|| Core::backend("a tensor has more than 8 extents"))? =
            extent as u64;
    }
    out.values = Buf::values(tensor.into_data());
    Ok(out)
}

/// The feeds and fetches of one run or backward call, read from the host's arguments.
pub(super) struct Call<'a> {
    tensors: Vec<(&'a str, Option<&'a str>, Tensor)>,
    pub(super) fetches: Vec<(&'a str, Fetch<'a>)>,
}

impl<'a> Call<'a> {
    /// # Safety
    /// Both lists, and all that they point to, are valid for the call.
    pub(super) unsafe fn read(
        (feeds, n_feeds): (*const abi::Feed, usize),
        (fetches, n_fetches): (*const abi::Fetch, usize),
    ) -> Result<Self, Failure> {
        let device = |name: *const c_char, len| {
            // SAFETY: promised by the caller.
            (!name.is_null()).then(|| unsafe { text(name, len, "a device value") }).transpose()
        };
        let mut call = Self { tensors: Vec::new(), fetches: Vec::new() };
        // SAFETY: promised by the caller.
        for feed in unsafe { slice(feeds, n_feeds) } {
            // SAFETY: promised by the caller.
            let name = unsafe { text(feed.name, feed.name_len, "an input") }?;
            let device = device(feed.device, feed.device_len)?;
            // SAFETY: promised by the caller.
            let tensor = if device.is_some() { Tensor::default() } else { unsafe { tensor(&feed.tensor) }? };
            call.tensors.push((name, device, tensor));
        }
        // SAFETY: promised by the caller.
        for fetch in unsafe { slice(fetches, n_fetches) } {
            // SAFETY: promised by the caller.
            let name = unsafe { text(fetch.name, fetch.name_len, "an output") }?;
            call.fetches
                .push((name, device(fetch.device, fetch.device_len)?.map_or(Fetch::Host, Fetch::Device)));
        }
        Ok(call)
    }

    pub(super) fn feeds(&self) -> Vec<(&str, Feed<'_>)> {
        self.tensors
            .iter()
            .map(|(name, device, tensor)| (*name, device.map_or(Feed::Host(tensor), Feed::Device)))
            .collect()
    }
}

/// Writes all results; nothing is written when `out` is null.
///
/// # Safety
/// `out` is null or has room for one result per fetch.
pub(super) unsafe fn put_all(out: *mut TensorOut, results: Vec<TensorOut>) -> Result<(), Failure> {
    for (i, result) in results.into_iter().enumerate() {
        // SAFETY: promised by the caller.
        unsafe { put(if out.is_null() { out } else { out.add(i) }, "out", result) }?;
    }
    Ok(())
}
