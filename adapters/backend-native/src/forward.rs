//! Running a plan.

mod layers;

use std::sync::Arc;

use smash_core::backend::Mode;
use smash_core::graph::Op;
use smash_core::{Error, Result};

use crate::kernel::Primitives;
use crate::layout::{self, Grain};
use crate::memory::{Buffer, Pool};
use crate::ops::{elementwise, pool, shape, softmax};
use crate::plan::{Compiled, Kind};
use crate::store::TensorStore;
use crate::values::{Extra, Values};

/// A run in progress.
pub(crate) struct Forward<'a> {
    /// What is run.
    pub plan: &'a Compiled,
    /// How.
    pub mode: Mode,
    /// With which kernels.
    pub primitives: &'a Primitives,
    /// Parameters.
    pub store: &'a mut TensorStore,
    /// What was computed so far; inputs are there from the start.
    pub values: Values,
}

impl Forward<'_> {
    /// Computes the nodes that are needed.
    pub(crate) fn run(&mut self, needed: &[bool]) -> Result<()> {
        let plan = self.plan;
        for i in (0..needed.len()).filter(|&i| needed[i]) {
            let op = &plan.graph.nodes[i].op;
            match plan.kinds[i] {
                Kind::View | Kind::Fused => continue,
                _ if matches!(op, Op::Input { .. }) => continue,
                Kind::Copy => {
                    let mut y = self.output(i)?;
                    self.values.gather(&plan.sources[i], plan.samples(i, self.values.batch), &mut y)?;
                    self.put(i, y);
                    plan.sources[i].iter().for_each(|run| self.release(run.root, i));
                }
                Kind::Compute => {
                    self.compute(i, op)?;
                    for input in &plan.graph.nodes[i].inputs {
                        plan.runs[input.index()].iter().for_each(|run| self.release(run.root, i));
                    }
                }
            }
        }
        Ok(())
    }

    fn pool(&self) -> &Pool {
        &self.store.pool
    }

    fn samples(&self, node: usize) -> usize {
        self.plan.samples(node, self.values.batch)
    }

    fn output(&self, node: usize) -> Result<Buffer> {
        self.pool().take(self.samples(node) * self.plan.len(node))
    }

    fn put(&mut self, node: usize, value: Buffer) {
        self.values.buffers[node] = Some(Arc::new(value));
    }

    fn dies(&self, root: usize, node: usize) -> bool {
        self.plan.last[root] == node && !(self.mode == Mode::Train && self.plan.keep[root])
    }

    fn release(&mut self, root: usize, node: usize) {
        if self.dies(root, node) {
            self.values.buffers[root] = None;
        }
    }

    /// The buffer of a value that nobody reads after `node`, to hold its result.
    fn claim(&mut self, value: usize, node: usize) -> Option<Buffer> {
        let root = layout::whole(&self.plan.runs[value]).filter(|&root| self.dies(root, node))?;
        match Arc::try_unwrap(self.values.buffers[root].take()?) {
            Ok(buffer) => Some(buffer),
            Err(shared) => {
                self.values.buffers[root] = Some(shared);
                None
            }
        }
    }

    fn compute(&mut self, i: usize, op: &Op) -> Result<()> {
        let plan = self.plan;
        let node = &plan.graph.nodes[i];
        let input = |k: usize| node.inputs[k].index();
        let numbers = self.samples(i) * plan.len(i);
        match op {
            Op::Input { .. } | Op::Concat | Op::Reshape { .. } => {
                return Err(Error::backend(format!("node {i} ({}) is not computed", op.name())));
            }
            Op::Parameter { .. } => {
                if let Some(parameter) = plan.parameter(i) {
                    if self.mode != Mode::Eval && plan.statistics[i] {
                        self.store.of(parameter)?;
                    } else {
                        self.values.buffers[i] = Some(self.store.load(parameter)?);
                    }
                }
            }
            Op::Conv { .. } => self.convolution(i)?,
            Op::Linear => self.linear(i)?,
            Op::BatchNorm { epsilon, momentum } => self.batch_norm(i, *epsilon, *momentum)?,
            Op::LeakyRelu { slope } => {
                let slope = *slope;
                // As the kernels do it: 0 · ∞ must not turn into NaN.
                if slope == 0.0 {
                    self.unary(i, |x| if x < 0.0 { 0.0 } else { x })?;
                } else {
                    self.unary(i, move |x| if x < 0.0 { slope * x } else { x })?;
                }
            }
            Op::Tanh => self.unary(i, libm::tanhf)?,
            Op::Sigmoid => self.unary(i, elementwise::sigmoid)?,
            Op::Clamp { low, high } => {
                let (low, high) = (*low, *high);
                self.unary(i, move |x| elementwise::clamp(x, low, high))?;
            }
            Op::HardSigmoid => self.unary(i, elementwise::hard_sigmoid)?,
            Op::HardSwish => self.unary(i, |x| x * elementwise::hard_sigmoid(x))?,
            Op::Scale { factor } => {
                let factor = *factor;
                self.unary(i, move |x| x * factor)?;
            }
            Op::Add => self.binary(i, |a, b| a + b)?,
            Op::Mul => self.binary(i, |a, b| a * b)?,
            Op::Bias => {
                let b = self.values.dense(plan, input(1))?;
                self.affine(i, &vec![1.0; b.len()], &b)?;
            }
            Op::Gain => {
                let g = self.values.dense(plan, input(1))?;
                self.affine(i, &g, &vec![0.0; g.len()])?;
            }
            Op::Slice { ranges } => {
                let mut y = self.output(i)?;
                shape::slice(
                    self.values.rows(plan, input(0))?,
                    &plan.graph.shape(node.inputs[0]).dims,
                    ranges,
                    &mut y,
                );
                self.put(i, y);
            }
            Op::Permute { axes } => {
                let mut y = self.output(i)?;
                shape::permute(
                    self.values.rows(plan, input(0))?,
                    &plan.graph.shape(node.inputs[0]).dims,
                    axes,
                    &mut y,
                );
                self.put(i, y);
            }
            Op::Normalize => {
                let mut y = self.output(i)?;
                let norm = softmax::normalize(self.values.row(plan, input(0))?, &mut y);
                self.values.extras[i] = Extra::Norm(norm);
                self.put(i, y);
            }
            Op::Pool { kind, .. } => self.pooling(i, *kind)?,
            Op::GlobalAveragePool => {
                let mut y = self.output(i)?;
                let x = self.planes(input(0))?;
                pool::global(x, &mut y, numbers * plan.plane(input(0)));
                self.put(i, y);
            }
            Op::LogSoftmax => {
                let mut y = self.output(i)?;
                softmax::log_softmax(self.values.rows(plan, input(0))?, &mut y);
                self.put(i, y);
            }
            Op::NegativeLogLikelihood => {
                let mut y = self.output(i)?;
                let x = self.values.rows(plan, input(0))?;
                let labels = self.values.rows(plan, input(1))?;
                y[0] =
                    softmax::negative_log_likelihood(x, &softmax::classes(labels, self.values.batch, x.len)?);
                self.put(i, y);
            }
        }
        Ok(())
    }

    /// The channel planes of a value.
    fn planes(&self, node: usize) -> Result<Vec<&[f32]>> {
        self.values.pieces(&self.plan.runs[node], self.samples(node), Grain::Per(self.plan.plane(node)))
    }

    fn unary(&mut self, i: usize, f: impl Fn(f32) -> f32 + Sync + Send) -> Result<()> {
        let x = self.plan.input(i, 0);
        let y = if let Some(mut y) = self.claim(x, i) {
            let numbers = y.len();
            elementwise::unary(layout::pieces_mut(&mut y, Grain::Flat), None, numbers, f);
            y
        } else {
            let mut y = self.output(i)?;
            let (numbers, runs) = (y.len(), &self.plan.runs[x]);
            let grain = Grain::of(&[runs]);
            let from = self.values.pieces(runs, self.samples(i), grain)?;
            elementwise::unary(layout::pieces_mut(&mut y, grain), Some(from), numbers, f);
            y
        };
        self.put(i, y);
        Ok(())
    }

    /// For commutative `f`.
    fn binary(&mut self, i: usize, f: impl Fn(f32, f32) -> f32 + Sync + Send) -> Result<()> {
        let (mut a, mut b) = (self.plan.input(i, 0), self.plan.input(i, 1));
        let overlap = self.plan.runs[a].iter().any(|x| self.plan.runs[b].iter().any(|y| x.root == y.root));
        let mut claimed = if overlap { None } else { self.claim(a, i) };
        if claimed.is_none() && !overlap {
            (a, b) = (b, a);
            claimed = self.claim(a, i);
        }
        let in_place = claimed.is_some();
        let mut y = claimed.map_or_else(|| self.output(i), Ok)?;
        let (numbers, samples) = (y.len(), self.samples(i));
        let grain = Grain::of(&[&self.plan.runs[a], &self.plan.runs[b]]);
        let first = match in_place {
            true => None,
            false => Some(self.values.pieces(&self.plan.runs[a], samples, grain)?),
        };
        let second = self.values.pieces(&self.plan.runs[b], samples, grain)?;
        elementwise::binary(layout::pieces_mut(&mut y, grain), first, second, numbers, f);
        self.put(i, y);
        Ok(())
    }

    fn affine(&mut self, i: usize, factor: &[f32], summand: &[f32]) -> Result<()> {
        let x = self.plan.input(i, 0);
        let grain = Grain::Per(self.plan.plane(i));
        let claimed = self.claim(x, i);
        let in_place = claimed.is_some();
        let mut y = claimed.map_or_else(|| self.output(i), Ok)?;
        let numbers = y.len();
        let from = if in_place { None } else { Some(self.planes(x)?) };
        elementwise::affine(layout::pieces_mut(&mut y, grain), from, numbers, factor, summand);
        self.put(i, y);
        Ok(())
    }
}
