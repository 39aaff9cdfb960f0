//! Moving numbers: boxes and permutations.

use rayon::prelude::*;

use super::parallel::each;
use crate::boxes;
use crate::layout::Rows;
use std::ops::Range;

/// Numbers per task.
const TASK: usize = 1 << 14;

/// A box of every sample.
pub(crate) fn slice(x: Rows<'_>, dims: &[usize], ranges: &[Range<usize>], y: &mut [f32]) {
    let rows = boxes::rows(dims, ranges);
    let len = rows.iter().map(ExactSizeIterator::len).sum();
    let numbers = y.len();
    each(y.par_chunks_mut(len).enumerate(), numbers, |(sample, y)| boxes::gather(x.row(sample), &rows, y));
}

/// Adds to a box of every sample; `to` holds samples of `dims` in a row.
pub(crate) fn slice_backward(gradient: &[f32], dims: &[usize], ranges: &[Range<usize>], to: Vec<&mut [f32]>) {
    let rows = boxes::rows(dims, ranges);
    let len = rows.iter().map(ExactSizeIterator::len).sum();
    let pairs = to.into_par_iter().zip(gradient.par_chunks(len));
    each(pairs, gradient.len(), |(to, gradient)| boxes::scatter_add(gradient, &rows, to));
}

/// Extent `i` of the result is extent `axes[i]` of `x`, whose extents are `dims`.
pub(crate) fn permute(x: Rows<'_>, dims: &[usize], axes: &[usize], y: &mut [f32]) {
    let Some(&inner) = axes.last() else {
        y.iter_mut().enumerate().for_each(|(sample, y)| *y = x.row(sample)[0]);
        return;
    };
    let stride = |axis: usize| dims[axis + 1..].iter().product::<usize>();
    let (width, step) = (dims[inner], stride(inner));
    let outer: Vec<(usize, usize)> = axes[..axes.len() - 1].iter().map(|&a| (dims[a], stride(a))).collect();
    let rows = x.len / width;
    let together = (TASK / width).max(1);
    let numbers = y.len();
    let tasks = y.par_chunks_mut(together * width).enumerate();
    each(tasks, numbers, |(task, y)| {
        for (i, y) in y.chunks_mut(width).enumerate() {
            let row = task * together + i;
            let (x, mut rest, mut at) = (x.row(row / rows), row % rows, 0);
            for &(extent, stride) in outer.iter().rev() {
                at += rest % extent * stride;
                rest /= extent;
            }
            y.iter_mut().zip(x[at..].iter().step_by(step)).for_each(|(y, &x)| *y = x);
        }
    });
}

/// The permutation that undoes `axes`.
pub(crate) fn inverse(axes: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; axes.len()];
    axes.iter().enumerate().for_each(|(i, &axis)| inverse[axis] = i);
    inverse
}
