//! One check for each op: values in every mode and all gradients, with and without a batch, in every spatial
//! rank.

mod clamped;
mod convolution;
mod elementwise;
mod head;
mod norm;
mod pooling;
mod shapes;

pub use clamped::{clamp, hard_sigmoid, hard_swish};
pub use convolution::conv;
pub use elementwise::{add, bias, gain, leaky_relu, mul, scale, sigmoid, tanh};
pub use head::{linear, log_softmax, negative_log_likelihood};
pub use norm::{batch_norm, normalize};
pub use pooling::{average_pool, global_average_pool, max_pool};
pub use shapes::{concat, permute, reshape, slice};

use super::Subject;
use crate::error::Result;
use crate::graph::{Builder, Init, Parameter, ValueId};

/// Checks a graph from an input `x` to an output `y`, with a batch of 3 if `batched`.
fn one(
    subject: &mut Subject<'_>,
    what: &str,
    (batched, dims): (bool, &[usize]),
    build: impl FnOnce(&mut Builder, ValueId) -> Result<ValueId>,
) -> Result<()> {
    let mut b = Builder::new();
    let x = b.input("x", batched, dims);
    let y = build(&mut b, x)?;
    let batch = if batched { "batch×" } else { "" };
    subject.graph(&format!("{what} of {batch}{dims:?}"), &b.finish([("y", y)]), 3)
}

/// The same with a batched and an unbatched input.
fn both(
    subject: &mut Subject<'_>,
    what: &str,
    dims: &[usize],
    build: impl Fn(&mut Builder, ValueId) -> Result<ValueId>,
) -> Result<()> {
    [true, false].into_iter().try_for_each(|batched| one(subject, what, (batched, dims), &build))
}

/// An owned parameter.
fn weight(b: &mut Builder, name: &str, dims: &[usize]) -> Result<ValueId> {
    b.parameter(Parameter::own(name, dims, Init::Orthogonal))
}
