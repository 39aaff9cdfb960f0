//! Gradients of a kept run.

use std::sync::Arc;

use smash_core::Result;
use smash_core::backend::feeds::{input, no_run, output};
use smash_core::backend::{Feed, Fetch, InputGradient, Plan};

use super::{Engine, Value, full_shape};
use crate::backward::{Backward, active};
use crate::gradients::Gradients;
use crate::memory::{self, Buffer};
use crate::store::tensor;

impl Engine {
    /// Propagates gradients; uses up what the run kept.
    pub(crate) fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        let entry = self.plans.get(plan)?;
        let compiled = Arc::clone(&entry.compiled);
        let graph = &compiled.graph;
        let batch = entry.kept.as_ref().ok_or_else(no_run)?.batch;
        let mut starts = Vec::with_capacity(output_gradients.len());
        for (name, feed) in output_gradients {
            let node = output(graph, name)?;
            self.fits("seed", name, feed, &graph.nodes[node].shape, &mut Some(batch))?;
            starts.push((node, self.load(name, feed)?));
        }
        let targets = wanted.iter().map(|(name, _)| input(graph, name)).collect::<Result<Vec<_>>>()?;
        let Some(values) = self.plans.get(plan)?.kept.take() else {
            return Err(no_run());
        };
        let seeded: Vec<usize> = starts.iter().map(|(node, _)| *node).collect();
        let active = active(&compiled, &seeded, &targets.concat());
        let gradients = Gradients::new(&compiled, batch, &mut self.store);
        let primitives = &self.primitives;
        let mut pass = Backward { plan: &compiled, primitives, values, gradients, active };
        for (node, seed) in starts {
            if pass.active[node] {
                pass.gradients.give(node, seed)?;
            }
        }
        pass.run()?;
        let mut found = Vec::with_capacity(wanted.len());
        for nodes in &targets {
            // An input that occurs more than once: the sum.
            let mut sum: Option<Arc<Buffer>> = None;
            for &node in nodes {
                let gradient = pass.gradients.take(node);
                sum = match (sum, gradient) {
                    (Some(mut a), Some(b)) => {
                        memory::make_mut(&mut a)?.iter_mut().zip(b.iter()).for_each(|(a, b)| *a += b);
                        Some(a)
                    }
                    (a, b) => a.or(b),
                };
            }
            found.push(sum);
        }
        let mut results = Vec::with_capacity(wanted.len());
        for (((_, fetch), gradient), nodes) in wanted.iter().zip(found).zip(&targets) {
            let shape = full_shape(&graph.nodes[nodes[0]].shape, batch);
            results.push(match (gradient, fetch) {
                (Some(gradient), Fetch::Host) => InputGradient::Host(tensor(&shape, &gradient)?),
                (Some(data), Fetch::Device(key)) => {
                    self.values.insert((*key).to_owned(), Value { shape, data });
                    InputGradient::Device
                }
                (None, fetch) => {
                    if let Fetch::Device(key) = fetch {
                        self.values.remove(*key);
                    }
                    InputGradient::Absent
                }
            });
        }
        Ok(results)
    }
}
