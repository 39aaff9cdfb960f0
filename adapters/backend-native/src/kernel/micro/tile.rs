//! The inner loop of the forward pass and the input gradient, generic over the vector type.

pub(crate) mod epilogue;

use super::super::plan::winograd::RowTiles;
use super::super::simd::prefetch as hints;
use super::super::simd::vector::Vector;
use super::segment::{Sink, Source};
use super::transform::{FACTORS, POINTS, RESULTS};
use epilogue::{Store, finish, put, scatter, targets};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Register blocks of `C` output channels × `N` vectors, each a sum over all (input channel, tap) pairs; `runs` blocks
/// of neighbouring vectors.
pub(crate) struct Tile {
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
    /// How the pairs are cut into lists, for blocks that compute rows in tiles.
    pub lists: Lists,
}

/// What register blocks do besides summing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Plain,
    /// They fill the scratch buffer.
    Fill,
    /// They compute several rows at once.
    Rows,
}

/// Several rows at once: the pairs are lists, of whose sums the results are made, see `plan::winograd`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lists {
    /// How many lists.
    pub count: usize,
    /// Where each ends.
    pub ends: [usize; POINTS],
    /// What each list is multiplied by in each result.
    pub factors: [[f32; RESULTS]; POINTS],
    /// How much further in a channel's plane the next row lies.
    pub shift: usize,
}

impl Lists {
    /// For blocks that compute single rows.
    pub(crate) const NONE: Lists =
        Lists { count: 0, ends: [0; POINTS], factors: [[0.0; RESULTS]; POINTS], shift: 0 };

    /// The lists of `channels` source channels.
    pub(crate) fn new(tiles: &RowTiles, channels: usize) -> Lists {
        let mut lists = Lists { count: tiles.lists(), shift: tiles.shift(), ..Lists::NONE };
        for (list, end) in tiles.ends(channels).enumerate() {
            lists.ends[list] = end;
            lists.factors[list] = FACTORS[tiles.point(list)];
        }
        lists
    }
}

/// What blocks that fill the scratch buffer read instead: per pair, where the numbers of the first vector lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
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
    pub(crate) const NONE: Stream =
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
pub(crate) unsafe fn tile<V: Vector, const C: usize, const N: usize, const FILL: bool>(t: &Tile) {
    for run in 0..t.runs {
        // SAFETY: by the contract above.
        unsafe {
            let at = starts::<N>(t, run);
            let to = targets::<V, C, N>(t, run);
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

/// Runs a [`Tile`] whose starts are those of tiles of rows, and whose pairs are lists.
///
/// # Safety
///
/// As for [`tile`], and every store also inside its channel `shift` further for each of its other rows.
#[inline(always)]
pub(crate) unsafe fn row_tile<V: Vector, const C: usize, const N: usize>(t: &Tile) {
    for run in 0..t.runs {
        // SAFETY: by the contract above; there are at most as many lists as blocks in memory.
        unsafe {
            let at = starts::<N>(t, run);
            let to = targets::<V, C, N>(t, run);
            // Between the lists everything goes through memory, of which the compiler knows nothing: left to itself it keeps
            // what is put aside in registers, and the sums in memory.
            let mut memory = MaybeUninit::<[[[V; N]; C]; POINTS]>::uninit();
            let sums = black_box(memory.as_mut_ptr().cast::<f32>());
            let each = C * N * V::LANES;
            let mut from = 0;
            for (list, &end) in t.lists.ends.iter().enumerate().take(t.lists.count) {
                let mut acc = [[V::zero(); N]; C];
                add::<V, C, N, false>(t, run, &at, from..end, &mut acc);
                put(&acc, sums.add(list * each));
                from = end;
            }
            for row in 0..RESULTS {
                let mut acc = [[V::zero(); N]; C];
                for (list, factors) in t.lists.factors.iter().enumerate().take(t.lists.count) {
                    let factor = factors[row];
                    if factor != 0.0 {
                        let (factor, sums) = (V::splat(factor), sums.add(list * each));
                        for (c, acc) in acc.iter_mut().enumerate() {
                            for (v, acc) in acc.iter_mut().enumerate() {
                                *acc = factor.fma(V::load(sums.add((c * N + v) * V::LANES)), *acc);
                            }
                        }
                    }
                }
                match &to {
                    Some(to) if row < to.rows => finish(t, |c, v| acc[c][v], to, row * t.lists.shift),
                    _ => {
                        let mut memory = MaybeUninit::<[[V; N]; C]>::uninit();
                        let results = memory.as_mut_ptr().cast::<f32>();
                        put(&acc, results);
                        scatter::<V, C, N>(t, results, t.first.add(run * N), row);
                    }
                }
            }
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
