//! Ops that treat every number alike, or every channel.

use rayon::prelude::*;

use super::batch_norm::by_channel;
use super::parallel::each;
use super::sum::{sum, sum2};

/// `to = f(from)`, or `to = f(to)` without `from`.
pub(crate) fn unary(
    to: Vec<&mut [f32]>,
    from: Option<Vec<&[f32]>>,
    numbers: usize,
    f: impl Fn(f32) -> f32 + Sync + Send,
) {
    match from {
        Some(from) => each(to.into_par_iter().zip(from), numbers, |(to, from)| {
            to.iter_mut().zip(from).for_each(|(to, &x)| *to = f(x));
        }),
        None => each(to.into_par_iter(), numbers, |to| to.iter_mut().for_each(|x| *x = f(*x))),
    }
}

/// `to = f(a, b)`, or `to = f(to, b)` without `a`.
pub(crate) fn binary(
    to: Vec<&mut [f32]>,
    a: Option<Vec<&[f32]>>,
    b: Vec<&[f32]>,
    numbers: usize,
    f: impl Fn(f32, f32) -> f32 + Sync + Send,
) {
    match a {
        Some(a) => each(to.into_par_iter().zip(a).zip(b), numbers, |((to, a), b)| {
            to.iter_mut().zip(a).zip(b).for_each(|((to, &a), &b)| *to = f(a, b));
        }),
        None => each(to.into_par_iter().zip(b), numbers, |(to, b)| {
            to.iter_mut().zip(b).for_each(|(to, &b)| *to = f(*to, b));
        }),
    }
}

/// `to = from · factor[c] + summand[c]` per channel plane, or in place without `from`. There is one number
/// per channel, or one per sample and channel.
pub(crate) fn affine(
    to: Vec<&mut [f32]>,
    from: Option<Vec<&[f32]>>,
    numbers: usize,
    factor: &[f32],
    summand: &[f32],
) {
    let planes = factor.len();
    let line = |i: usize| (factor[i % planes], summand[i % planes]);
    match from {
        Some(from) => each(to.into_par_iter().zip(from).enumerate(), numbers, |(i, (to, from))| {
            let (a, b) = line(i);
            to.iter_mut().zip(from).for_each(|(to, &x)| *to = x * a + b);
        }),
        None => each(to.into_par_iter().enumerate(), numbers, |(i, to)| {
            let (a, b) = line(i);
            to.iter_mut().for_each(|x| *x = *x * a + b);
        }),
    }
}

/// Logistic sigmoid.
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}

/// `x` between two bounds; not `f32::clamp`, which panics where these are not in order. A NaN stays one.
#[inline]
pub(crate) fn clamp(x: f32, low: f32, high: f32) -> f32 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

/// Hard sigmoid.
#[inline]
pub(crate) fn hard_sigmoid(x: f32) -> f32 {
    clamp(x + 3.0, 0.0, 6.0) / 6.0
}

/// Derivative of the hard swish.
#[inline]
pub(crate) fn hard_swish_slope(x: f32) -> f32 {
    if x <= -3.0 {
        0.0
    } else if x < 3.0 {
        x / 3.0 + 0.5
    } else {
        1.0
    }
}

/// Per channel, the sum of planes, or of their products with other planes.
pub(crate) fn channel_sums(planes: Vec<&[f32]>, with: Option<Vec<&[f32]>>, channels: usize) -> Vec<f32> {
    let numbers = planes.iter().map(|plane| plane.len()).sum();
    let mut sums = vec![0.0; channels];
    let (planes, with) = (by_channel(planes, channels), with.map(|with| by_channel(with, channels)));
    each(sums.par_iter_mut().zip(planes).enumerate(), numbers, |(c, (to, planes))| {
        let total: f64 = match &with {
            None => planes.iter().map(|plane| sum(plane, |v| v)).sum(),
            Some(with) => planes.iter().zip(&with[c]).map(|(a, b)| sum2(a, b, |a, b| a * b)).sum(),
        };
        *to = total as f32;
    });
    sums
}
