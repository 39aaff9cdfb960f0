//! The micro-kernels compiled for every instruction set, and the table through which the layers above reach
//! them.

use super::super::simd::{Array8, Isa, Vector};
#[cfg(target_arch = "x86_64")]
use super::super::simd::{F32x8, F32x16};
use super::rows::{self, CopyRows, InputTransform, Interleave};
use super::sum::{self, PackGradient, Sum};
use super::tile::{self, Tile, TileKind};

/// The micro-kernels of one instruction set.
///
/// Only [`micro_kernels`] gives a table away, for an [`Isa`] that this machine has. What is left to the
/// callers of the functions in here is that their arguments are as the namesakes ask.
#[derive(Debug)]
pub(crate) struct MicroKernels {
    /// Lanes of a vector.
    pub lanes: usize,
    /// The largest register tiles of results: most vectors by number of channels − 1.
    pub tile_vectors: &'static [usize],
    /// The register tile of exactly (channels, vectors) that does what the kind says.
    pub tile: fn(usize, usize, TileKind) -> unsafe fn(&Tile),
    /// The largest register tiles of the weight gradient: most pairs by number of channels − 1.
    pub sum_pairs: &'static [usize],
    /// The register tile of exactly (channels, pairs).
    pub sum: fn(usize, usize) -> unsafe fn(&Sum),
    /// See [`rows::copy_rows`].
    pub copy_rows: unsafe fn(&CopyRows),
    /// See [`rows::interleave_rows`].
    pub interleave_rows: unsafe fn(&Interleave),
    /// See [`rows::transform_input`], for so many taps.
    pub transform_input: fn(usize) -> unsafe fn(&InputTransform),
    /// See [`sum::pack_gradient`]; the second for Winograd tiles.
    pub pack_gradient: [unsafe fn(&PackGradient); 2],
}

/// The micro-kernels of an instruction set. Nothing is left to check: an [`Isa`] comes from detection alone.
pub(crate) fn micro_kernels(isa: Isa) -> &'static MicroKernels {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => &AVX512,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => &AVX2,
        _ => &PORTABLE,
    }
}

/// Compiles the micro-kernels for one vector type, under the instruction sets `$feature`.
///
/// `tiles` and `sums` list the register tiles: channels, then the numbers of vectors (or pairs), 1 to the
/// most.
macro_rules! compile {
    ($vector:ty, [$(#[$feature:meta])?],
     tiles $($c:literal: $($n:literal)+),+;
     sums $($sc:literal: $($t:literal)+),+;) => {{
        $(#[$feature])?
        unsafe fn tile<const C: usize, const N: usize, const FILL: bool>(tile: &Tile) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { tile::tile::<$vector, C, N, FILL>(tile) }
        }

        $(#[$feature])?
        unsafe fn winograd_tile<const C: usize, const N: usize>(tile: &Tile) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { tile::winograd_tile::<$vector, C, N>(tile) }
        }

        $(#[$feature])?
        unsafe fn sum<const C: usize, const T: usize>(sum: &Sum) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { sum::sum::<$vector, C, T>(sum) }
        }

        $(#[$feature])?
        unsafe fn copy_rows(rows: &CopyRows) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { rows::copy_rows::<$vector>(rows) }
        }

        $(#[$feature])?
        unsafe fn transform_input<const T: usize>(transform: &InputTransform) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { rows::transform_input::<$vector, T>(transform) }
        }

        $(#[$feature])?
        unsafe fn interleave_rows(rows: &Interleave) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { rows::interleave_rows::<$vector>(rows) }
        }

        $(#[$feature])?
        unsafe fn pack_gradient<const WINOGRAD: bool>(gradient: &PackGradient) {
            // SAFETY: the caller vouches for the arguments and the instruction set.
            unsafe { sum::pack_gradient::<$vector, WINOGRAD>(gradient) }
        }

        fn pick_tile(channels: usize, vectors: usize, kind: TileKind) -> unsafe fn(&Tile) {
            match (channels, vectors) {
                $($(($c, $n) => match kind {
                    TileKind::Direct => tile::<$c, $n, false>,
                    TileKind::Fill => tile::<$c, $n, true>,
                    TileKind::Winograd => winograd_tile::<$c, $n>,
                },)+)+
                _ => unreachable!("no register tile of {channels} x {vectors}"),
            }
        }

        fn pick_sum(channels: usize, pairs: usize) -> unsafe fn(&Sum) {
            match (channels, pairs) {
                $($(($sc, $t) => sum::<$sc, $t>,)+)+
                _ => unreachable!("no register tile of {channels} x {pairs}"),
            }
        }

        fn pick_transform(taps: usize) -> unsafe fn(&InputTransform) {
            match taps {
                2 => transform_input::<2>,
                3 => transform_input::<3>,
                4 => transform_input::<4>,
                _ => unreachable!("no filter of {taps} taps"),
            }
        }

        MicroKernels {
            lanes: <$vector as Vector>::LANES,
            tile_vectors: &[$([$($n),+].len()),+],
            tile: pick_tile,
            sum_pairs: &[$([$($t),+].len()),+],
            sum: pick_sum,
            copy_rows,
            interleave_rows,
            transform_input: pick_transform,
            pack_gradient: [pack_gradient::<false>, pack_gradient::<true>],
        }
    }};
}

#[cfg(target_arch = "x86_64")]
static AVX512: MicroKernels = compile!(
    F32x16, [#[target_feature(enable = "avx512f")]],
    tiles
        1: 1 2 3 4 5 6 7 8, 2: 1 2 3 4 5 6 7 8, 3: 1 2 3 4 5 6, 4: 1 2 3 4 5 6,
        5: 1 2 3 4, 6: 1 2 3 4, 7: 1 2 3, 8: 1 2 3, 9: 1 2, 10: 1 2, 11: 1 2, 12: 1 2;
    sums
        1: 1 2 3 4 5 6 7 8 9, 2: 1 2 3 4 5 6, 3: 1 2 3 4 5 6, 4: 1 2 3 4 5 6,
        5: 1 2 3 4, 6: 1 2 3 4;
);

#[cfg(target_arch = "x86_64")]
static AVX2: MicroKernels = compile!(
    F32x8, [#[target_feature(enable = "avx2,fma")]],
    tiles 1: 1 2 3 4 5 6, 2: 1 2 3 4, 3: 1 2 3, 4: 1 2, 5: 1 2, 6: 1 2;
    sums 1: 1 2 3 4 5 6, 2: 1 2 3 4, 3: 1 2 3, 4: 1 2;
);

static PORTABLE: MicroKernels = compile!(
    Array8, [],
    tiles 1: 1 2 3, 2: 1 2 3, 3: 1 2, 4: 1;
    sums 1: 1 2 3, 2: 1 2;
);
