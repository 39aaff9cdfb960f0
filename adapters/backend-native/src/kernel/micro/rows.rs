//! Copying rows into the scratch buffer, generic over the vector type.

use super::super::simd::prefetch as hints;
use super::super::simd::vector::Vector;
use super::transform::{Filter, POINTS};

/// Rows to copy into the padded window.
pub(crate) struct Rows {
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
    /// How many numbers further lies what is copied soon; it is fetched.
    pub ahead: isize,
}

/// Copies [`Rows`], applying the activation.
///
/// # Safety
///
/// The level's instructions are available; the rows are readable and writable, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_rows<V: Vector>(r: &Rows) {
    // SAFETY: by the contract above; whole vectors while at least that many numbers are left, then the rest.
    unsafe {
        for row in 0..r.rows {
            let from = r.from.add(row * r.from_pitch);
            let to = r.to.add(row * r.to_pitch);
            let mut i = 0;
            if r.slope == 1.0 {
                while i + V::LANES <= r.len {
                    hints::load(from.wrapping_offset(i as isize + r.ahead));
                    V::load(from.add(i)).store(to.add(i));
                    i += V::LANES;
                }
                if i < r.len {
                    V::load_first(from.add(i), r.len - i).store_first(to.add(i), r.len - i);
                }
            } else {
                while i + V::LANES <= r.len {
                    hints::load(from.wrapping_offset(i as isize + r.ahead));
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

/// Sums over rows of a window, by a [`Filter`], to be written as the rows of planes.
pub(crate) struct Combine {
    /// The window.
    pub from: *const f32,
    /// Where the rows of the first sums lie in it.
    pub places: *const u32,
    /// Distance to those of the next.
    pub pitch: usize,
    /// How many times to sum.
    pub count: usize,
    /// Numbers in a row.
    pub len: usize,
    /// Where the plane of each product is written, one row after another; null for those that are not wanted.
    pub to: [*mut f32; POINTS],
}

/// Runs a [`Combine`] for filters of `T` taps.
///
/// # Safety
///
/// The level's instructions are available; whole vectors can be read from every row and written, also where the last one of
/// a row is not full.
#[inline(always)]
pub(crate) unsafe fn combine<V: Vector, const T: usize>(c: &Combine) {
    let filter = const { Filter::new(T) };
    // SAFETY: by the contract above. What is written behind a row is overwritten by the next.
    unsafe {
        for index in 0..c.count {
            let places = c.places.add(index * c.pitch);
            let mut rows = [c.from; POINTS];
            for (row, at) in rows.iter_mut().enumerate().take(filter.products) {
                *at = c.from.add(*places.add(row) as usize);
            }
            for i in (0..c.len).step_by(V::LANES) {
                let mut numbers = [V::zero(); POINTS];
                for (numbers, row) in numbers.iter_mut().zip(rows).take(filter.products) {
                    *numbers = V::load(row.add(i));
                }
                for product in 0..filter.products {
                    if c.to[product].is_null() {
                        continue;
                    }
                    let mut sum = V::zero();
                    for (factor, row) in filter.rows[product].iter().zip(numbers).take(filter.products) {
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

/// Rows of several samples to copy into the padded window in turn: number `i` of sample `s` to `i · every + s`.
pub(crate) struct Mix {
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
pub(crate) unsafe fn mix_rows<V: Vector>(m: &Mix) {
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
