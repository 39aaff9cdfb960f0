//! Normalisation ops.

use super::{Subject, both, one};
use crate::error::Result;
use crate::graph::{Init, Op, Parameter};

fn statistics(channels: usize) -> [Parameter; 4] {
    let own = |name: &str| Parameter::own(name, &[channels], Init::Orthogonal);
    [own("gamma"), own("beta"), own("mean").buffer(), own("variance").buffer()]
}

/// `batch_norm`: outputs and running statistics in every mode, gradients through the batch statistics; twice
/// in one graph with slices of the same parameters.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn batch_norm(subject: &mut Subject<'_>) -> Result<()> {
    for dims in [&[3, 5][..], &[4, 3, 3], &[2, 2, 3, 2]] {
        both(subject, "batch_norm", dims, |b, x| b.batch_norm(x, statistics(dims[0])))?;
    }
    one(subject, "batch_norm", (true, &[3]), |b, x| b.batch_norm(x, statistics(3)))?;
    one(subject, "two batch_norms over boxes of [5]", (true, &[2, 6]), |b, x| {
        let boxed = |at: usize| statistics(5).map(|p| Parameter { slice: vec![at..at + 2], ..p });
        let y = b.batch_norm(x, boxed(1))?;
        let y = b.op(Op::Tanh, &[y])?;
        b.batch_norm(y, boxed(2))
    })
}

/// `normalize`, of a whole value and of a transposed slice, the form of generated weights.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn normalize(subject: &mut Subject<'_>) -> Result<()> {
    for dims in [&[5][..], &[3, 4], &[2, 3, 2, 2]] {
        one(subject, "normalize", (false, dims), |b, x| b.op(Op::Normalize, &[x]))?;
    }
    one(subject, "normalize of a transposed slice", (false, &[6, 9]), |b, x| {
        let s = b.op(Op::Slice { ranges: vec![1..5, 2..8] }, &[x])?;
        let p = b.op(Op::Permute { axes: vec![1, 0] }, &[s])?;
        let n = b.op(Op::Normalize, &[p])?;
        b.op(Op::Reshape { dims: vec![6, 4, 1, 1] }, &[n])
    })
}
