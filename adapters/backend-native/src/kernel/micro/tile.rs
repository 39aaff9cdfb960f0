//! The micro-kernels of the forward pass and the input gradient, generic over the vector type: a register
//! tile of results, a reduction over (input channel, tap) pairs, and the store epilogue.

mod arguments;
mod epilogue;

use super::super::simd::{Vector, prefetch};
use super::transform::{POINTS, RESULTS};
use epilogue::{finish, put, scatter, targets};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ops::Range;

pub(crate) use arguments::{Lists, Stream, Tile, TileKind};

/// Runs a [`Tile`]; if it is to `FILL` the scratch buffer, it reads its [`Stream`] and leaves there what it
/// read.
///
/// # Safety
///
/// The machine has `V`'s instruction set, and all that the tile points to is valid as described: a vector at
/// every `start + offset` inside the scratch, every store inside its channel, nothing else writing there. To
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

/// Runs a [`Tile`] whose starts are those of Winograd tiles, and whose pairs are cut into lists.
///
/// # Safety
///
/// As for [`tile`], and every store also inside its channel `shift` further for each of its other rows.
#[inline(always)]
pub(crate) unsafe fn winograd_tile<V: Vector, const C: usize, const N: usize>(t: &Tile) {
    for run in 0..t.runs {
        // SAFETY: by the contract above; there are at most as many lists as `memory` holds.
        unsafe {
            let at = starts::<N>(t, run);
            let to = targets::<V, C, N>(t, run);
            // The sums of the lists go through memory, about which `black_box` keeps the compiler ignorant:
            // otherwise it holds sums of earlier lists in registers and spills the accumulators.
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

/// Where the vectors of a register tile start.
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
                    prefetch::for_read(next.wrapping_add(v * V::LANES));
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
