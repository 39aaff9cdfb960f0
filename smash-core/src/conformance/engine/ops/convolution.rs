//! Convolutions.

use super::{Subject, both, weight};
use crate::error::Result;
use crate::graph::ConvSpec;

/// `conv` in one, two and three dimensions: strides, paddings, dilations and groups, equal and different per
/// axis, even kernels, 1×1 kernels, and planes larger than a vector register.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn conv(subject: &mut Subject<'_>) -> Result<()> {
    let two = ConvSpec { stride: vec![2, 3], padding: vec![1, 0], dilation: vec![2, 1], groups: 1 };
    let three = ConvSpec { stride: vec![2, 1, 2], padding: vec![0, 1, 1], groups: 2, ..ConvSpec::default() };
    let cases: [(&[usize], &[usize], ConvSpec); 10] = [
        (&[3, 9], &[4, 3, 3], ConvSpec::same(&[3], &[1], 1)),
        (&[4, 10], &[6, 2, 2], ConvSpec { stride: vec![3], groups: 2, ..ConvSpec::default() }),
        (&[3, 6, 7], &[4, 3, 3, 3], ConvSpec::same(&[3, 3], &[1, 1], 1)),
        (&[4, 8, 6], &[8, 1, 3, 1], ConvSpec::same(&[3, 1], &[2, 1], 4)),
        (&[2, 9, 8], &[2, 2, 2, 3], two),
        (&[5, 4, 4], &[3, 5, 1, 1], ConvSpec::default()),
        (&[2, 3, 4, 3], &[2, 2, 3, 3, 3], ConvSpec::same(&[3, 3, 3], &[1, 1, 1], 1)),
        (&[2, 4, 5, 6], &[4, 1, 2, 1, 3], three),
        (&[4, 6, 5], &[6, 2, 3, 3], ConvSpec::same(&[3, 3], &[3, 3], 2)),
        (&[1, 20, 20], &[2, 1, 5, 5], ConvSpec::same(&[5, 5], &[1, 1], 1)),
    ];
    for (x, w, spec) in cases {
        both(subject, &format!("conv with w {w:?}, {spec:?},"), x, |b, x| {
            let w = weight(b, "w", w)?;
            b.conv(x, w, spec.clone())
        })?;
    }
    Ok(())
}
