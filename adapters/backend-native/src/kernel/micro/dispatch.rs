//! The inner loops compiled once per level, and the table through which the rest of the kernels reach them.

use super::super::simd::isa::Level;
use super::rows::{self, Combine, Mix, Rows};
use super::sum::{self, Spread, Sum};
use super::tile::{self, Kind, Tile};

/// The inner loops of one level.
///
/// Every function in here may only be called where the level is available ([`kernels`] checks that once), and with
/// arguments as its namesake asks.
pub(crate) struct Kernels {
    /// Lanes of a vector.
    pub lanes: usize,
    /// The largest register blocks for results: most vectors by number of channels − 1.
    pub tile_vectors: &'static [usize],
    /// The register block of exactly (channels, vectors) that does what the kind says.
    pub tile: fn(usize, usize, Kind) -> unsafe fn(&Tile),
    /// The largest register blocks of the weight gradient: most pairs by number of channels − 1.
    pub sum_pairs: &'static [usize],
    /// The block of exactly (channels, pairs).
    pub sum: fn(usize, usize) -> unsafe fn(&Sum),
    /// See [`rows::copy_rows`].
    pub copy_rows: unsafe fn(&Rows),
    /// See [`rows::combine`], for so many taps.
    pub combine: fn(usize) -> unsafe fn(&Combine),
    /// See [`rows::mix_rows`].
    pub mix_rows: unsafe fn(&Mix),
    /// See [`sum::spread`]; the second for rows in tiles.
    pub spread: [unsafe fn(&Spread); 2],
}

/// The inner loops of a level. Panics where this machine does not have it.
pub(crate) fn kernels(level: Level) -> &'static Kernels {
    assert!(level.is_available(), "this machine has no {}", level.name());
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => &avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => &avx2::KERNELS,
        _ => &portable::KERNELS,
    }
}

/// Compiles the inner loops for one vector type, under the instruction sets `$feature`.
///
/// `tiles` and `sums` list the register blocks: channels, then the numbers of vectors (or pairs), 1 to the most.
macro_rules! level {
    ($name:ident, $lanes:ty, [$(#[$feature:meta])?],
     tiles $($c:literal: $($n:literal)+),+;
     sums $($sc:literal: $($t:literal)+),+;) => {
        mod $name {
            use super::*;

            $(#[$feature])?
            unsafe fn tile<const C: usize, const N: usize, const FILL: bool>(tile: &Tile) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { tile::tile::<$lanes, C, N, FILL>(tile) }
            }

            $(#[$feature])?
            unsafe fn row_tile<const C: usize, const N: usize>(tile: &Tile) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { tile::row_tile::<$lanes, C, N>(tile) }
            }

            $(#[$feature])?
            unsafe fn sum<const C: usize, const T: usize>(sum: &Sum) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { sum::sum::<$lanes, C, T>(sum) }
            }

            $(#[$feature])?
            unsafe fn copy_rows(rows: &Rows) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { rows::copy_rows::<$lanes>(rows) }
            }

            $(#[$feature])?
            unsafe fn combine<const T: usize>(sums: &Combine) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { rows::combine::<$lanes, T>(sums) }
            }

            $(#[$feature])?
            unsafe fn mix_rows(mix: &Mix) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { rows::mix_rows::<$lanes>(mix) }
            }

            $(#[$feature])?
            unsafe fn spread<const TILES: bool>(spread: &Spread) {
                // SAFETY: the caller vouches for the arguments and the instruction set.
                unsafe { sum::spread::<$lanes, TILES>(spread) }
            }

            fn pick_tile(channels: usize, vectors: usize, kind: Kind) -> unsafe fn(&Tile) {
                match (channels, vectors) {
                    $($(($c, $n) => match kind {
                        Kind::Plain => tile::<$c, $n, false>,
                        Kind::Fill => tile::<$c, $n, true>,
                        Kind::Rows => row_tile::<$c, $n>,
                    },)+)+
                    _ => unreachable!("no register block of {channels} x {vectors}"),
                }
            }

            fn pick_sum(channels: usize, pairs: usize) -> unsafe fn(&Sum) {
                match (channels, pairs) {
                    $($(($sc, $t) => sum::<$sc, $t>,)+)+
                    _ => unreachable!("no register block of {channels} x {pairs}"),
                }
            }

            fn pick_combine(taps: usize) -> unsafe fn(&Combine) {
                match taps {
                    2 => combine::<2>,
                    3 => combine::<3>,
                    4 => combine::<4>,
                    _ => unreachable!("no filter of {taps} taps"),
                }
            }

            pub(crate) static KERNELS: Kernels = Kernels {
                lanes: <$lanes as super::super::super::simd::vector::Vector>::LANES,
                tile_vectors: &[$([$($n),+].len()),+],
                tile: pick_tile,
                sum_pairs: &[$([$($t),+].len()),+],
                sum: pick_sum,
                copy_rows,
                combine: pick_combine,
                mix_rows,
                spread: [spread::<false>, spread::<true>],
            };
        }
    };
}

#[cfg(target_arch = "x86_64")]
level!(
    avx512, super::super::super::simd::avx512::Lanes, [#[target_feature(enable = "avx512f")]],
    tiles
        1: 1 2 3 4 5 6 7 8, 2: 1 2 3 4 5 6 7 8, 3: 1 2 3 4 5 6, 4: 1 2 3 4 5 6,
        5: 1 2 3 4, 6: 1 2 3 4, 7: 1 2 3, 8: 1 2 3, 9: 1 2, 10: 1 2, 11: 1 2, 12: 1 2;
    sums
        1: 1 2 3 4 5 6 7 8 9, 2: 1 2 3 4 5 6, 3: 1 2 3 4 5 6, 4: 1 2 3 4 5 6,
        5: 1 2 3 4, 6: 1 2 3 4;
);

#[cfg(target_arch = "x86_64")]
level!(
    avx2, super::super::super::simd::avx2::Lanes, [#[target_feature(enable = "avx2,fma")]],
    tiles 1: 1 2 3 4 5 6, 2: 1 2 3 4, 3: 1 2 3, 4: 1 2, 5: 1 2, 6: 1 2;
    sums 1: 1 2 3 4 5 6, 2: 1 2 3 4, 3: 1 2 3, 4: 1 2;
);

level!(
    portable, super::super::super::simd::portable::Lanes, [],
    tiles 1: 1 2 3, 2: 1 2 3, 3: 1 2, 4: 1;
    sums 1: 1 2 3, 2: 1 2;
);
