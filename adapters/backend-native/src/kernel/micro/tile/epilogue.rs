//! The store epilogue of a register tile: the derivative of a fused activation, accumulation, and stores.

use super::super::super::simd::{Vector, prefetch};
use super::super::segment::Store;
use super::super::transform::RESULTS;
use super::arguments::Tile;

/// Where the results of a register tile go if each of its vectors goes whole to the same sample.
pub(crate) struct Targets<const C: usize, const N: usize> {
    /// Start of each channel in that sample.
    channels: [*mut f32; C],
    /// Where in a channel each vector goes.
    vectors: [usize; N],
    /// The sample.
    sample: usize,
    /// How many rows of a Winograd tile all of them have.
    pub rows: usize,
}

/// Where the results of a register tile go; prefetched, with all rows of a Winograd tile, so that storing
/// them need not wait for memory.
///
/// # Safety
///
/// As for [`super::tile`].
#[inline(always)]
pub(crate) unsafe fn targets<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    run: usize,
) -> Option<Targets<C, N>> {
    // SAFETY: by the contract; what is only prefetched need not exist.
    unsafe {
        let first = t.first.add(run * N);
        let shift = t.lists.shift;
        let stores: [&Store; N] = std::array::from_fn(|v| &*t.stores.add(*first.add(v) as usize));
        let sample = t.sample + stores[0].sample as usize;
        let vectors = stores.map(|store| store.dense as usize);
        let rows = stores.iter().fold(RESULTS as u32, |least, store| least.min(store.rows)) as usize;
        let mut channels = [std::ptr::null_mut(); C];
        for (c, channel) in channels.iter_mut().enumerate() {
            let sink = &*t.sinks.add(c);
            *channel = sink.at.wrapping_add(sample * sink.sample_stride);
            for vector in vectors {
                (0..rows).for_each(|row| prefetch::for_write(channel.wrapping_add(vector + row * shift)));
            }
            if !t.pre.is_null() {
                let pre = &*t.pre.add(c);
                let from = pre.at.wrapping_add(sample * pre.sample_stride);
                for vector in vectors {
                    (0..rows).for_each(|row| prefetch::for_read(from.wrapping_add(vector + row * shift)));
                }
            }
        }
        let whole = *t.whole.add(run * N) as usize >= N;
        whole.then_some(Targets { channels, vectors, sample, rows })
    }
}

/// Stores the results of a register tile, those of channel `c` and vector `v` being `value(c, v)`, `shift`
/// further than its stores say.
///
/// # Safety
///
/// As for [`super::tile`]; `to` are the register tile's targets.
#[inline(always)]
pub(crate) unsafe fn finish<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    value: impl Fn(usize, usize) -> V,
    to: &Targets<C, N>,
    shift: usize,
) {
    for c in 0..C {
        // SAFETY: by the contract: whole vectors lie inside the channel, and as many in `pre`.
        unsafe {
            let sink = &*t.sinks.add(c);
            let channel = to.channels[c].add(shift);
            let mut values: [V; N] = std::array::from_fn(|v| value(c, v));
            if !t.pre.is_null() {
                let pre = &*t.pre.add(c);
                let from = pre.at.add(to.sample * pre.sample_stride + shift);
                for (v, value) in values.iter_mut().enumerate() {
                    *value = value.leaky_gradient(V::load(from.add(to.vectors[v])), t.slope);
                }
            }
            if sink.accumulate {
                for (v, value) in values.iter_mut().enumerate() {
                    *value = value.add(V::load(channel.add(to.vectors[v])));
                }
            }
            for (v, value) in values.iter().enumerate() {
                value.store(channel.add(to.vectors[v]));
            }
        }
    }
}

/// Stores the results of a register tile whose lanes go to several places: the given row of its Winograd
/// tiles.
///
/// # Safety
///
/// As for [`super::tile`]; `sums` holds the results, `first` are the `N + 1` indices of its vectors.
#[inline(always)]
pub(crate) unsafe fn scatter<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    sums: *const f32,
    first: *const u32,
    row: usize,
) {
    // SAFETY: by the contract above.
    unsafe {
        for c in 0..C {
            for v in 0..N {
                let value = V::load(sums.add((c * N + v) * V::LANES));
                for s in *first.add(v)..*first.add(v + 1) {
                    let store = &*t.stores.add(s as usize);
                    if row < store.rows as usize {
                        store_part(t, c, store, row * t.lists.shift, value);
                    }
                }
            }
        }
    }
}

/// One store of a register tile's channel `c`: compression, activation's derivative, accumulation.
///
/// # Safety
///
/// As for [`super::tile`].
#[inline(always)]
unsafe fn store_part<V: Vector>(t: &Tile, c: usize, store: &Store, shift: usize, value: V) {
    // SAFETY: the store's `count` numbers lie inside the channel's plane, and inside that of `pre`.
    unsafe {
        let count = store.count as usize;
        let sample = t.sample + store.sample as usize;
        let dense = store.dense as usize + shift;
        let sink = &*t.sinks.add(c);
        let at = sink.at.add(sample * sink.sample_stride + dense);
        let mut value = if count == V::LANES { value } else { value.compress(store.mask) };
        if !t.pre.is_null() {
            let pre = &*t.pre.add(c);
            let from = pre.at.add(sample * pre.sample_stride + dense);
            value = value.leaky_gradient(V::load_first(from, count), t.slope);
        }
        if sink.accumulate {
            value = value.add(V::load_first(at, count));
        }
        value.store_first(at, count);
    }
}

/// Puts the sums of a register tile into memory.
///
/// # Safety
///
/// The machine has `V`'s instruction set; `sums` holds a register tile.
#[inline(always)]
pub(crate) unsafe fn put<V: Vector, const C: usize, const N: usize>(acc: &[[V; N]; C], sums: *mut f32) {
    for (c, acc) in acc.iter().enumerate() {
        for (v, acc) in acc.iter().enumerate() {
            // SAFETY: by the contract.
            unsafe { acc.store(sums.add((c * N + v) * V::LANES)) }
        }
    }
}
