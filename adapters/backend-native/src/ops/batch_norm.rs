//! Batch norm with the statistics of the batch; one task per channel.

use rayon::prelude::*;

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
        let count = x.iter().map(|plane| plane.len()).sum::<usize>() as f64;
        let mean = x.iter().map(|plane| sum(plane, |v| v)).sum::<f64>() / count;
        let center = mean as f32;
        let squares: f64 = x.iter().map(|plane| sum(plane, |v| (v - center) * (v - center))).sum();
        // The centre was rounded to f32.
        let variance = squares / count - (mean - f64::from(center)).powi(2);
        // Not `max`, which would turn a variance that is no number into zero, and let it into the running one.
        let variance = if variance < 0.0 { 0.0 } else { variance };
        *moments = Moments { mean, variance };
        let factor = (f64::from(gamma[c]) * inverse(variance, epsilon)) as f32;
        for (y, x) in y.into_iter().zip(x) {
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - center) * factor + beta[c]);
        }
    });
    moments
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
        let d_beta: f64 = gradient.iter().map(|g| sum(g, |g| g)).sum();
        let pairs = gradient.iter().zip(&x);
        let d_gamma: f64 = pairs.map(|(g, x)| sum2(g, x, |g, x| g * ((x - mean) * inverse))).sum();
        *sums = (d_gamma as f32, d_beta as f32);
        let factor = gamma[c] * inverse;
        let (shift, slope) = ((d_beta / count) as f32, (d_gamma / count) as f32 * inverse);
        for (g, x) in gradient.into_iter().zip(x) {
            g.iter_mut().zip(x).for_each(|(g, &x)| *g = factor * (*g - shift - (x - mean) * slope));
        }
    });
    sums.into_iter().unzip()
}
