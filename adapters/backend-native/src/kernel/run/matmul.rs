//! Small matrix products, with the convolutions' register blocks: rows of `a` are output channels, columns of `b`
//! positions.

use super::super::micro::dispatch::kernels;
use super::super::micro::segment::Sink;
use super::super::micro::tile::epilogue::Store;
use super::super::micro::tile::{Kind, Lists, Stream, Tile};
use super::super::plan::blocks::{blocks, pieces, runs};
use super::super::plan::lanes::whole;
use super::super::simd::isa::Level;
use super::parallel::for_each;
use super::scratch;

/// A matrix in memory, element `(row, column)` at `row * strides.0 + column * strides.1`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Steps per row and per column.
    pub strides: (usize, usize),
}

/// Rows per task.
const ROWS: usize = 64;
/// Vectors of columns per task.
const VECTORS: usize = 12;

/// `c[m, n] (+)= a[m, k] · b[k, n]`; `c` is row-major.
pub(crate) fn product(
    level: Level,
    (m, n, k): (usize, usize, usize),
    a: View,
    b: View,
    c: &mut [f32],
    accumulate: bool,
) {
    assert!(c.len() >= m * n, "the product does not fit");
    if m == 0 || n == 0 {
        return;
    }
    let last = |rows: usize, columns: usize, view: View| {
        (rows - 1) * view.strides.0 + (columns - 1) * view.strides.1
    };
    assert!(
        k == 0 || (last(m, k, a) < a.data.len() && last(k, n, b) < b.data.len()),
        "a factor reaches beyond its buffer"
    );
    let kernels = kernels(level);
    let lanes = kernels.lanes;
    let target = Sink { at: c.as_mut_ptr(), sample_stride: 0, accumulate };
    let rows: Vec<(usize, usize)> = pieces(m, ROWS).collect();
    let columns: Vec<(usize, usize)> = pieces(n.div_ceil(lanes), VECTORS).collect();
    for_each(rows.len() * columns.len(), m * n * k, |task| {
        let target = &target;
        let (row, rows) = rows[task / columns.len()];
        let (vector, vectors) = columns[task % columns.len()];
        let column = vector * lanes;
        let width = (n - column).min(vectors * lanes);
        let blocks = blocks(rows, kernels.tile_vectors);
        // An odd number of vectors: rows of `b` must not all fall into the same set of the cache.
        let pitch = (vectors | 1) * lanes;
        scratch::with(k * pitch, |window| {
            for (i, to) in window.chunks_exact_mut(pitch).enumerate() {
                to.fill(0.0);
                let from = i * b.strides.0 + column * b.strides.1;
                for (j, to) in to.iter_mut().enumerate().take(width) {
                    *to = b.data[from + j * b.strides.1];
                }
            }
            let offsets: Vec<u32> = (0..k).map(|i| (i * pitch) as u32).collect();
            let starts: Vec<u32> = (0..vectors).map(|v| (v * lanes) as u32).collect();
            let first: Vec<u32> = (0..=vectors).map(|v| v as u32).collect();
            let stores: Vec<Store> = (0..vectors)
                .map(|v| {
                    let count = (width - v * lanes).min(lanes);
                    Store {
                        mask: ((1u64 << count) - 1) as u32,
                        count: count as u32,
                        sample: 0,
                        dense: (column + v * lanes) as u32,
                        rows: 1,
                    }
                })
                .collect();
            let whole = whole(&first, &stores, lanes as u32);
            let weight_offsets: Vec<u32> = (0..k).map(|i| (i * a.strides.1) as u32).collect();
            for block in &blocks {
                let first_row = row + block.first;
                let sinks: Vec<Sink> = (0..block.channels)
                    .map(|r| Sink { at: target.at.wrapping_add((first_row + r) * n), ..*target })
                    .collect();
                runs(vectors, kernels.tile_vectors[block.channels - 1], |from, size, count| {
                    let tile = Tile {
                        scratch: window.as_ptr(),
                        starts: starts[from..from + size * count].as_ptr(),
                        runs: count,
                        offsets: offsets.as_ptr(),
                        pairs: k,
                        weights: a.data.as_ptr().wrapping_add(first_row * a.strides.0),
                        weight_offsets: weight_offsets.as_ptr(),
                        weight_pitch: a.strides.0,
                        first: first[from..=from + size * count].as_ptr(),
                        whole: whole[from..].as_ptr(),
                        stores: stores.as_ptr(),
                        sample: 0,
                        sinks: sinks.as_ptr(),
                        pre: std::ptr::null(),
                        slope: 1.0,
                        stream: Stream::NONE,
                        lists: Lists::NONE,
                    };
                    // SAFETY: the level is available; the window holds `k` rows of `vectors` vectors, and the elements
                    // of `a` were checked to lie inside its data; the stores lie inside row and column ranges of `c`
                    // (whose length was checked) that no other task has.
                    unsafe { (kernels.tile)(block.channels, size, Kind::Plain)(&tile) }
                });
            }
        });
    });
}
