//! The inner loop of the forward pass and the input gradient, generic over the vector type.

use super::hints;
use super::segment::{Sink, Source};
use super::vector::Vector;
use std::mem::MaybeUninit;

/// Where (a part of) a vector of results goes: `count` lanes, those of `mask`, to `count` numbers in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Store {
    /// The lanes.
    pub mask: u32,
    /// How many lanes that is.
    pub count: u32,
    /// Sample, counted from the first of the stack.
    pub sample: u32,
    /// Position of the first of them in the channel's plane.
    pub dense: u32,
}

/// Register blocks of `C` output channels × `N` vectors, each a sum over all (input channel, tap) pairs; `runs` blocks
/// of neighbouring vectors.
pub(super) struct Tile {
    /// Base of the padded window.
    pub scratch: *const f32,
    /// `runs · N` starts of vectors, relative to `scratch`.
    pub starts: *const u32,
    /// How many blocks.
    pub runs: usize,
    /// Per pair, what to add to a start.
    pub offsets: *const u32,
    /// Number of pairs.
    pub pairs: usize,
    /// First weight of the first channel.
    pub weights: *const f32,
    /// Per pair, what to add to a channel's first weight.
    pub weight_offsets: *const u32,
    /// Distance between the weights of neighbouring channels.
    pub weight_pitch: usize,
    /// `runs · N + 1` indices into `stores`: those of vector `v` are `first[v]..first[v + 1]`.
    pub first: *const u32,
    /// Per vector, how many from it on go whole to one row of numbers.
    pub straight: *const u32,
    /// All stores.
    pub stores: *const Store,
    /// Which sample the stack starts with.
    pub sample: usize,
    /// `C` output channels.
    pub sinks: *const Sink,
    /// `C` channels of pre-activations and the slope, or null.
    pub pre: *const Source,
    /// Slope for `pre`.
    pub slope: f32,
    /// What fills the scratch buffer on the way, for blocks that do.
    pub stream: Stream,
}

/// What blocks that fill the scratch buffer read instead: per pair, where the numbers of the first vector lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    /// One address per pair.
    pub from: *const *const f32,
    /// How many numbers further the first vector starts.
    pub offset: usize,
    /// Slope of the activation that is applied; 1 for none.
    pub slope: f32,
    /// The same of what will be read next, which is fetched.
    pub next: *const *const f32,
    /// As `offset`, for `next`.
    pub next_offset: usize,
}

impl Stream {
    /// Nothing, for blocks that read the scratch buffer.
    pub(super) const NONE: Stream =
        Stream { from: std::ptr::null(), offset: 0, slope: 1.0, next: std::ptr::null(), next_offset: 0 };
}

/// Runs a [`Tile`]; if it is to `FILL` the scratch buffer, it reads its [`Stream`] and leaves there what it read.
///
/// # Safety
///
/// The level's instructions are available, and all that the tile points to is valid as described: every
/// `start + offset` plus a vector inside the scratch, every store inside its channel, nothing else writing there. To
/// `FILL`, the vectors lie in a row in the stream, and the scratch buffer may be written to.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const C: usize, const N: usize, const FILL: bool>(t: &Tile) {
    for run in 0..t.runs {
        // SAFETY: by the contract above; `v < N`, `c < C`, `k < pairs`.
        unsafe {
            let mut acc = [[V::zero(); N]; C];
            let mut at = [t.scratch; N];
            for (v, at) in at.iter_mut().enumerate() {
                *at = t.scratch.wrapping_add(*t.starts.add(run * N + v) as usize);
            }
            let to = targets::<V, C, N>(t, run);
            let (pairs, offsets, weights) = (t.pairs, t.offsets, t.weights);
            let (weight_offsets, pitch) = (t.weight_offsets, t.weight_pitch);
            for k in 0..pairs {
                let offset = *offsets.add(k) as usize;
                let mut x = [V::zero(); N];
                if FILL {
                    let (from, next) = (t.stream.from.add(k), t.stream.next.add(k));
                    let from = (*from).add(t.stream.offset + run * N * V::LANES);
                    let next = (*next).wrapping_add(t.stream.next_offset + run * N * V::LANES);
                    for v in 0..N {
                        hints::load(next.wrapping_add(v * V::LANES));
                        x[v] = V::load(from.add(v * V::LANES));
                        if t.stream.slope != 1.0 {
                            x[v] = x[v].leaky(t.stream.slope);
                        }
                        x[v].store(at[v].add(offset).cast_mut());
                    }
                } else {
                    for v in 0..N {
                        x[v] = V::load(at[v].add(offset));
                    }
                }
                let mut weight = weights.add(*weight_offsets.add(k) as usize);
                for (c, acc) in acc.iter_mut().enumerate() {
                    if c > 0 {
                        weight = weight.wrapping_add(pitch);
                    }
                    let w = V::splat(*weight);
                    for v in 0..N {
                        acc[v] = w.fma(x[v], acc[v]);
                    }
                    for acc in acc {
                        weight = acc.before(weight);
                    }
                }
            }
            match to {
                Some(to) => finish_straight(t, run, &acc, &to),
                None => finish(t, &acc, t.first.add(run * N)),
            }
        }
    }
}

/// Where the results of a block go in each channel, if they go straight there; fetched, so that storing them need not
/// wait for memory.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn targets<V: Vector, const C: usize, const N: usize>(t: &Tile, run: usize) -> Option<[*mut f32; C]> {
    // SAFETY: by the contract; what is only fetched need not exist.
    unsafe {
        if (*t.straight.add(run * N) as usize) < N {
            for v in 0..N {
                let store = &*t.stores.add(*t.first.add(run * N + v) as usize);
                for c in 0..C {
                    hints::store(target(t, c, store));
                }
            }
            return None;
        }
        let store = &*t.stores.add(*t.first.add(run * N) as usize);
        let mut to = [std::ptr::null_mut(); C];
        for (c, to) in to.iter_mut().enumerate() {
            *to = target(t, c, store);
            for v in 0..N {
                hints::store(to.wrapping_add(v * V::LANES));
            }
            if !t.pre.is_null() {
                let from = origin(t, c, store);
                for v in 0..N {
                    hints::load(from.wrapping_add(v * V::LANES));
                }
            }
        }
        Some(to)
    }
}

/// Where a store goes in channel `c`.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn target(t: &Tile, c: usize, store: &Store) -> *mut f32 {
    // SAFETY: `c < C`.
    let sink = unsafe { &*t.sinks.add(c) };
    sink.at.wrapping_add((t.sample + store.sample as usize) * sink.sample_stride + store.dense as usize)
}

/// Where the pre-activations of a store of channel `c` lie.
///
/// # Safety
///
/// As for [`tile`], whose `pre` is not null.
#[inline(always)]
unsafe fn origin(t: &Tile, c: usize, store: &Store) -> *const f32 {
    // SAFETY: `c < C`.
    let pre = unsafe { &*t.pre.add(c) };
    pre.at.wrapping_add((t.sample + store.sample as usize) * pre.sample_stride + store.dense as usize)
}

/// Stores the results of a block that go straight `to` their channels.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn finish_straight<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    run: usize,
    acc: &[[V; N]; C],
    to: &[*mut f32; C],
) {
    // SAFETY: by the contract: `N` whole vectors from `to` on lie inside the channel, and as many in `pre`.
    unsafe {
        for (c, acc) in acc.iter().enumerate() {
            let sink = &*t.sinks.add(c);
            let mut values = *acc;
            if !t.pre.is_null() {
                let from = origin(t, c, &*t.stores.add(*t.first.add(run * N) as usize));
                for (v, value) in values.iter_mut().enumerate() {
                    *value = value.leaky_gradient(V::load(from.add(v * V::LANES)), t.slope);
                }
            }
            if sink.accumulate {
                for (v, value) in values.iter_mut().enumerate() {
                    *value = value.add(V::load(to[c].add(v * V::LANES)));
                }
            }
            for (v, value) in values.iter().enumerate() {
                value.store(to[c].add(v * V::LANES));
            }
        }
    }
}

/// Stores the results of a block whose lanes go to several places.
///
/// # Safety
///
/// As for [`tile`]; `first` are the `N + 1` indices of the block's vectors.
#[inline(always)]
unsafe fn finish<V: Vector, const C: usize, const N: usize>(t: &Tile, acc: &[[V; N]; C], first: *const u32) {
    // Through memory, so that the loops below need not be unrolled.
    let mut spilled = MaybeUninit::<[[V; N]; C]>::uninit();
    let spill = spilled.as_mut_ptr().cast::<f32>();
    // SAFETY: by the contract above.
    unsafe {
        for (c, acc) in acc.iter().enumerate() {
            for (v, acc) in acc.iter().enumerate() {
                acc.store(spill.add((c * N + v) * V::LANES));
            }
        }
        for c in 0..C {
            for v in 0..N {
                let value = V::load(spill.add((c * N + v) * V::LANES));
                for s in *first.add(v)..*first.add(v + 1) {
                    store_part(t, c, &*t.stores.add(s as usize), value);
                }
            }
        }
    }
}

/// One store of a tile's channel `c`: compression, activation's derivative, accumulation.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn store_part<V: Vector>(t: &Tile, c: usize, store: &Store, value: V) {
    // SAFETY: the store's `count` numbers lie inside the channel's plane, and inside that of `pre`.
    unsafe {
        let count = store.count as usize;
        let sample = t.sample + store.sample as usize;
        let dense = store.dense as usize;
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
