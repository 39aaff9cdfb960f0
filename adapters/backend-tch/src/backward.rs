//! Backpropagation through a training run, by autograd.

use smash_core::Result;
use smash_core::backend::feeds::{input, no_run, output};
use smash_core::backend::{Feed, Fetch, InputGradient, Plan};
use smash_core::graph::{Graph, Op};
use tch::{TchError, Tensor};

use crate::engine::Engine;
use crate::error::At;
use crate::host_tensor::download;

/// The autograd graph of a training run, kept for backward.
pub(crate) struct KeptRun {
    /// The outputs of the graph, with their autograd history.
    pub outputs: Vec<Tensor>,
    /// The inputs and parameters that gradients are computed for, by node.
    pub leaves: Vec<(usize, Tensor)>,
    /// Batch size.
    pub batch: usize,
}

impl Engine {
    /// Backpropagates gradients; uses up the kept run.
    pub(crate) fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        let graph = self.graph(plan)?;
        let batch = self.kept(plan)?.as_ref().ok_or_else(no_run)?.batch;
        let mut loaded = Vec::with_capacity(output_gradients.len());
        for (name, feed) in output_gradients {
            let shape = &graph.nodes[output(&graph, name)?].shape;
            let at = graph.outputs.iter().position(|(n, _)| n == name).unwrap_or_default();
            loaded.push((at, self.load("output gradient", (name, feed), shape, &mut Some(batch))?));
        }
        let targets = wanted.iter().map(|(name, _)| input(&graph, name)).collect::<Result<Vec<_>>>()?;
        let kept = self.kept(plan)?.take().ok_or_else(no_run)?;
        let gradients = kept.gradients(&graph, loaded, &targets.concat())?;
        let mut found: Vec<Option<Tensor>> = targets.iter().map(|_| None).collect();
        for (node, gradient) in gradients {
            if let Op::Parameter { index } = graph.nodes[node].op {
                self.store.add_gradient(&graph.parameters[index], &gradient)?;
                continue;
            }
            // An input that occurs more than once gets the sum of its gradients.
            for (sum, nodes) in found.iter_mut().zip(&targets).filter(|(_, nodes)| nodes.contains(&node)) {
                *sum = Some(match sum.take() {
                    Some(sum) => sum.f_add(&gradient).at(|| format!("the gradient of node {}", nodes[0]))?,
                    None => gradient.shallow_clone(),
                });
            }
        }
        let mut results = Vec::with_capacity(wanted.len());
        for ((_, fetch), gradient) in wanted.iter().zip(found) {
            results.push(match (gradient, fetch) {
                (Some(gradient), Fetch::Host) => InputGradient::Host(download(&gradient)?),
                (Some(gradient), Fetch::Device(key)) => {
                    self.set_value(key, gradient);
                    InputGradient::Device
                }
                (None, Fetch::Device(key)) => {
                    self.drop_value(key);
                    InputGradient::Absent
                }
                (None, Fetch::Host) => InputGradient::Absent,
            });
        }
        Ok(results)
    }
}

impl KeptRun {
    /// Gradients of all parameters and targets, by node; those that no output with a gradient depends on are
    /// missing.
    fn gradients(
        self,
        graph: &Graph,
        output_gradients: Vec<(usize, Tensor)>,
        targets: &[usize],
    ) -> Result<Vec<(usize, Tensor)>> {
        let is_input = |node: usize| matches!(graph.nodes[node].op, Op::Input { .. });
        let leaves: Vec<(usize, Tensor)> =
            self.leaves.into_iter().filter(|(node, _)| !is_input(*node) || targets.contains(node)).collect();
        let run = || -> Result<Vec<Tensor>, TchError> {
            // Autograd starts from one scalar whose derivative by each output is that output's gradient.
            let mut objective: Option<Tensor> = None;
            for (at, seed) in output_gradients.iter().filter(|(at, _)| self.outputs[*at].requires_grad()) {
                let part = self.outputs[*at].f_mul(seed)?.f_sum(None)?;
                objective = Some(match objective {
                    Some(sum) => sum.f_add(&part)?,
                    None => part,
                });
            }
            match objective {
                Some(objective) if !leaves.is_empty() => {
                    let starts: Vec<&Tensor> = leaves.iter().map(|(_, leaf)| leaf).collect();
                    Tensor::f_run_backward(&[objective], &starts, false, false)
                }
                _ => Ok(Vec::new()),
            }
        };
        let found = tch::with_grad(run).at(|| "backward".into())?;
        let nodes = leaves.iter().map(|(node, _)| *node);
        Ok(nodes.zip(found).filter(|(_, gradient)| gradient.defined()).collect())
    }
}
