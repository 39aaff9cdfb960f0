//! Building graphs op by op, with immediate shape inference.

mod activations;
mod pooling;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use pooling::PoolSpec;

use super::json::is_zero;
use super::{Graph, Node, Op, Parameter, Shape, ValueId};
use crate::error::{Error, Result};
use crate::tensor::MOST_VALUES;

/// Settings of a convolution; empty lists mean ones (stride, dilation) and zeros (padding).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConvSpec {
    /// Stride per axis.
    pub stride: Vec<usize>,
    /// Zero padding on both sides, per axis.
    pub padding: Vec<usize>,
    /// Dilation: the distance of taps per axis.
    pub dilation: Vec<usize>,
    /// Channel groups; 0 means 1.
    pub groups: usize,
}

impl ConvSpec {
    /// Stride 1 and "same" padding, which keeps the extents; for odd kernels.
    pub fn same(kernel: &[usize], dilation: &[usize], groups: usize) -> Self {
        Self {
            padding: kernel
                .iter()
                .zip(dilation)
                .map(|(k, d)| k.saturating_sub(1).saturating_mul(*d) / 2)
                .collect(),
            dilation: dilation.to_vec(),
            groups,
            stride: Vec::new(),
        }
    }
}

/// Most multiply-accumulates of one op: sums over all ops of a network fit into 64 bits.
const MOST_MACS: u64 = 1 << 50;

/// Refuses values that no machine can hold, before anything is counted or allocated.
fn small_enough(what: &str, shape: &Shape) -> Result<()> {
    if shape.len() <= MOST_VALUES && shape.dims.iter().all(|&extent| extent <= MOST_VALUES) {
        return Ok(());
    }
    Err(Error::Limit(format!(
        "{what}: expected at most {MOST_VALUES} values, found {shape}: such a network is too large"
    )))
}

/// Builds a [`Graph`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: Graph,
}

impl From<Graph> for Builder {
    fn from(graph: Graph) -> Self {
        Self { graph }
    }
}

impl Builder {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// The shape of a value built so far.
    pub fn shape(&self, id: ValueId) -> &Shape {
        self.graph.shape(id)
    }

    /// Names the results and returns the graph.
    pub fn finish<N: Into<String>>(mut self, outputs: impl IntoIterator<Item = (N, ValueId)>) -> Graph {
        self.graph.outputs.extend(outputs.into_iter().map(|(name, id)| (name.into(), id)));
        self.graph
    }

    fn push(&mut self, op: Op, inputs: &[ValueId], shape: Shape) -> ValueId {
        self.graph.nodes.push(Node { op, inputs: inputs.to_vec(), shape });
        ValueId(self.graph.nodes.len() as u32 - 1)
    }

    /// Appends any op; its shape is inferred.
    ///
    /// # Errors
    /// When shapes do not fit, with the op and the shapes found.
    pub fn op(&mut self, mut op: Op, inputs: &[ValueId]) -> Result<ValueId> {
        if let Op::Pool { padding, .. } = &mut op
            && is_zero(padding)
        {
            padding.clear();
        }
        let shapes: Vec<&Shape> = inputs.iter().map(|&id| self.graph.shape(id)).collect();
        let shape = op.infer(&shapes).map_err(|expected| {
            let found: Vec<String> = shapes.iter().map(ToString::to_string).collect();
            Error::graph(format!("{}: expected {expected}, found {}", op.name(), found.join(" and ")))
        })?;
        let macs = match (&op, &shapes[..]) {
            (Op::Conv { .. } | Op::Linear, [_, weight, ..]) => shape.macs_by(weight),
            _ => 0,
        };
        if macs > MOST_MACS {
            let name = op.name();
            return Err(Error::Limit(format!(
                "{name}: expected at most {MOST_MACS} multiply-accumulates, found more: such a network is too large"
            )));
        }
        small_enough(op.name(), &shape)?;
        Ok(self.push(op, inputs, shape))
    }

    /// A value fed at run time.
    pub fn input(&mut self, name: &str, batched: bool, dims: &[usize]) -> ValueId {
        self.push(Op::Input { name: name.to_owned() }, &[], Shape::new(batched, dims))
    }

    /// A parameter or buffer as a value.
    ///
    /// # Errors
    /// When its slice does not lie within its stored tensor.
    pub fn parameter(&mut self, parameter: Parameter) -> Result<ValueId> {
        let fits = parameter.slice.len() == parameter.stored.len()
            && parameter.slice.iter().zip(&parameter.stored).all(|(r, &d)| r.start <= r.end && r.end <= d);
        if !fits {
            return Err(Error::graph(format!(
                "parameter {}: its slice does not lie in its stored tensor {}",
                parameter.name,
                Shape::new(false, &parameter.stored[..])
            )));
        }
        let shape = Shape::new(false, parameter.dims());
        small_enough("parameter", &shape)?;
        small_enough("parameter", &Shape::new(false, &parameter.stored[..]))?;
        self.graph.parameters.push(parameter);
        let index = self.graph.parameters.len() - 1;
        Ok(self.push(Op::Parameter { index }, &[], shape))
    }

    /// Convolution.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn conv(&mut self, x: ValueId, w: ValueId, spec: ConvSpec) -> Result<ValueId> {
        let rank = self.shape(x).extents().len();
        let or = |list: Vec<usize>, value| if list.is_empty() { vec![value; rank] } else { list };
        let op = Op::Conv {
            stride: or(spec.stride, 1),
            padding: or(spec.padding, 0),
            dilation: or(spec.dilation, 1),
            groups: spec.groups.max(1),
        };
        self.op(op, &[x, w])
    }

    /// Convolution whose weight is a parameter.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn conv_by(&mut self, x: ValueId, w: Parameter, spec: ConvSpec) -> Result<ValueId> {
        let w = self.parameter(w)?;
        self.conv(x, w, spec)
    }

    /// Classifier head: global average pooling, then a fully connected layer.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn head(&mut self, x: ValueId, w: Parameter, bias: Parameter) -> Result<ValueId> {
        let pooled = self.global_average_pool(x)?;
        self.linear_by(pooled, w, bias)
    }

    /// Fully connected layer.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn linear(&mut self, x: ValueId, w: ValueId, b: ValueId) -> Result<ValueId> {
        self.op(Op::Linear, &[x, w, b])
    }

    /// Fully connected layer whose weight and bias are parameters.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn linear_by(&mut self, x: ValueId, w: Parameter, b: Parameter) -> Result<ValueId> {
        let (w, b) = (self.parameter(w)?, self.parameter(b)?);
        self.linear(x, w, b)
    }

    /// Sum of two values.
    ///
    /// # Errors
    /// When their shapes differ.
    pub fn add(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.op(Op::Add, &[a, b])
    }

    /// Product of two values.
    ///
    /// # Errors
    /// When their shapes differ.
    pub fn mul(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.op(Op::Mul, &[a, b])
    }

    /// Concatenation along channels; a single value is returned unchanged.
    ///
    /// # Errors
    /// When the other extents differ.
    pub fn concat(&mut self, values: &[ValueId]) -> Result<ValueId> {
        if let [one] = values { Ok(*one) } else { self.op(Op::Concat, values) }
    }

    /// The slice `range` of a value's channels; the full range is the value itself.
    ///
    /// # Errors
    /// When the range exceeds the channels.
    pub fn channels(&mut self, x: ValueId, range: Range<usize>) -> Result<ValueId> {
        let shape = self.shape(x);
        if range == (0..shape.channels()) {
            return Ok(x);
        }
        let mut ranges = vec![range];
        ranges.extend(shape.extents().iter().map(|&e| 0..e));
        self.op(Op::Slice { ranges }, &[x])
    }

    /// Batch norm; the statistics are `gamma, beta, mean, variance` in this order, owned or shared.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn batch_norm(&mut self, x: ValueId, statistics: [Parameter; 4]) -> Result<ValueId> {
        let mut inputs = vec![x];
        for parameter in statistics {
            inputs.push(self.parameter(parameter)?);
        }
        self.op(Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }, &inputs)
    }

    /// Adds the training loss to a network: the input `labels`, the outputs `log_probs` and `loss`.
    ///
    /// # Errors
    /// When `logits` is not a batched `[classes]`.
    pub fn with_loss(mut self, logits: ValueId) -> Result<Graph> {
        let log_probs = self.op(Op::LogSoftmax, &[logits])?;
        let labels = self.input("labels", true, &[]);
        let loss = self.op(Op::NegativeLogLikelihood, &[log_probs, labels])?;
        Ok(self.finish([("log_probs", log_probs), ("loss", loss)]))
    }
}
