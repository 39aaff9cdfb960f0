//! Numerical gradients: central differences through the reference.

use super::reference::{Named, run};
use crate::backend::Mode;
use crate::graph::{Graph, ValueId};
use crate::tensor::Tensor;

/// A scalar objective: the sum of a graph's outputs, weighted by output gradients, as a function of inputs
/// and parameters.
pub(super) struct Objective<'a> {
    /// The graph, run in training mode.
    pub graph: &'a Graph,
    /// Batch size.
    pub batch: usize,
    /// Weights of the outputs, in the order of the outputs.
    pub output_gradients: &'a [(String, Tensor)],
    /// Inputs at which the derivative is taken.
    pub inputs: &'a Named,
    /// Stored tensors at which the derivative is taken.
    pub stored: &'a Named,
}

impl Objective<'_> {
    fn at(&self, inputs: &Named, stored: &Named) -> f64 {
        let values = run(self.graph, Mode::Train, self.batch, inputs, stored).values;
        let of = |((_, id), (_, seed)): (&(String, ValueId), &(String, Tensor))| -> f64 {
            values[id.index()].iter().zip(seed.data()).map(|(v, s)| v * f64::from(*s)).sum()
        };
        self.graph.outputs.iter().zip(self.output_gradients).map(of).sum()
    }

    /// The derivative with respect to element `i` of an input or a stored tensor.
    pub(super) fn slope(&self, of_input: bool, name: &str, i: usize) -> f64 {
        let value = |by: f64| {
            let (mut inputs, mut stored) = (self.inputs.clone(), self.stored.clone());
            let named = if of_input { &mut inputs } else { &mut stored };
            if let Some((_, values)) = named.get_mut(name) {
                values[i] += by;
            }
            self.at(&inputs, &stored)
        };
        (value(1e-5) - value(-1e-5)) / 2e-5
    }
}
