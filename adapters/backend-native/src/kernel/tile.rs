//! The inner loop of the forward pass and the input gradient, generic over the vector type.

use super::hints;
use super::results::{Store, Targets, finish, put, scatter, targets};
use super::segment::{Sink, Source};
use super::vector::Vector;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ops::Range;

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
    /// Per vector, how many from it on go whole to one sample.
    pub whole: *const u32,
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
    /// How the pairs are cut into lists, for blocks that compute rows in pairs.
    pub pair: Pair,
}

/// What register blocks do besides summing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// They fill the scratch buffer.
    Fill,
    /// They compute two rows at once.
    Pair,
}

/// Two rows at once: the pairs are four lists, see [`super::row_pairs`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Where the first three lists end.
    pub ends: [usize; 3],
    /// How much further in a channel's plane the second row lies.
    pub shift: usize,
}

impl Pair {
    /// For blocks that compute single rows.
    pub(super) const NONE: Pair = Pair { ends: [0; 3], shift: 0 };
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
        // SAFETY: by the contract above.
        unsafe {
            let at = starts::<N>(t, run);
            let to = targets::<V, C, N>(t, run, &[0]);
            let mut acc = [[V::zero(); N]; C];
            add::<V, C, N, FILL>(t, run, &at, 0..t.pairs, &mut acc);
            match to {
                Some(to) => finish(t, |c, v| acc[c][v], &to, 0),
                None => {
                    // Through memory, so that the loops there need not be unrolled.
                    let mut memory = MaybeUninit::<[[V; N]; C]>::uninit();
                    let sums = memory.as_mut_ptr().cast::<f32>();
                    put(&acc, sums);
                    scatter::<V, C, N>(t, sums, t.first.add(run * N), 0);
                }
            }
        }
    }
}

/// Runs a [`Tile`] whose starts are those of first rows, and whose pairs are four lists: what both rows add, what the
/// first adds and the second subtracts, what only the first adds, what only the second adds.
///
/// # Safety
///
/// As for [`tile`], and every store also inside its channel `t.pair.shift` further.
#[inline(always)]
pub(super) unsafe fn pair_tile<V: Vector, const C: usize, const N: usize>(t: &Tile) {
    let Pair { ends: [both, apart, first], shift } = t.pair;
    for run in 0..t.runs {
        // SAFETY: by the contract above.
        unsafe {
            let at = starts::<N>(t, run);
            let to = targets::<V, C, N>(t, run, &[0, shift]);
            // Between the lists everything goes through memory, of which the compiler knows nothing: left to itself it keeps
            // what is put aside in registers, and the sums in memory.
            let mut memory = [MaybeUninit::<[[V; N]; C]>::uninit(), MaybeUninit::uninit()];
            let [one, two] = black_box(memory.each_mut().map(|block| block.as_mut_ptr().cast::<f32>()));
            list::<V, C, N, false>(t, run, &at, 0..both, one);
            list::<V, C, N, false>(t, run, &at, both..apart, two);
            for i in (0..C * N * V::LANES).step_by(V::LANES) {
                let (both, apart) = (V::load(one.add(i)), V::load(two.add(i)));
                both.add(apart).store(one.add(i));
                V::splat(-1.0).fma(apart, both).store(two.add(i));
            }
            list::<V, C, N, true>(t, run, &at, apart..first, one);
            finish_list::<V, C, N>(t, run, one, to.as_ref(), 0);
            list::<V, C, N, true>(t, run, &at, first..t.pairs, two);
            finish_list::<V, C, N>(t, run, two, to.as_ref(), shift);
        }
    }
}

/// The sums of one list into `sums`; with `MORE`, added to what is there.
///
/// # Safety
///
/// As for [`tile`]; `sums` holds a block.
#[inline(always)]
unsafe fn list<V: Vector, const C: usize, const N: usize, const MORE: bool>(
    t: &Tile,
    run: usize,
    at: &[*const f32; N],
    pairs: Range<usize>,
    sums: *mut f32,
) {
    // SAFETY: by the contract above.
    unsafe {
        let mut acc = [[V::zero(); N]; C];
        if MORE {
            for (c, acc) in acc.iter_mut().enumerate() {
                for (v, acc) in acc.iter_mut().enumerate() {
                    *acc = V::load(sums.add((c * N + v) * V::LANES));
                }
            }
        }
        add::<V, C, N, false>(t, run, at, pairs, &mut acc);
        put(&acc, sums);
    }
}

/// Stores the results of a block as [`finish`] does.
///
/// # Safety
///
/// As for [`finish`]; `sums` holds a block.
#[inline(always)]
unsafe fn finish_list<V: Vector, const C: usize, const N: usize>(
    t: &Tile,
    run: usize,
    sums: *const f32,
    to: Option<&Targets<C, N>>,
    shift: usize,
) {
    // SAFETY: by the contract.
    unsafe {
        match to {
            Some(to) => finish(t, |c, v| V::load(sums.add((c * N + v) * V::LANES)), to, shift),
            None => scatter::<V, C, N>(t, sums, t.first.add(run * N), shift),
        }
    }
}

/// Where the vectors of a block start.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn starts<const N: usize>(t: &Tile, run: usize) -> [*const f32; N] {
    // SAFETY: `v < N`.
    std::array::from_fn(|v| t.scratch.wrapping_add(unsafe { *t.starts.add(run * N + v) } as usize))
}

/// Adds the products of some pairs.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn add<V: Vector, const C: usize, const N: usize, const FILL: bool>(
    t: &Tile,
    run: usize,
    at: &[*const f32; N],
    pairs: Range<usize>,
    acc: &mut [[V; N]; C],
) {
    let (offsets, weights, weight_offsets, pitch) = (t.offsets, t.weights, t.weight_offsets, t.weight_pitch);
    for k in pairs {
        // SAFETY: by the contract; `v < N`, `c < C`, `k < pairs`.
        unsafe {
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
    }
}
