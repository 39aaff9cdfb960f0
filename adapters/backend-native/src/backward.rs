//! Propagating gradients back through a kept run.

mod layers;

use std::sync::Arc;

use smash_core::Result;
use smash_core::graph::Op;

use crate::gradients::Gradients;
use crate::kernel::Primitives;
use crate::layout::{self, Grain};
use crate::memory::{Buffer, own};
use crate::ops::{batch_norm, elementwise, pool, shape, softmax};
use crate::plan::{Compiled, Kind, differentiable};
use crate::values::{Extra, Values};

/// A backward pass.
pub(crate) struct Backward<'a> {
    /// What was run.
    pub plan: &'a Compiled,
    /// With which kernels.
    pub primitives: &'a Primitives,
    /// What the run kept.
    pub values: Values,
    /// Gradients so far.
    pub gradients: Gradients<'a>,
    /// Nodes through which gradients are wanted.
    pub active: Vec<bool>,
}

/// Nodes that lie between wanted inputs or weights and the output_gradients.
pub(crate) fn active(plan: &Compiled, output_gradients: &[usize], wanted: &[usize]) -> Vec<bool> {
    let nodes = &plan.graph.nodes;
    let inputs =
        |i: usize| nodes[i].inputs.iter().enumerate().filter(move |(k, _)| differentiable(&nodes[i].op, *k));
    let mut reached = vec![false; nodes.len()];
    for i in 0..nodes.len() {
        reached[i] = wanted.contains(&i) || plan.is_weight(i) || inputs(i).any(|(_, id)| reached[id.index()]);
    }
    let mut seeded = vec![false; nodes.len()];
    output_gradients.iter().for_each(|&i| seeded[i] = true);
    for i in (0..nodes.len()).rev().filter(|&i| reached[i]) {
        if seeded[i] {
            inputs(i).for_each(|(_, id)| seeded[id.index()] = true);
        }
    }
    reached.iter().zip(seeded).map(|(a, b)| *a && b).collect()
}

impl Backward<'_> {
    /// Visits all nodes, last first. Gradients of inputs are left for the caller to take.
    pub(crate) fn run(&mut self) -> Result<()> {
        let plan = self.plan;
        for i in (0..plan.graph.nodes.len()).rev() {
            match (&plan.graph.nodes[i].op, plan.kinds[i]) {
                (_, Kind::View | Kind::Fused) | (Op::Input { .. }, _) => continue,
                (Op::Parameter { .. }, _) => {
                    if plan.is_weight(i) {
                        self.gradients.store_box(i)?;
                    }
                }
                (op, kind) => {
                    if let Some(gradient) = self.gradients.take(i).filter(|_| self.active[i]) {
                        match kind {
                            Kind::Copy => self.copied(i, gradient)?,
                            _ => self.node(i, op, gradient)?,
                        }
                    }
                }
            }
            // Later nodes are done, so nobody reads this value any more.
            self.values.buffers[i] = None;
        }
        Ok(())
    }

    fn wants(&self, node: usize, input: usize) -> bool {
        self.active[self.plan.input(node, input)]
    }

    fn samples(&self, node: usize) -> usize {
        self.plan.samples(node, self.values.batch)
    }

    /// Numbers of all samples of a value.
    fn numbers(&self, node: usize) -> usize {
        self.samples(node) * self.plan.len(node)
    }

    fn take(&self, len: usize) -> Result<Buffer> {
        self.gradients.store.pool.take(len)
    }

    fn give(&mut self, i: usize, k: usize, gradient: Arc<Buffer>) -> Result<()> {
        if self.wants(i, k) { self.gradients.give(self.plan.input(i, k), gradient) } else { Ok(()) }
    }

    /// Gives a vector to an input.
    fn give_vector(&mut self, i: usize, k: usize, vector: &[f32]) -> Result<()> {
        let buffer = self.gradients.store.pool.copy(vector)?;
        self.give(i, k, Arc::new(buffer))
    }

    fn planes(&self, node: usize) -> Result<Vec<&[f32]>> {
        self.values.pieces(&self.plan.runs[node], self.samples(node), Grain::Per(self.plan.plane(node)))
    }

    /// The gradient of a copy goes to where it was copied from: to the inputs, in order.
    fn copied(&mut self, i: usize, gradient: Arc<Buffer>) -> Result<()> {
        let plan = self.plan;
        let node = &plan.graph.nodes[i];
        let samples = self.samples(i);
        match &node.op {
            Op::Concat => {
                let mut start = 0;
                for (k, input) in node.inputs.iter().enumerate() {
                    let len = plan.len(input.index());
                    if self.wants(i, k) {
                        let mut part = self.take(samples * len)?;
                        for (to, from) in part.chunks_mut(len).zip(gradient.chunks(plan.len(i))) {
                            to.copy_from_slice(&from[start..start + len]);
                        }
                        self.give(i, k, Arc::new(part))?;
                    }
                    start += len;
                }
                Ok(())
            }
            Op::Slice { ranges } => self.sliced(i, ranges, &gradient),
            _ => self.give(i, 0, gradient),
        }
    }

    fn sliced(&mut self, i: usize, ranges: &[std::ops::Range<usize>], gradient: &[f32]) -> Result<()> {
        let x = self.plan.input(i, 0);
        if !self.wants(i, 0) {
            return Ok(());
        }
        let dims = &self.plan.graph.nodes[x].shape.dims;
        if self.plan.runs[x].len() == 1 {
            let mut sink = self.gradients.open(x, true)?;
            shape::slice_backward(gradient, dims, ranges, sink.rows()?);
            return self.gradients.close(sink);
        }
        let mut dense = self.gradients.store.pool.zeros(self.samples(x) * self.plan.len(x))?;
        shape::slice_backward(gradient, dims, ranges, dense.chunks_mut(self.plan.len(x)).collect());
        self.give(i, 0, Arc::new(dense))
    }

    fn node(&mut self, i: usize, op: &Op, gradient: Arc<Buffer>) -> Result<()> {
        let plan = self.plan;
        let node = &plan.graph.nodes[i];
        let input = |k: usize| node.inputs[k].index();
        let samples = self.samples(i);
        match op {
            Op::Input { .. } | Op::Parameter { .. } | Op::Concat | Op::Reshape { .. } => Ok(()),
            Op::Conv { .. } => self.convolution(i, &gradient),
            Op::Linear => self.linear(i, &gradient),
            Op::BatchNorm { .. } => {
                let mut gradient = own(gradient)?;
                let Extra::Statistics { mean, inverse } = &self.values.extras[i] else {
                    return Ok(());
                };
                let to = layout::pieces_mut(&mut gradient, Grain::Per(plan.plane(i)));
                let gamma = self.values.row(plan, input(1))?;
                let (d_gamma, d_beta) =
                    batch_norm::backward(to, self.planes(input(0))?, gamma, mean, inverse);
                self.give_vector(i, 1, &d_gamma)?;
                self.give_vector(i, 2, &d_beta)?;
                self.give(i, 0, Arc::new(gradient))
            }
            Op::LeakyRelu { slope } => {
                let (slope, from) = (*slope, if *slope >= 0.0 { i } else { input(0) });
                self.times(i, 0, gradient, from, move |g, v| if v > 0.0 { g } else { g * slope })
            }
            Op::Tanh => self.times(i, 0, gradient, i, |g, y| g * (1.0 - y * y)),
            Op::Sigmoid => self.times(i, 0, gradient, i, |g, y| g * (y * (1.0 - y))),
            Op::Clamp { low, high } => {
                let (low, high) = (*low, *high);
                self.times(i, 0, gradient, i, move |g, y| if y <= low || y >= high { 0.0 } else { g })
            }
            Op::HardSigmoid => {
                let slope = |g: f32, x: f32| if x > -3.0 && x < 3.0 { g / 6.0 } else { 0.0 };
                self.times(i, 0, gradient, input(0), slope)
            }
            Op::HardSwish => {
                self.times(i, 0, gradient, input(0), |g, x| g * elementwise::hard_swish_slope(x))
            }
            Op::Scale { factor } => {
                let mut gradient = own(gradient)?;
                let numbers = gradient.len();
                elementwise::unary(layout::pieces_mut(&mut gradient, Grain::Flat), None, numbers, |g| {
                    g * factor
                });
                self.give(i, 0, Arc::new(gradient))
            }
            Op::Add => {
                self.give(i, 1, Arc::clone(&gradient))?;
                self.give(i, 0, gradient)
            }
            Op::Mul => {
                if self.wants(i, 0) {
                    self.times(i, 0, Arc::clone(&gradient), input(1), |g, v| g * v)?;
                }
                if self.wants(i, 1) {
                    self.times(i, 1, gradient, input(0), |g, v| g * v)?;
                }
                Ok(())
            }
            Op::Bias => {
                if self.wants(i, 1) {
                    let planes = gradient.chunks(plan.plane(i)).collect();
                    let sums = elementwise::channel_sums(planes, None, self.numbers(input(1)));
                    self.give_vector(i, 1, &sums)?;
                }
                self.give(i, 0, gradient)
            }
            Op::Gain => {
                let vectors = self.numbers(input(1));
                if self.wants(i, 1) {
                    let planes = gradient.chunks(plan.plane(i)).collect();
                    let sums = elementwise::channel_sums(planes, Some(self.planes(input(0))?), vectors);
                    self.give_vector(i, 1, &sums)?;
                }
                if self.wants(i, 0) {
                    let mut gradient = own(gradient)?;
                    let numbers = gradient.len();
                    let to = layout::pieces_mut(&mut gradient, Grain::Per(plan.plane(i)));
                    let gain = self.values.dense(plan, input(1))?;
                    elementwise::affine(to, None, numbers, &gain, &vec![0.0; vectors]);
                    self.give(i, 0, Arc::new(gradient))?;
                }
                Ok(())
            }
            Op::Slice { ranges } => self.sliced(i, ranges, &gradient),
            Op::Permute { axes } => {
                let mut dx = self.take(gradient.len())?;
                let rows = layout::Rows { data: &gradient, stride: plan.len(i), len: plan.len(i) };
                shape::permute(rows, &node.shape.dims, &shape::inverse(axes), &mut dx);
                self.give(i, 0, Arc::new(dx))
            }
            Op::Normalize => {
                let mut gradient = own(gradient)?;
                if let Extra::Norm(norm) = self.values.extras[i] {
                    softmax::normalize_backward(self.values.row(plan, i)?, norm, &mut gradient);
                }
                self.give(i, 0, Arc::new(gradient))
            }
            Op::Pool { kind, .. } => self.pooling(i, *kind, &gradient),
            Op::GlobalAveragePool => {
                let mut dx = self.take(samples * plan.len(input(0)))?;
                let numbers = dx.len();
                pool::global_backward(
                    &gradient,
                    layout::pieces_mut(&mut dx, Grain::Per(plan.plane(input(0)))),
                    numbers,
                );
                self.give(i, 0, Arc::new(dx))
            }
            Op::LogSoftmax => {
                let mut gradient = own(gradient)?;
                softmax::log_softmax_backward(self.values.rows(plan, i)?, &mut gradient);
                self.give(i, 0, Arc::new(gradient))
            }
            Op::NegativeLogLikelihood => {
                let classes = plan.len(input(0));
                let labels = softmax::classes(self.values.rows(plan, input(1))?, self.values.batch, classes)?;
                let mut dx = self.take(self.values.batch * classes)?;
                softmax::negative_log_likelihood_backward(gradient[0], &labels, &mut dx);
                self.give(i, 0, Arc::new(dx))
            }
        }
    }

    /// Gives `f(gradient, value)` to an input.
    fn times(
        &mut self,
        i: usize,
        k: usize,
        gradient: Arc<Buffer>,
        value: usize,
        f: impl Fn(f32, f32) -> f32 + Sync + Send,
    ) -> Result<()> {
        let mut gradient = own(gradient)?;
        let numbers = gradient.len();
        let runs = &self.plan.runs[value];
        let grain = Grain::of(&[runs]);
        let values = self.values.pieces(runs, self.samples(value), grain)?;
        elementwise::binary(layout::pieces_mut(&mut gradient, grain), None, values, numbers, f);
        self.give(i, k, Arc::new(gradient))
    }
}
