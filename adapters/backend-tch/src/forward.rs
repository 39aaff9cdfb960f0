//! The forward pass: interprets a graph op by op.

use smash_core::Result;
use smash_core::backend::Mode;
use smash_core::graph::{Graph, Node, Op, Role};
use smash_core::{Error, graph::Parameter};
use tch::{Kind, Reduction, TchError, Tensor};

use crate::convolution::{Conv, pool};
use crate::error::At;
use crate::host_tensor::{download, sizes};
use crate::norm::Norm;
use crate::store::{Store, boxed};

/// A forward pass in progress.
pub(crate) struct Forward<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// The mode of the run: train, eval or calibrate.
    pub mode: Mode,
    /// Whether convolutions use the channels-last layout.
    pub channels_last: bool,
    /// Parameters and buffers.
    pub store: &'a mut Store,
    /// Values of nodes: the inputs at the start; a value is dropped after its last use.
    pub values: Vec<Option<Tensor>>,
    /// Parameters that autograd tracks, by node.
    pub leaves: Vec<(usize, Tensor)>,
}

impl Forward<'_> {
    /// Evaluates the needed nodes; the values of `kept` are not dropped.
    pub(crate) fn run(&mut self, needed: &[bool], kept: &[usize]) -> Result<()> {
        let graph = self.graph;
        let mut uses = vec![0usize; graph.nodes.len()];
        kept.iter().for_each(|&node| uses[node] += 1);
        let nodes = || graph.nodes.iter().enumerate().filter(|(i, _)| needed[*i]);
        nodes().flat_map(|(_, node)| &node.inputs).for_each(|input| uses[input.index()] += 1);
        for (i, node) in nodes() {
            let value = match &node.op {
                Op::Input { .. } => continue,
                Op::Parameter { index } => self.parameter(i, &graph.parameters[*index])?,
                Op::BatchNorm { epsilon, momentum } => self.batch_norm(node, *epsilon, *momentum)?,
                Op::NegativeLogLikelihood => self.loss(node)?,
                _ => self.value(node).at(|| self.place(i, node))?,
            };
            self.values[i] = Some(value);
            for input in &node.inputs {
                uses[input.index()] -= 1;
                if uses[input.index()] == 0 {
                    self.values[input.index()] = None;
                }
            }
        }
        Ok(())
    }

    fn place(&self, i: usize, node: &Node) -> String {
        format!("node {i} ({}) of the shape {}", node.op.name(), node.shape)
    }

    /// The value of a node's `k`-th input.
    fn input(&self, node: &Node, k: usize) -> Result<&Tensor, TchError> {
        let missing = || TchError::Convert(format!("node {} has no value in this run", node.inputs[k].0));
        self.values[node.inputs[k].index()].as_ref().ok_or_else(missing)
    }

    fn is_batched(&self, node: &Node, k: usize) -> bool {
        self.graph.shape(node.inputs[k]).batched
    }

    /// Applies a function that keeps the batch axis to the first input, as a batch.
    fn batched(
        &self,
        node: &Node,
        f: impl FnOnce(&Tensor) -> Result<Tensor, TchError>,
    ) -> Result<Tensor, TchError> {
        let x = self.input(node, 0)?;
        if self.is_batched(node, 0) { f(x) } else { f(&x.f_unsqueeze(0)?)?.f_squeeze_dim(0) }
    }

    fn parameter(&mut self, i: usize, parameter: &Parameter) -> Result<Tensor> {
        let value = self.store.load(parameter)?;
        if self.mode != Mode::Train || parameter.role == Role::Buffer {
            return Ok(value);
        }
        let leaf = leaf(&value).at(|| format!("parameter {:?}", parameter.name))?;
        self.leaves.push((i, leaf.shallow_clone()));
        Ok(leaf)
    }

    /// Ops that only read values.
    fn value(&self, node: &Node) -> Result<Tensor, TchError> {
        let x = self.input(node, 0)?;
        // Index of the first extent.
        let first = usize::from(self.is_batched(node, 0));
        match &node.op {
            Op::Conv { stride, padding, dilation, groups } => {
                let conv = Conv { stride, padding, dilation, groups: *groups };
                let w = self.input(node, 1)?;
                self.batched(node, |x| conv.apply(x, w, self.channels_last))
            }
            Op::Linear => x.f_linear(self.input(node, 1)?, Some(self.input(node, 2)?)),
            Op::LeakyRelu { slope } if *slope == 0.0 => x.f_relu(),
            Op::LeakyRelu { slope } => {
                let slope = Tensor::f_from_slice(&[*slope])?.f_to_device(x.device())?;
                x.f_prelu(&slope)
            }
            Op::Tanh => x.f_tanh(),
            Op::Sigmoid => x.f_sigmoid(),
            Op::Clamp { low: 0.0, high: 6.0 } => x.f_relu6(),
            Op::Clamp { low, high } => clamp(x, f64::from(*low), f64::from(*high)),
            Op::HardSigmoid => x.f_hardsigmoid(),
            Op::HardSwish => x.f_hardswish(),
            Op::Scale { factor } => x.f_mul_scalar(f64::from(*factor)),
            Op::Add => x.f_add(self.input(node, 1)?),
            Op::Mul => x.f_mul(self.input(node, 1)?),
            Op::Bias | Op::Gain => {
                let batch = self.is_batched(node, 1).then_some(-1);
                let mut extents = vec![1; node.shape.dims.len()];
                extents[0] = node.shape.dims[0] as i64;
                let extents: Vec<i64> = batch.into_iter().chain(extents).collect();
                let vector = self.input(node, 1)?.f_reshape(extents)?;
                if node.op == Op::Bias { x.f_add(&vector) } else { x.f_mul(&vector) }
            }
            Op::Concat => {
                let all =
                    (0..node.inputs.len()).map(|k| self.input(node, k)).collect::<Result<Vec<_>, _>>()?;
                Tensor::f_cat(&all, first as i64)
            }
            Op::Slice { ranges } => boxed(x, ranges, first),
            Op::Reshape { dims } => {
                let batch = (first == 1).then(|| x.size()[0]);
                x.f_reshape(batch.into_iter().chain(sizes(dims)).collect::<Vec<_>>())
            }
            Op::Permute { axes } => {
                let moved = axes.iter().map(|&axis| (axis + first) as i64);
                x.f_permute((0..first as i64).chain(moved).collect::<Vec<_>>())
            }
            Op::Normalize => x.f_div(&x.f_norm()?),
            Op::Pool { kind, window, stride, padding } => {
                self.batched(node, |x| pool(x, *kind, [window, stride, padding]))
            }
            Op::GlobalAveragePool => {
                let planes: Vec<i64> = (first as i64 + 1..x.dim() as i64).collect();
                if planes.is_empty() {
                    return Ok(x.shallow_clone());
                }
                x.f_mean_dim(planes.as_slice(), false, None)
            }
            Op::LogSoftmax => x.f_log_softmax(-1, None),
            Op::Input { .. } | Op::Parameter { .. } | Op::BatchNorm { .. } | Op::NegativeLogLikelihood => {
                Err(TchError::Convert(format!("{} does not belong here", node.op.name())))
            }
        }
    }

    fn batch_norm(&mut self, node: &Node, epsilon: f32, momentum: f32) -> Result<Tensor> {
        let what = || format!("batch_norm of the shape {}", node.shape);
        let run = || {
            let norm = Norm {
                gamma: self.input(node, 1)?,
                beta: self.input(node, 2)?,
                running: [self.input(node, 3)?, self.input(node, 4)?],
                epsilon: f64::from(epsilon),
                momentum: f64::from(momentum),
            };
            let mut changed = None;
            let y = self.batched(node, |x| {
                let (y, new) = norm.apply(x, self.mode)?;
                changed = new;
                Ok(y)
            })?;
            Ok::<_, TchError>((y, changed))
        };
        let (y, changed) = run().at(what)?;
        for (k, values) in changed.iter().flatten().enumerate() {
            if let Op::Parameter { index } = self.graph.node(node.inputs[3 + k]).op {
                self.store.replace(&self.graph.parameters[index], values)?;
            }
        }
        Ok(y)
    }

    /// Mean negative log-likelihood. Labels are checked here: on CUDA an invalid one would break the whole
    /// process.
    fn loss(&self, node: &Node) -> Result<Tensor> {
        let what = || format!("negative_log_likelihood of {}", self.graph.shape(node.inputs[0]));
        let labels = self.input(node, 1).at(what)?;
        let classes = self.graph.shape(node.inputs[0]).dims[0];
        let fits = |v: f32| v >= 0.0 && v < classes as f32 && v.fract() == 0.0;
        if let Some(label) = download(labels)?.data().iter().find(|v| !fits(**v)) {
            return Err(Error::backend(format!("label {label}: expected a class of 0..{classes}")));
        }
        let run = || {
            let labels = labels.f_to_kind(Kind::Int64)?;
            self.input(node, 0)?.f_nll_loss(&labels, None::<&Tensor>, Reduction::Mean, -100)
        };
        run().at(what)
    }
}

/// `hardtanh`, for which tch takes no bounds: two thresholds, whose derivatives are 0 where they are met.
/// That of libtorch's `clamp` is 1 there.
fn clamp(x: &Tensor, low: f64, high: f64) -> Result<Tensor, TchError> {
    x.f_threshold(low, low)?.f_neg()?.f_threshold(-high, -high)?.f_neg()
}

/// The same values as a leaf of autograd.
pub(crate) fn leaf(value: &Tensor) -> Result<Tensor, TchError> {
    value.f_detach()?.f_set_requires_grad(true)
}
