//! The ops of a classifier's head.

use super::{Subject, both, weight};
use crate::error::Result;
use crate::graph::{Builder, Op};

/// `linear`.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn linear(subject: &mut Subject<'_>) -> Result<()> {
    both(subject, "linear to [3]", &[7], |b, x| {
        let (w, v) = (weight(b, "w", &[3, 7])?, weight(b, "b", &[3])?);
        b.linear(x, w, v)
    })
}

/// `log_softmax`, also of large numbers.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn log_softmax(subject: &mut Subject<'_>) -> Result<()> {
    for factor in [1.0, 100.0] {
        both(subject, &format!("log_softmax of values times {factor}"), &[4], |b, x| {
            let x = b.op(Op::Scale { factor }, &[x])?;
            b.op(Op::LogSoftmax, &[x])
        })?;
    }
    Ok(())
}

/// `negative_log_likelihood`, with and without `log_softmax` before it.
///
/// # Errors
/// When the engine fails or is too far from the reference.
pub fn negative_log_likelihood(subject: &mut Subject<'_>) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3]);
    subject.graph("cross-entropy of batch×[3]", &b.with_loss(x)?, 5)?;
    let mut b = Builder::new();
    let (x, labels) = (b.input("x", true, &[3]), b.input("labels", true, &[]));
    let y = b.op(Op::NegativeLogLikelihood, &[x, labels])?;
    subject.graph("negative_log_likelihood of batch×[3]", &b.finish([("y", y)]), 4)
}
