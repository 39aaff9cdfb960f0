//! Small matrix products, with the convolutions' register tiles: rows of `a` are output channels, columns of
//! `b` positions.

use super::super::micro::{Lists, MicroKernels, Sink, Store, Stream, Tile, TileKind};
use super::super::plan::{TileRun, blocks, pieces, tile_runs, whole};
use super::parallel::for_each;
use super::scratch;
use std::ops::Range;

/// A matrix in memory: element `(row, column)` at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance between columns.
    pub column_stride: usize,
}

/// The product `c[m, n] (+)= a[m, k] · b[k, n]`; `c` is row-major.
#[derive(Debug)]
pub(crate) struct Product<'a> {
    /// Rows of `a` and of the product.
    pub m: usize,
    /// Columns of `b` and of the product.
    pub n: usize,
    /// What is summed over.
    pub k: usize,
    /// The first factor.
    pub a: Matrix<'a>,
    /// The second factor.
    pub b: Matrix<'a>,
    /// The product.
    pub c: &'a mut [f32],
    /// Add to what is in `c`.
    pub accumulate: bool,
}

/// Rows per task.
const ROWS: usize = 64;
/// Vectors of columns per task.
const VECTORS: usize = 12;

/// Computes a product.
pub(crate) fn product(kernels: &MicroKernels, product: Product) {
    let Product { m, n, k, a, b, c, accumulate } = product;
    assert!(c.len() >= m * n, "the product does not fit");
    if m == 0 || n == 0 {
        return;
    }
    let last = |rows: usize, columns: usize, matrix: Matrix| {
        (rows - 1) * matrix.row_stride + (columns - 1) * matrix.column_stride
    };
    assert!(
        k == 0 || (last(m, k, a) < a.data.len() && last(k, n, b) < b.data.len()),
        "a factor reaches beyond its buffer"
    );
    let lanes = kernels.lanes;
    let target = Sink { at: c.as_mut_ptr(), sample_stride: 0, accumulate };
    let rows: Vec<Range<usize>> = pieces(m, ROWS).collect();
    let columns: Vec<Range<usize>> = pieces(n.div_ceil(lanes), VECTORS).collect();
    for_each(rows.len() * columns.len(), m * n * k, |task| {
        let target = &target;
        let (rows, vectors) = (&rows[task / columns.len()], &columns[task % columns.len()]);
        let (column, vectors) = (vectors.start * lanes, vectors.len());
        let width = (n - column).min(vectors * lanes);
        let blocks = blocks(rows.len(), kernels.tile_vectors);
        // An odd number of vectors: rows of `b` must not all fall into the same set of the cache.
        let pitch = (vectors | 1) * lanes;
        scratch::with(k * pitch, |window| {
            for (i, to) in window.chunks_exact_mut(pitch).enumerate() {
                to.fill(0.0);
                let from = i * b.row_stride + column * b.column_stride;
                for (j, to) in to.iter_mut().enumerate().take(width) {
                    *to = b.data[from + j * b.column_stride];
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
            let weight_offsets: Vec<u32> = (0..k).map(|i| (i * a.column_stride) as u32).collect();
            for block in &blocks {
                let first_row = rows.start + block.first;
                let sinks: Vec<Sink> = (0..block.channels)
                    .map(|r| Sink { at: target.at.wrapping_add((first_row + r) * n), ..*target })
                    .collect();
                let most = kernels.tile_vectors[block.channels - 1];
                for TileRun { first: from, size, count } in tile_runs(vectors, most) {
                    let tile = Tile {
                        scratch: window.as_ptr(),
                        starts: starts[from..from + size * count].as_ptr(),
                        runs: count,
                        offsets: offsets.as_ptr(),
                        pairs: k,
                        weights: a.data.as_ptr().wrapping_add(first_row * a.row_stride),
                        weight_offsets: weight_offsets.as_ptr(),
                        weight_pitch: a.row_stride,
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
                    // SAFETY: the window holds `k` rows of `vectors` vectors, and the elements of `a` were
                    // checked to lie inside its data; the stores lie inside row and column ranges of `c`
                    // (whose length was checked) that no other task has.
                    unsafe { (kernels.tile)(block.channels, size, TileKind::Direct)(&tile) }
                }
            }
        });
    });
}
