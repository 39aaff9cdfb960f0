//! Logarithmic softmax, the negative log-likelihood, and division by a norm.

use smash_core::{Error, Result};

use super::sum::{sum, sum2};
use crate::layout::Rows;

/// `y = x − log Σ eˣ` per row.
pub(crate) fn log_softmax(x: Rows<'_>, y: &mut [f32]) {
    for (sample, y) in y.chunks_mut(x.len).enumerate() {
        let x = x.row(sample);
        let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f64 = x.iter().map(|&v| f64::from(libm::expf(v - most))).sum();
        let shift = libm::log(total);
        y.iter_mut().zip(x).for_each(|(y, &v)| *y = (f64::from(v - most) - shift) as f32);
    }
}

/// Gradients of the result become gradients of the input, in place.
pub(crate) fn log_softmax_backward(y: Rows<'_>, gradient: &mut [f32]) {
    for (sample, gradient) in gradient.chunks_mut(y.len).enumerate() {
        let total: f64 = gradient.iter().map(|&g| f64::from(g)).sum();
        let y = y.row(sample);
        gradient.iter_mut().zip(y).for_each(|(g, &y)| *g -= libm::expf(y) * total as f32);
    }
}

/// The class of every sample; refuses what is no class.
pub(crate) fn classes(labels: Rows<'_>, batch: usize, count: usize) -> Result<Vec<usize>> {
    (0..batch)
        .map(|sample| {
            let label = labels.row(sample)[0];
            if label >= 0.0 && label < count as f32 && label.fract() == 0.0 {
                Ok(label as usize)
            } else {
                Err(Error::backend(format!(
                    "the label of sample {sample} is {label}, expected a class of 0..{count}"
                )))
            }
        })
        .collect()
}

/// Mean of `−x[class]`.
pub(crate) fn negative_log_likelihood(x: Rows<'_>, classes: &[usize]) -> f32 {
    let total: f64 = classes.iter().enumerate().map(|(sample, &class)| f64::from(x.row(sample)[class])).sum();
    (-total / classes.len() as f64) as f32
}

/// Spreads the gradient of the mean.
pub(crate) fn negative_log_likelihood_backward(gradient: f32, classes: &[usize], dx: &mut [f32]) {
    dx.fill(0.0);
    let (count, batch) = (dx.len() / classes.len(), classes.len() as f32);
    classes.iter().enumerate().for_each(|(sample, &class)| dx[sample * count + class] = -gradient / batch);
}

/// `y = x / ‖x‖`; returns the norm.
pub(crate) fn normalize(x: &[f32], y: &mut [f32]) -> f64 {
    let norm = sum(x, |v| v * v).sqrt();
    let factor = (1.0 / norm) as f32;
    y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * factor);
    norm
}

/// Gradients of the result become gradients of the input, in place.
pub(crate) fn normalize_backward(y: &[f32], norm: f64, gradient: &mut [f32]) {
    let along = sum2(gradient, y, |g, y| g * y) as f32;
    let factor = (1.0 / norm) as f32;
    gradient.iter_mut().zip(y).for_each(|(g, &y)| *g = (*g - y * along) * factor);
}
