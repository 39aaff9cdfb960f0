//! Layers: batched ops with the constants they read.

use smash_core::graph::Op;
use smash_core::tensor::Tensor;

/// An unbatched value, computed from weights alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    /// Name of the parameter, or of the first one that it was computed from.
    pub(crate) name: String,
    pub(crate) value: Tensor,
}

/// A batched op.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// Index of its node in the graph, for messages.
    pub(crate) node: usize,
    pub(crate) op: Op,
    /// Indices of the layers whose results it reads.
    pub(crate) reads: Vec<usize>,
    /// Its unbatched operands: the weight of a convolution, and its bias where batch norm was folded into
    /// it; weight and bias of a linear layer; γ, β, mean and variance of a batch norm; the vector of a bias
    /// or a gain, which otherwise it reads.
    pub(crate) constants: Vec<Constant>,
    /// Extents of the result without the batch.
    pub(crate) dims: Vec<usize>,
    /// Where it stands: the name of its parameters without what they share (`block0.op1.norm0`), unique;
    /// that of what it reads for a layer without parameters.
    pub(crate) path: String,
}

impl Layer {
    /// Number of spatial axes of its result.
    pub(crate) fn rank(&self) -> usize {
        self.dims.len().saturating_sub(1)
    }
}

/// A network for inference. The first layer is the input, the last one computes the logits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    /// In topological order.
    pub(crate) layers: Vec<Layer>,
}

impl Program {
    /// The input's extents without the batch: channels first.
    pub(crate) fn input(&self) -> &[usize] {
        &self.layers[0].dims
    }

    /// Number of classes.
    pub(crate) fn classes(&self) -> usize {
        self.layers[self.layers.len() - 1].dims[0]
    }

    /// For each layer the layers that read its result, once for each time they do.
    pub(crate) fn readers(&self) -> Vec<Vec<usize>> {
        let mut readers = vec![Vec::new(); self.layers.len()];
        for (i, layer) in self.layers.iter().enumerate() {
            layer.reads.iter().for_each(|&read| readers[read].push(i));
        }
        readers
    }
}
