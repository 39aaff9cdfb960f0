//! Which operators of ONNX compute an op. Attributes of a node whose batch is its first axis.

use smash_core::graph::{Op, PoolKind};

use super::proto::{Attribute, Kind};
use crate::program::Layer;
use crate::{Error, Result};

/// An operator that computes a layer from its batched operands.
pub(super) struct Operator {
    /// Name of the operator.
    pub(super) name: &'static str,
    /// How it is computed.
    pub(super) attributes: Vec<Attribute>,
    /// Operands that are lists of whole numbers, after those of the layer: a name and the numbers.
    pub(super) lists: Vec<(&'static str, Vec<i64>)>,
    /// Operands that are one number, after those of the layer: a name and the number.
    pub(super) numbers: Vec<(&'static str, f32)>,
}

impl Operator {
    fn new(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self { name, attributes, lists: Vec::new(), numbers: Vec::new() }
    }
}

/// The operator for a layer; `read` has the extents of its first operand.
pub(super) fn operator(layer: &Layer, read: &[usize]) -> Result<Operator> {
    check_rank(layer, read)?;
    let plain = |name| Operator::new(name, Vec::new());
    Ok(match &layer.op {
        Op::Conv { stride, padding, dilation, groups } => Operator::new(
            "Conv",
            vec![
                ints("dilations", dilation),
                int("group", *groups as i64),
                ints("kernel_shape", &layer.constants[0].value.shape()[2..]),
                ints("pads", &[&padding[..], padding].concat()),
                ints("strides", stride),
            ],
        ),
        Op::Linear => Operator::new("Gemm", vec![int("transB", 1)]),
        Op::BatchNorm { epsilon, .. } => {
            Operator::new("BatchNormalization", vec![float("epsilon", *epsilon)])
        }
        Op::LeakyRelu { slope } if *slope == 0.0 => plain("Relu"),
        Op::LeakyRelu { slope } => Operator::new("LeakyRelu", vec![float("alpha", *slope)]),
        Op::Tanh => plain("Tanh"),
        Op::Sigmoid => plain("Sigmoid"),
        Op::Clamp { low, high } => {
            Operator { numbers: vec![("low", *low), ("high", *high)], ..plain("Clip") }
        }
        Op::HardSigmoid => Operator::new("HardSigmoid", vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)]),
        Op::HardSwish => plain("HardSwish"),
        Op::Add | Op::Bias => plain("Add"),
        Op::Mul | Op::Gain => plain("Mul"),
        Op::Scale { factor } => Operator { numbers: vec![("factor", *factor)], ..plain("Mul") },
        Op::Concat => Operator::new("Concat", vec![int("axis", 1)]),
        Op::Slice { .. } if layer.dims == read => plain("Identity"),
        Op::Slice { ranges } => {
            let cut = || ranges.iter().zip(read).enumerate().filter(|(_, (range, e))| **range != (0..**e));
            let lists = vec![
                ("starts", cut().map(|(_, (range, _))| range.start as i64).collect()),
                ("ends", cut().map(|(_, (range, _))| range.end as i64).collect()),
                ("axes", cut().map(|(axis, _)| axis as i64 + 1).collect()),
            ];
            Operator { lists, ..plain("Slice") }
        }
        // 0 keeps the batch.
        Op::Reshape { dims } => {
            let shape = std::iter::once(0).chain(dims.iter().map(|&d| d as i64)).collect();
            Operator { lists: vec![("shape", shape)], ..plain("Reshape") }
        }
        Op::Permute { axes } => {
            let axes: Vec<usize> = std::iter::once(0).chain(axes.iter().map(|axis| axis + 1)).collect();
            Operator::new("Transpose", vec![ints("perm", &axes)])
        }
        Op::Pool { kind, window, stride, padding } => {
            let name = match kind {
                PoolKind::Average => "AveragePool",
                PoolKind::Max => "MaxPool",
            };
            let mut attributes = vec![ints("kernel_shape", window), ints("strides", stride)];
            if padding.iter().any(|&p| p > 0) {
                attributes.push(ints("pads", &[&padding[..], padding].concat()));
            }
            Operator::new(name, attributes)
        }
        // `[c]` is its own mean; otherwise the writer flattens the result.
        Op::GlobalAveragePool if read.len() == 1 => plain("Identity"),
        Op::GlobalAveragePool => plain("GlobalAveragePool"),
        Op::LogSoftmax => Operator::new("LogSoftmax", vec![int("axis", 1)]),
        Op::Input { .. } | Op::Parameter { .. } | Op::Normalize | Op::NegativeLogLikelihood => {
            return Err(refused(layer, "is no layer of a network for inference"));
        }
    })
}

/// Runtimes have windows of up to three axes.
fn check_rank(layer: &Layer, read: &[usize]) -> Result<()> {
    let windows = matches!(layer.op, Op::Pool { .. } | Op::GlobalAveragePool);
    if windows && read.len() > 4 {
        return Err(refused(layer, &format!("expected at most 3 spatial extents, found {:?}", &read[1..])));
    }
    Ok(())
}

fn refused(layer: &Layer, problem: &str) -> Error {
    Error::Op { node: layer.node, op: layer.op.name(), problem: problem.to_owned() }
}

pub(super) fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), i: Some(value), r#type: Kind::Int.into(), ..Attribute::default() }
}

fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: name.into(), f: Some(value), r#type: Kind::Float.into(), ..Attribute::default() }
}

fn ints(name: &str, values: &[usize]) -> Attribute {
    let ints = values.iter().map(|&v| v as i64).collect();
    Attribute { name: name.into(), ints, r#type: Kind::Ints.into(), ..Attribute::default() }
}
