//! The engine's state: plans, parameters and device values.

use std::collections::BTreeMap;
use std::sync::Arc;

use smash_core::backend::feeds::{fed, fits, no_value, output, roots};
use smash_core::backend::{Feed, Fetch, Mode, Plan, Plans};
use smash_core::graph::{Graph, Shape};
use smash_core::tensor::Tensor as HostTensor;
use smash_core::{Error, Result};
use tch::{Device, Tensor};

use crate::backward::KeptRun;
use crate::error::At;
use crate::forward::{Forward, leaf};
use crate::host_tensor::{download, extents, upload};
use crate::store::Store;

struct Entry {
    graph: Arc<Graph>,
    kept: Option<KeptRun>,
}

/// The state of an engine.
pub(crate) struct Engine {
    /// The device that all tensors are on.
    pub device: Device,
    /// Parameters and buffers.
    pub store: Store,
    channels_last: bool,
    plans: Plans<Entry>,
    values: BTreeMap<String, Tensor>,
}

impl Engine {
    /// An engine without plans or parameters.
    pub(crate) fn new(device: Device, channels_last: bool) -> Self {
        Self {
            device,
            store: Store::new(device),
            channels_last,
            plans: Plans::default(),
            values: BTreeMap::new(),
        }
    }

    /// Checks a graph and stores it as a plan; a graph that is already known keeps its plan.
    pub(crate) fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        self.plans.compile(graph, |graph| {
            graph.check()?;
            Ok(Entry { graph: Arc::new(graph.clone()), kept: None })
        })
    }

    /// Releases a plan.
    pub(crate) fn release(&mut self, plan: Plan) {
        self.plans.release(plan);
    }

    /// Drops device values and the kept runs.
    pub(crate) fn forget_runs(&mut self) {
        self.values.clear();
        self.plans.iter_mut().for_each(|entry| entry.kept = None);
    }

    /// Drops a device value.
    pub(crate) fn drop_value(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Stores a device value.
    pub(crate) fn set_value(&mut self, name: &str, value: Tensor) {
        self.values.insert(name.to_owned(), value);
    }

    /// Looks up the graph of a plan.
    pub(crate) fn graph(&mut self, plan: Plan) -> Result<Arc<Graph>> {
        Ok(Arc::clone(&self.plans.get(plan)?.graph))
    }

    /// The autograd graph that the last training run of a plan kept for backward.
    pub(crate) fn kept(&mut self, plan: Plan) -> Result<&mut Option<KeptRun>> {
        Ok(&mut self.plans.get(plan)?.kept)
    }

    /// The tensor fed to `name`, on the device, with its shape checked; sets the batch size where it is not
    /// known yet.
    pub(crate) fn load(
        &self,
        what: &str,
        (name, feed): (&str, &Feed<'_>),
        shape: &Shape,
        batch: &mut Option<usize>,
    ) -> Result<Tensor> {
        match feed {
            Feed::Host(value) => {
                fits(what, name, value.shape(), shape, batch)?;
                upload(value, self.device)
            }
            Feed::Device(key) => {
                let value = self.values.get(*key).ok_or_else(|| no_value(name, key))?;
                fits(what, name, &extents(value), shape, batch)?;
                Ok(value.shallow_clone())
            }
        }
    }

    /// Runs a plan.
    pub(crate) fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<HostTensor>>> {
        let graph = self.graph(plan)?;
        let fetched = outputs.iter().map(|(name, _)| output(&graph, name)).collect::<Result<Vec<_>>>()?;
        let roots = roots(&graph, mode, &fetched);
        let needed = graph.live_nodes(&roots);
        let (fed, batch) = self.feed(&graph, mode, inputs, &needed)?;
        let mut values: Vec<Option<Tensor>> = graph.nodes.iter().map(|_| None).collect();
        fed.iter().for_each(|(i, value)| values[*i] = Some(value.shallow_clone()));
        // The run that was kept before is dropped first, so that its memory is free for this one.
        if mode == Mode::Train {
            *self.kept(plan)? = None;
        }
        let mut forward = Forward {
            graph: &graph,
            mode,
            channels_last: self.channels_last,
            store: &mut self.store,
            values,
            leaves: Vec::new(),
        };
        let watch = |f: &mut dyn FnMut() -> Result<()>| {
            if mode == Mode::Train { tch::with_grad(f) } else { tch::no_grad(f) }
        };
        watch(&mut || forward.run(&needed, &roots))?;
        let Forward { values, leaves, .. } = forward;
        let value = |node: usize| {
            let missing = || Error::backend(format!("node {node} has no value in this run"));
            values[node].as_ref().ok_or_else(missing)
        };
        let mut results = Vec::with_capacity(outputs.len());
        for ((name, fetch), node) in outputs.iter().zip(fetched) {
            results.push(match fetch {
                Fetch::Host => Some(download(value(node)?)?),
                Fetch::Device(key) => {
                    let value = value(node)?.f_detach().at(|| format!("output {name:?}"))?;
                    self.values.insert((*key).to_owned(), value);
                    None
                }
            });
        }
        if mode == Mode::Train {
            let outputs =
                roots.iter().map(|&node| Ok(value(node)?.shallow_clone())).collect::<Result<Vec<_>>>()?;
            let kept = KeptRun { outputs, leaves: leaves.into_iter().chain(fed).collect(), batch };
            *self.kept(plan)? = Some(kept);
        }
        Ok(results)
    }

    /// The inputs that a run needs, by node, and its batch size.
    fn feed(
        &self,
        graph: &Graph,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        needed: &[bool],
    ) -> Result<(Vec<(usize, Tensor)>, usize)> {
        let mut batch = None;
        let mut values = Vec::new();
        for (i, name, feed) in fed(graph, needed, inputs)? {
            let value = self.load("input", (name, feed), &graph.nodes[i].shape, &mut batch)?;
            if needed[i] {
                let value = match mode {
                    Mode::Train => leaf(&value).at(|| format!("input {name:?}"))?,
                    _ => value,
                };
                values.push((i, value));
            }
        }
        Ok((values, batch.unwrap_or(1)))
    }
}
