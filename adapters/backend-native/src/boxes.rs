//! Boxes of dense tensors, row by row.

use std::ops::Range;

/// Start and length of each contiguous row of a box, in order.
pub(crate) fn rows(dims: &[usize], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    // Extents from `split` on are whole, so a row holds them all and a range of the extent before.
    let mut split = dims.len();
    let mut length = 1;
    while split > 0 && ranges[split - 1] == (0..dims[split - 1]) {
        split -= 1;
        length *= dims[split];
    }
    let mut starts = vec![0];
    if split > 0 {
        split -= 1;
        let inner = length;
        length *= ranges[split].len();
        let mut stride: usize = dims[split..].iter().product();
        starts[0] = ranges[split].start * inner;
        for axis in (0..split).rev() {
            let outer = starts;
            starts = ranges[axis].clone().flat_map(|i| outer.iter().map(move |s| i * stride + s)).collect();
            stride *= dims[axis];
        }
    }
    starts.into_iter().map(|start| start..start + length).collect()
}

/// Copies a box into a dense row-major tensor.
pub(crate) fn gather(from: &[f32], rows: &[Range<usize>], to: &mut [f32]) {
    let mut at = 0;
    for row in rows {
        to[at..at + row.len()].copy_from_slice(&from[row.clone()]);
        at += row.len();
    }
}

/// Adds a dense row-major tensor to a box.
pub(crate) fn scatter_add(from: &[f32], rows: &[Range<usize>], to: &mut [f32]) {
    let mut at = 0;
    for row in rows {
        to[row.clone()].iter_mut().zip(&from[at..]).for_each(|(to, from)| *to += from);
        at += row.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_boxes() {
        assert_eq!(rows(&[4, 3, 2], &[1..3, 0..3, 0..1]), [6..7, 8..9, 10..11, 12..13, 14..15, 16..17]);
        assert_eq!(rows(&[4, 3], &[1..3, 0..3]).first(), Some(&(3..9)));
        assert_eq!(rows(&[2, 3], &[0..2, 1..3]), [1..3, 4..6]);
        assert_eq!(rows(&[2, 2, 5], &[1..2, 0..2, 2..3]), [12..13, 17..18]);
        assert_eq!(rows(&[], &[]).first(), Some(&(0..1)));
    }
}
