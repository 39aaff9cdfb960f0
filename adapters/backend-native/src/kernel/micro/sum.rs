//! The micro-kernel of the weight gradient, generic over the vector type, and the one that packs the output
//! gradient for it.

use super::super::simd::{Vector, prefetch};
use super::segment::{Source, Store};
use super::transform::{OUTPUT, POINTS, RESULTS};

/// Register tiles of the weight gradient: `C` output channels × `T` (input channel, tap) pairs, each the
/// reduction over all positions; `runs` tiles of neighbouring pairs.
pub(crate) struct Sum {
    /// Base of the padded window.
    pub scratch: *const f32,
    /// `runs · T` offsets.
    pub offsets: *const u32,
    /// How many register tiles.
    pub runs: usize,
    /// Number of vectors of positions.
    pub vectors: usize,
    /// Their starts, relative to `scratch`.
    pub starts: *const u32,
    /// Their lanes that are positions; what lies in the other lanes must not count, not even a number that is
    /// not finite.
    pub masks: *const u32,
    /// Packed output gradients, one vector per start: channel `c` at `c * gradient_pitch`, zero in the other
    /// lanes.
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
/// The machine has `V`'s instruction set, and all that the [`Sum`] points to is valid as described.
#[inline(always)]
pub(crate) unsafe fn sum<V: Vector, const C: usize, const T: usize>(s: &Sum) {
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
                    x[t] = V::load(at[t].wrapping_add(start));
                }
                if u64::from(mask) != (1 << V::LANES) - 1 {
                    for x in &mut x {
                        *x = x.keep(mask);
                    }
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
                    let count = (T - from).min(4);
                    let mut four = [V::zero(); 4];
                    four[..count].copy_from_slice(&acc[from..from + count]);
                    let mut sums = V::sums(four);
                    let to = std::slice::from_raw_parts_mut(to.add(from), count);
                    if s.accumulate {
                        for (sum, before) in sums.iter_mut().zip(&*to) {
                            *sum += before;
                        }
                    }
                    to.copy_from_slice(&sums[..count]);
                }
            }
        }
    }
}

/// Output gradients of one channel to pack, one vector per start.
pub(crate) struct PackGradient {
    /// The channel.
    pub from: Source,
    /// Which sample the stack starts with.
    pub sample: usize,
    /// Number of vectors.
    pub vectors: usize,
    /// `vectors + 1` indices into `stores`.
    pub first: *const u32,
    /// All stores; for once they say where the lanes of a vector come from.
    pub stores: *const Store,
    /// The prefetch distance: how many numbers further lies what is read soon.
    pub prefetch_distance: isize,
    /// How far the rows of a Winograd tile lie apart.
    pub shift: usize,
    /// Where the vectors go: for Winograd tiles, the sums over their rows for each point (the transposed
    /// output transform); null for those that are not wanted.
    pub to: [*mut f32; POINTS],
}

/// Runs a [`PackGradient`], of `WINOGRAD` tiles or of single rows: the lanes without a position become zero.
///
/// # Safety
///
/// The machine has `V`'s instruction set, and all that it points to is valid as described.
#[inline(always)]
pub(crate) unsafe fn pack_gradient<V: Vector, const WINOGRAD: bool>(s: &PackGradient) {
    // SAFETY: by the contract above.
    unsafe {
        for i in 0..s.vectors {
            let mut rows = [V::zero(); RESULTS];
            for store in *s.first.add(i)..*s.first.add(i + 1) {
                let store = &*s.stores.add(store as usize);
                let sample = s.sample + store.sample as usize;
                let from = s.from.at.add(sample * s.from.sample_stride + store.dense as usize);
                let count = store.count as usize;
                let present = if WINOGRAD { store.rows as usize } else { 1 };
                for (row, numbers) in rows.iter_mut().enumerate().take(if WINOGRAD { RESULTS } else { 1 }) {
                    if row < present {
                        let from = from.add(row * s.shift);
                        prefetch::for_read(from.wrapping_offset(s.prefetch_distance));
                        *numbers = if count == V::LANES {
                            V::load(from)
                        } else {
                            numbers.expand(V::load_first(from, count), store.mask)
                        };
                    }
                }
            }
            if !WINOGRAD {
                rows[0].store(s.to[0].add(i * V::LANES));
                continue;
            }
            for (to, factors) in s.to.iter().zip(const { &OUTPUT }) {
                if !to.is_null() {
                    let mut sum = V::zero();
                    for (row, &factor) in rows.iter().zip(factors) {
                        if factor != 0.0 {
                            sum = V::splat(factor).fma(*row, sum);
                        }
                    }
                    sum.store(to.add(i * V::LANES));
                }
            }
        }
    }
}
