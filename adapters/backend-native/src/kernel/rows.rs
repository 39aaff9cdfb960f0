//! Copying rows into the scratch buffer, generic over the vector type.

use super::hints;
use super::vector::Vector;

/// Rows to copy into the padded window.
pub(super) struct Rows {
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
pub(super) unsafe fn copy_rows<V: Vector>(r: &Rows) {
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

/// The planes of [`super::row_pairs`] that belong to the `len` numbers at `rows`, whose rows lie `step` apart: each `region`
/// numbers behind the one before.
///
/// # Safety
///
/// The level's instructions are available; there are four planes of `region` numbers, which is a multiple of the lanes
/// and not less than `len`, all of them initialised.
#[inline(always)]
pub(super) unsafe fn add_rows<V: Vector>(rows: *mut f32, len: usize, step: usize, region: usize) {
    // SAFETY: what is read lies before `len + step` plus a vector, and so in the first three planes.
    unsafe {
        let minus = V::splat(-1.0);
        for i in (0..len.saturating_sub(step)).step_by(V::LANES) {
            let at = rows.add(i);
            let (row, below, far) = (V::load(at), V::load(at.add(step)), V::load(at.add(2 * step)));
            row.add(below).store(at.add(region));
            minus.fma(row, below).store(at.add(2 * region));
            minus.fma(far, row).store(at.add(3 * region));
        }
    }
}

/// Rows of several samples to copy into the padded window in turn: number `i` of sample `s` to `i · every + s`.
pub(super) struct Mix {
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
pub(super) unsafe fn mix_rows<V: Vector>(m: &Mix) {
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
