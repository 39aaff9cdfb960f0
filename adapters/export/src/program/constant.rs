//! Evaluation of unbatched values: slices of stored tensors, and what is computed from them.

use std::collections::BTreeMap;
use std::ops::Range;

use smash_core::graph::{Graph, Node, Op, Parameter, Shape};
use smash_core::tensor::Tensor;

use super::Constant;
use crate::{Error, Result};

/// The value of an unbatched node whose unbatched operands are known.
pub(super) fn evaluate(
    graph: &Graph,
    weights: &BTreeMap<String, Tensor>,
    index: usize,
    operands: &[&Constant],
) -> Result<Constant> {
    let node = &graph.nodes[index];
    if let Op::Parameter { index } = node.op {
        return stored(&graph.parameters[index], weights);
    }
    let values: Vec<&Tensor> = operands.iter().map(|c| &c.value).collect();
    let problem =
        "expected a batched value, or one computed from parameters elementwise or by a change of shape";
    let refused = || Error::Op { node: index, op: node.op.name(), problem: problem.into() };
    let value = compute(node, &values).ok_or_else(refused)?;
    Ok(Constant { name: operands.first().map(|c| c.name.clone()).unwrap_or_default(), value })
}

/// The slice of a stored tensor that a graph uses.
fn stored(parameter: &Parameter, weights: &BTreeMap<String, Tensor>) -> Result<Constant> {
    let wrong = |problem| Error::Weights { name: parameter.name.clone(), problem };
    let tensor = weights.get(&parameter.name).ok_or_else(|| {
        wrong(format!(
            "expected weights {:?}, found none of that name: is this another network's file?",
            parameter.stored
        ))
    })?;
    if tensor.shape() != parameter.stored {
        return Err(wrong(format!(
            "expected weights {:?}, found {:?}: is this another network's file?",
            parameter.stored,
            tensor.shape()
        )));
    }
    let value = if parameter.is_whole() { tensor.clone() } else { slice(tensor, &parameter.slice) };
    Ok(Constant { name: parameter.name.clone(), value })
}

/// `None` for an op that is not evaluated here.
fn compute(node: &Node, values: &[&Tensor]) -> Option<Tensor> {
    let (&first, rest) = values.split_first()?;
    let same = first.shape().to_vec();
    let data = match &node.op {
        Op::Normalize => {
            let norm = first.data().iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            map(first, |v| (f64::from(v) / norm) as f32)
        }
        Op::Scale { factor } => map(first, |v| v * factor),
        Op::LeakyRelu { slope } => map(first, |v| if v > 0.0 { v } else { v * slope }),
        Op::Tanh => map(first, f32::tanh),
        Op::Sigmoid => map(first, |v| 1.0 / (1.0 + (-v).exp())),
        Op::Clamp { low, high } => map(first, |v| v.max(*low).min(*high)),
        Op::HardSigmoid => map(first, hard_sigmoid),
        Op::HardSwish => map(first, |v| v * hard_sigmoid(v)),
        Op::Add => first.data().iter().zip(rest.first()?.data()).map(|(a, b)| a + b).collect(),
        Op::Mul => first.data().iter().zip(rest.first()?.data()).map(|(a, b)| a * b).collect(),
        Op::Bias => per_channel(first, rest.first()?, |a, b| a + b),
        Op::Gain => per_channel(first, rest.first()?, |a, b| a * b),
        Op::Reshape { dims } => return Tensor::new(dims.clone(), first.data().to_vec()),
        Op::Slice { ranges } => return Some(slice(first, ranges)),
        Op::Permute { axes } => return permute(first, axes),
        // Channels are the outermost extent: their values lie one after the other.
        Op::Concat => {
            let data = values.iter().flat_map(|t| t.data().iter().copied()).collect();
            return Tensor::new(node.shape.dims.clone(), data);
        }
        _ => return None,
    };
    Tensor::new(same, data)
}

fn hard_sigmoid(v: f32) -> f32 {
    (v + 3.0).clamp(0.0, 6.0) / 6.0
}

fn map(x: &Tensor, f: impl Fn(f32) -> f32) -> Vec<f32> {
    x.data().iter().map(|&v| f(v)).collect()
}

fn per_channel(x: &Tensor, vector: &Tensor, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let inner = x.data().len() / vector.data().len().max(1);
    x.data().iter().enumerate().map(|(i, &v)| f(v, vector.data()[i / inner])).collect()
}

/// The values of a box.
fn slice(x: &Tensor, ranges: &[Range<usize>]) -> Tensor {
    let dims: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
    let steps = strides(x.shape());
    let start: usize = ranges.iter().zip(&steps).map(|(range, step)| range.start * step).sum();
    gather(x, start, &dims, &steps).unwrap_or_default()
}

fn permute(x: &Tensor, axes: &[usize]) -> Option<Tensor> {
    let steps = strides(x.shape());
    let dims: Vec<usize> = axes.iter().map(|&axis| x.shape()[axis]).collect();
    gather(x, 0, &dims, &axes.iter().map(|&axis| steps[axis]).collect::<Vec<_>>())
}

/// Row-major strides.
fn strides(dims: &[usize]) -> Vec<usize> {
    (0..dims.len()).map(|axis| dims[axis + 1..].iter().product()).collect()
}

/// The tensor with these extents whose value at a position is that of `x` at `start` plus the position times
/// the steps.
fn gather(x: &Tensor, start: usize, dims: &[usize], steps: &[usize]) -> Option<Tensor> {
    let places = strides(dims);
    let value = |i: usize| {
        let offset: usize = (0..dims.len()).map(|axis| i / places[axis] % dims[axis] * steps[axis]).sum();
        x.data()[start + offset]
    };
    let data = (0..Shape::new(false, dims).len()).map(value).collect();
    Tensor::new(dims.to_vec(), data)
}
