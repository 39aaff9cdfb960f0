//! Batch norm with the statistics of the batch; one task per channel.

use rayon::prelude::*;

use crate::kernel::prefetch;

use super::parallel::each;
use super::sum::{sum, sum2};

/// Statistics of one channel over the batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    /// Mean.
    pub mean: f64,
    /// Biased variance.
    pub variance: f64,
}

/// Pieces in order (sample, channel) as lists per channel.
pub(crate) fn by_channel<T>(planes: Vec<T>, channels: usize) -> Vec<Vec<T>> {
    let mut lists: Vec<Vec<T>> = (0..channels).map(|_| Vec::with_capacity(planes.len() / channels)).collect();
    planes.into_iter().enumerate().for_each(|(i, plane)| lists[i % channels].push(plane));
    lists
}

/// Normalises each channel; returns the statistics of each.
pub(crate) fn forward(
    x: Vec<&[f32]>,
    y: Vec<&mut [f32]>,
    gamma: &[f32],
    beta: &[f32],
    epsilon: f32,
) -> Vec<Moments> {
    let numbers = x.iter().map(|plane| plane.len()).sum();
    let channels = gamma.len();
    let mut moments = vec![Moments::default(); channels];
    let tasks = moments.par_iter_mut().zip(by_channel(x, channels)).zip(by_channel(y, channels)).enumerate();
    each(tasks, numbers, |(c, ((moments, x), y))| {
        let (mean, variance) = moments_of(&x);
        let center = mean as f32;
        // Not `max`, which would turn a variance that is no number into zero, and let it into the running
        // one.
        let variance = if variance < 0.0 { 0.0 } else { variance };
        *moments = Moments { mean, variance };
        let factor = (f64::from(gamma[c]) * inverse(variance, epsilon)) as f32;
        for (i, y) in y.into_iter().enumerate() {
            prefetch_next(&x, i + 1);
            y.iter_mut().zip(x[i]).for_each(|(y, &x)| *y = (x - center) * factor + beta[c]);
        }
    });
    moments
}

/// Prefetches a plane that comes next, if there is one.
fn prefetch_next(planes: &[&[f32]], next: usize) {
    planes.get(next).inspect(|plane| prefetch(plane));
}

/// Mean and biased variance of all planes together: those of each, while it is in the cache, then put
/// together.
fn moments_of(planes: &[&[f32]]) -> (f64, f64) {
    let each: Vec<(f64, f64, f64)> = (planes.iter())
        .enumerate()
        .map(|(i, plane)| {
            prefetch_next(planes, i + 1);
            let count = plane.len() as f64;
            let mean = sum(plane, |v| v) / count;
            let center = mean as f32;
            let squares = sum(plane, |v| (v - center) * (v - center));
            // The centre was rounded to f32.
            (count, mean, squares - count * (mean - f64::from(center)).powi(2))
        })
        .collect();
    let count: f64 = each.iter().map(|(count, ..)| count).sum();
    let mean = each.iter().map(|(count, mean, _)| count * mean).sum::<f64>() / count;
    let squares: f64 = each.iter().map(|(count, m, squares)| squares + count * (m - mean).powi(2)).sum();
    (mean, squares / count)
}

/// Reciprocal deviation.
pub(crate) fn inverse(variance: f64, epsilon: f32) -> f64 {
    1.0 / (variance + f64::from(epsilon)).sqrt()
}

/// Turns gradients of the result into gradients of the input, in place; returns (dγ, dβ).
pub(crate) fn backward(
    gradient: Vec<&mut [f32]>,
    x: Vec<&[f32]>,
    gamma: &[f32],
    mean: &[f32],
    inverse: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let numbers = x.iter().map(|plane| plane.len()).sum();
    let channels = gamma.len();
    let mut sums = vec![(0.0f32, 0.0f32); channels];
    let tasks =
        sums.par_iter_mut().zip(by_channel(x, channels)).zip(by_channel(gradient, channels)).enumerate();
    each(tasks, numbers, |(c, ((sums, x), gradient))| {
        let (mean, inverse) = (mean[c], inverse[c]);
        let count = x.iter().map(|plane| plane.len()).sum::<usize>() as f64;
        let (mut d_beta, mut d_gamma) = (0.0, 0.0);
        for (i, g) in gradient.iter().enumerate() {
            prefetch_next(&x, i + 1);
            d_beta += sum(g, |g| g);
            d_gamma += sum2(g, x[i], |g, x| g * ((x - mean) * inverse));
        }
        *sums = (d_gamma as f32, d_beta as f32);
        let factor = gamma[c] * inverse;
        let (shift, slope) = ((d_beta / count) as f32, (d_gamma / count) as f32 * inverse);
        for (i, g) in gradient.into_iter().enumerate() {
            prefetch_next(&x, i + 1);
            g.iter_mut().zip(x[i]).for_each(|(g, &x)| *g = factor * (*g - shift - (x - mean) * slope));
        }
    });
    sums.into_iter().unzip()
}
