//! The inner loops, generic over the vector type: everything that runs per number is here.

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
}

/// Runs a [`Tile`].
///
/// # Safety
///
/// The level's instructions are available, and all that the tile points to is valid as described: every
/// `start + offset` plus a vector inside the scratch, every store inside its channel, nothing else writing there.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const C: usize, const N: usize>(t: &Tile) {
    for run in 0..t.runs {
        // SAFETY: by the contract above; `v < N`, `c < C`, `k < pairs`.
        unsafe {
            let mut acc = [[V::zero(); N]; C];
            let mut at = [t.scratch; N];
            for (v, at) in at.iter_mut().enumerate() {
                *at = t.scratch.wrapping_add(*t.starts.add(run * N + v) as usize);
            }
            let (pairs, offsets, weights) = (t.pairs, t.offsets, t.weights);
            let (weight_offsets, pitch) = (t.weight_offsets, t.weight_pitch);
            for k in 0..pairs {
                let offset = *offsets.add(k) as usize;
                let mut x = [V::zero(); N];
                for v in 0..N {
                    x[v] = V::load(at[v].add(offset));
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
            finish(t, &acc, t.first.add(run * N));
        }
    }
}

/// Stores the results of a block.
///
/// # Safety
///
/// As for [`tile`]; `first` are the `N + 1` indices of the block's vectors.
#[inline(always)]
unsafe fn finish<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    acc: &[[V; N]; C],
    first: *const u32,
) {
    // SAFETY: by the contract above.
    unsafe {
        // The ordinary case: one store of all lanes per vector.
        let mut whole = t.pre.is_null() && *first.add(N) - *first == N as u32;
        let mut to = [(0, 0); N];
        for (v, to) in to.iter_mut().enumerate() {
            let store = &*t.stores.add(*first.add(v) as usize);
            whole &= store.count as usize == V::LANES;
            *to = (t.sample + store.sample as usize, store.dense as usize);
        }
        if whole {
            for (c, acc) in acc.iter().enumerate() {
                let sink = &*t.sinks.add(c);
                if sink.accumulate {
                    for v in 0..N {
                        let at = sink.at.add(to[v].0 * sink.sample_stride + to[v].1);
                        acc[v].add(V::load(at)).store(at);
                    }
                } else {
                    for v in 0..N {
                        acc[v].store(sink.at.add(to[v].0 * sink.sample_stride + to[v].1));
                    }
                }
            }
            return;
        }
        // Through memory, so that the loops below need not be unrolled.
        let mut spilled = MaybeUninit::<[[V; N]; C]>::uninit();
        let spill = spilled.as_mut_ptr().cast::<f32>();
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
        let mut value = if count == V::LANES {
            value
        } else {
            value.compress(store.mask)
        };
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

/// Blocks of the weight gradient: `C` output channels × `T` (input channel, tap) pairs, summed over positions;
/// `runs` blocks of neighbouring pairs.
pub(super) struct Sum {
    /// Base of the padded window.
    pub scratch: *const f32,
    /// `runs · T` offsets.
    pub offsets: *const u32,
    /// How many blocks.
    pub runs: usize,
    /// Number of vectors of positions.
    pub vectors: usize,
    /// Their starts, relative to `scratch`.
    pub starts: *const u32,
    /// Their lanes that are positions; the others must not count, whatever lies there.
    pub masks: *const u32,
    /// Output gradients, one vector per start: channel `c` at `c * gradient_pitch`, zero in the other lanes.
    pub gradient: *const f32,
    /// Distance between channels of `gradient`.
    pub gradient_pitch: usize,
    /// Where the sums go: `sums[c * sums_pitch + t]`.
    pub sums: *mut f32,
    /// Add them to what is there.
    pub accumulate: bool,
    /// Distance between channels of `sums`.
    pub sums_pitch: usize,
}

/// Runs a [`Sum`].
///
/// # Safety
///
/// The level's instructions are available, and all that the block points to is valid as described.
#[inline(always)]
pub(super) unsafe fn sum<V: Vector, const C: usize, const T: usize>(s: &Sum) {
    for run in 0..s.runs {
        // SAFETY: by the contract above; `t < T`, `c < C`, `i < vectors`.
        unsafe {
            let mut acc = [[V::zero(); T]; C];
            let mut at = [s.scratch; T];
            for (t, at) in at.iter_mut().enumerate() {
                *at = s.scratch.wrapping_add(*s.offsets.add(run * T + t) as usize);
            }
            for i in 0..s.vectors {
                let start = *s.starts.add(i) as usize;
                let mask = *s.masks.add(i);
                let mut x = [V::zero(); T];
                for t in 0..T {
                    x[t] = V::load_mask(at[t].wrapping_add(start), mask);
                }
                let gradient = s.gradient.add(i * V::LANES);
                for (c, acc) in acc.iter_mut().enumerate() {
                    let g = V::load(gradient.add(c * s.gradient_pitch));
                    for t in 0..T {
                        acc[t] = g.fma(x[t], acc[t]);
                    }
                }
            }
            for (c, acc) in acc.iter().enumerate() {
                let to = s.sums.add(c * s.sums_pitch + run * T);
                for from in (0..T).step_by(4) {
                    let mut four = [V::zero(); 4];
                    for t in from..T.min(from + 4) {
                        four[t - from] = acc[t];
                    }
                    let sums = V::sums(four);
                    for t in from..T.min(from + 4) {
                        let before = if s.accumulate { *to.add(t) } else { 0.0 };
                        *to.add(t) = before + sums[t - from];
                    }
                }
            }
        }
    }
}

/// Rows to copy into the padded window.
pub(super) struct Rows {
    /// First number of the first row.
    pub from: *const f32,
    /// Distance between rows there.
    pub from_pitch: usize,
    /// Where it goes.
    pub to: *mut f32,
    /// Distance between rows there.
    pub to_pitch: usize,
    /// Numbers per row.
    pub len: usize,
    /// Number of rows.
    pub rows: usize,
    /// Slope of the activation; 1 for none.
    pub slope: f32,
}

/// Copies [`Rows`], applying the activation.
///
/// # Safety
///
/// The level's instructions are available; the rows are readable and writable, and do not overlap.
#[inline(always)]
pub(super) unsafe fn copy_rows<V: Vector>(r: &Rows) {
    // SAFETY: by the contract above; whole vectors while at least that many numbers are left, then the rest.
    unsafe {
        for row in 0..r.rows {
            let from = r.from.add(row * r.from_pitch);
            let to = r.to.add(row * r.to_pitch);
            let mut i = 0;
            if r.slope == 1.0 {
                while i + V::LANES <= r.len {
                    V::load(from.add(i)).store(to.add(i));
                    i += V::LANES;
                }
                if i < r.len {
                    V::load_first(from.add(i), r.len - i).store_first(to.add(i), r.len - i);
                }
            } else {
                while i + V::LANES <= r.len {
                    V::load(from.add(i)).leaky(r.slope).store(to.add(i));
                    i += V::LANES;
                }
                if i < r.len {
                    let rest = V::load_first(from.add(i), r.len - i);
                    rest.leaky(r.slope).store_first(to.add(i), r.len - i);
                }
            }
        }
    }
}

/// Rows of several samples to copy into the padded window in turn: number `i` of sample `s` to `i · every + s`.
pub(super) struct Mix {
    /// First number of the first row of the first sample.
    pub from: *const f32,
    /// Distance between samples there.
    pub sample_stride: usize,
    /// How many samples there are; at most `every`, the rest counts as zero.
    pub samples: usize,
    /// Distance between neighbours in the window; divides the lanes.
    pub every: usize,
    /// Distance between rows there.
    pub from_pitch: usize,
    /// Where it goes.
    pub to: *mut f32,
    /// Distance between rows there.
    pub to_pitch: usize,
    /// Numbers per row and sample.
    pub len: usize,
    /// Number of rows.
    pub rows: usize,
    /// Slope of the activation; 1 for none.
    pub slope: f32,
}

/// Copies a [`Mix`], applying the activation.
///
/// # Safety
///
/// The level's instructions are available; the rows are readable and writable, and do not overlap.
#[inline(always)]
pub(super) unsafe fn mix_rows<V: Vector>(m: &Mix) {
    let columns = V::LANES / m.every;
    let pattern = (0..columns).fold(0u32, |mask, column| mask | 1 << (column * m.every));
    // SAFETY: by the contract above; `n` numbers of each sample become `n · every` numbers.
    unsafe {
        for row in 0..m.rows {
            let from = m.from.add(row * m.from_pitch);
            let to = m.to.add(row * m.to_pitch);
            let mut i = 0;
            while i < m.len {
                let n = columns.min(m.len - i);
                let mask = pattern & ((1u64 << (n * m.every)) - 1) as u32;
                let mut value = V::zero();
                for sample in 0..m.samples {
                    let numbers = V::load_first(from.add(sample * m.sample_stride + i), n);
                    value = value.expand(numbers, mask << sample);
                }
                if m.slope != 1.0 {
                    value = value.leaky(m.slope);
                }
                value.store_first(to.add(i * m.every), n * m.every);
                i += n;
            }
        }
    }
}

/// Output gradients of one channel to lay out one vector per start.
pub(super) struct Spread {
    /// The channel.
    pub from: Source,
    /// Which sample the stack starts with.
    pub sample: usize,
    /// Number of vectors.
    pub vectors: usize,
    /// `vectors + 1` indices into `stores`.
    pub first: *const u32,
    /// All stores: here they say where a vector's lanes are read.
    pub stores: *const Store,
    /// Where the vectors go.
    pub to: *mut f32,
}

/// Runs a [`Spread`]: the lanes without a position become zero.
///
/// # Safety
///
/// The level's instructions are available, and all that it points to is valid as described.
#[inline(always)]
pub(super) unsafe fn spread<V: Vector>(s: &Spread) {
    // SAFETY: by the contract above.
    unsafe {
        for i in 0..s.vectors {
            let mut value = V::zero();
            for store in *s.first.add(i)..*s.first.add(i + 1) {
                let store = &*s.stores.add(store as usize);
                let sample = s.sample + store.sample as usize;
                let from = s
                    .from
                    .at
                    .add(sample * s.from.sample_stride + store.dense as usize);
                let count = store.count as usize;
                if count == V::LANES {
                    value = V::load(from);
                } else {
                    value = value.expand(V::load_first(from, count), store.mask);
                }
            }
            value.store(s.to.add(i * V::LANES));
        }
    }
}
