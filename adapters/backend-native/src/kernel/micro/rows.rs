//! Bringing rows into the scratch buffer, generic over the vector type: copied, interleaved, or as sums over
//! rows (Winograd's input transform).

use super::super::simd::{Vector, prefetch};
use super::transform::{POINTS, Transform};

/// Rows to copy into the padded window.
pub(crate) struct CopyRows {
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
    /// The prefetch distance: how many numbers further lies what is copied soon.
    pub prefetch_distance: isize,
}

/// Copies [`CopyRows`], applying the activation.
///
/// # Safety
///
/// The machine has `V`'s instruction set; the rows are readable and writable, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_rows<V: Vector>(r: &CopyRows) {
    // SAFETY: by the contract above; whole vectors while at least that many numbers are left, then the rest.
    unsafe {
        for row in 0..r.rows {
            let from = r.from.add(row * r.from_pitch);
            let to = r.to.add(row * r.to_pitch);
            let mut i = 0;
            if r.slope == 1.0 {
                while i + V::LANES <= r.len {
                    prefetch::for_read(from.wrapping_offset(i as isize + r.prefetch_distance));
                    V::load(from.add(i)).store(to.add(i));
                    i += V::LANES;
                }
                if i < r.len {
                    V::load_first(from.add(i), r.len - i).store_first(to.add(i), r.len - i);
                }
            } else {
                while i + V::LANES <= r.len {
                    prefetch::for_read(from.wrapping_offset(i as isize + r.prefetch_distance));
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

/// Rows of several samples to interleave in the padded window: number `i` of sample `s` goes to `i · every +
/// s`.
pub(crate) struct Interleave {
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

/// Runs an [`Interleave`], applying the activation.
///
/// # Safety
///
/// The machine has `V`'s instruction set; the rows are readable and writable, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn interleave_rows<V: Vector>(m: &Interleave) {
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

/// Winograd's input transform: sums over rows of a window, to be written as the rows of planes, one for each
/// product.
pub(crate) struct InputTransform {
    /// The window.
    pub from: *const f32,
    /// Where the rows that the first Winograd tile reads lie in it.
    pub places: *const u32,
    /// Distance in `places` to those of the next tile.
    pub pitch: usize,
    /// How many tiles.
    pub count: usize,
    /// Numbers in a row.
    pub len: usize,
    /// Where the plane of each product is written, one row after another; null for those that are not wanted.
    pub to: [*mut f32; POINTS],
}

/// Runs an [`InputTransform`] for filters of `T` taps.
///
/// # Safety
///
/// The machine has `V`'s instruction set; whole vectors can be read from every row and written, also where
/// the last one of a row is not full.
#[inline(always)]
pub(crate) unsafe fn transform_input<V: Vector, const T: usize>(c: &InputTransform) {
    let transform = const { Transform::new(T) };
    // SAFETY: by the contract above. What is written behind a row is overwritten by the next.
    unsafe {
        for index in 0..c.count {
            let places = c.places.add(index * c.pitch);
            let mut rows = [c.from; POINTS];
            for (row, at) in rows.iter_mut().enumerate().take(transform.products) {
                *at = c.from.add(*places.add(row) as usize);
            }
            for i in (0..c.len).step_by(V::LANES) {
                let mut numbers = [V::zero(); POINTS];
                for (numbers, row) in numbers.iter_mut().zip(rows).take(transform.products) {
                    *numbers = V::load(row.add(i));
                }
                for product in 0..transform.products {
                    if c.to[product].is_null() {
                        continue;
                    }
                    let mut sum = V::zero();
                    for (factor, row) in transform.input[product].iter().zip(numbers).take(transform.products)
                    {
                        if *factor != 0.0 {
                            sum = V::splat(*factor).fma(row, sum);
                        }
                    }
                    sum.store(c.to[product].add(index * c.len + i));
                }
            }
        }
    }
}
