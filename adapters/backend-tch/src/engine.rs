//! Plans, parameters and device values.

use std::collections::BTreeMap;
use std::sync::Arc;

use smash_core::backend::{Feed, Fetch, Mode, Plan};
use smash_core::graph::{Graph, Op, Shape};
use smash_core::tensor::Tensor as HostTensor;
use smash_core::{Error, Result};
use tch::{Device, Tensor};

use crate::backward::Kept;
use crate::error::At;
use crate::forward::{Forward, leaf};
use crate::host::{download, extents, upload};
use crate::store::Store;

struct Entry {
    hash: [u8; 32],
    graph: Arc<Graph>,
    kept: Option<Kept>,
}

/// All state of an engine.
pub(crate) struct Engine {
    /// Where everything lies.
    pub device: Device,
    /// Parameters.
    pub store: Store,
    channels_last: bool,
    plans: BTreeMap<u64, Entry>,
    ids: BTreeMap<[u8; 32], u64>,
    values: BTreeMap<String, Tensor>,
    next: u64,
}

impl Engine {
    /// Nothing yet.
    pub(crate) fn new(device: Device, channels_last: bool) -> Self {
        Self {
            device,
            store: Store::new(device),
            channels_last,
            plans: BTreeMap::new(),
            ids: BTreeMap::new(),
            values: BTreeMap::new(),
            next: 0,
        }
    }

    /// Checks a graph, or finds it.
    pub(crate) fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        let hash = graph.hash();
        if let Some(&id) = self.ids.get(&hash) {
            return Ok(Plan(id));
        }
        graph.check()?;
        let id = self.next;
        self.next += 1;
        self.plans.insert(id, Entry { hash, graph: Arc::new(graph.clone()), kept: None });
        self.ids.insert(hash, id);
        Ok(Plan(id))
    }

    /// Forgets a plan.
    pub(crate) fn release(&mut self, plan: Plan) {
        if let Some(entry) = self.plans.remove(&plan.0) {
            self.ids.remove(&entry.hash);
        }
    }

    /// Drops device values and kept runs.
    pub(crate) fn forget_runs(&mut self) {
        self.values.clear();
        self.plans.values_mut().for_each(|entry| entry.kept = None);
    }

    /// Drops a device value.
    pub(crate) fn drop_value(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Stores a device value.
    pub(crate) fn set_value(&mut self, name: &str, value: Tensor) {
        self.values.insert(name.to_owned(), value);
    }

    /// The graph of a plan.
    pub(crate) fn graph(&self, plan: Plan) -> Result<Arc<Graph>> {
        let unknown =
            || Error::backend(format!("there is no plan {}; it was released or never compiled", plan.0));
        self.plans.get(&plan.0).map(|entry| Arc::clone(&entry.graph)).ok_or_else(unknown)
    }

    /// What the last training run of a plan left for backward.
    pub(crate) fn kept(&mut self, plan: Plan) -> Option<&mut Option<Kept>> {
        self.plans.get_mut(&plan.0).map(|entry| &mut entry.kept)
    }

    /// What is fed to `name`, on the device; its shape is checked, and a batch that is not known yet is learned.
    pub(crate) fn load(
        &self,
        what: &str,
        (name, feed): (&str, &Feed<'_>),
        shape: &Shape,
        batch: &mut Option<usize>,
    ) -> Result<Tensor> {
        let missing = |key: &str| {
            Error::backend(format!("{name:?} reads the device value {key:?}, which does not exist"))
        };
        let device = match feed {
            Feed::Host(_) => None,
            Feed::Device(key) => Some(self.values.get(*key).ok_or_else(|| missing(key))?),
        };
        let found = match (feed, device) {
            (Feed::Host(value), _) => value.shape().to_vec(),
            (_, value) => value.map(extents).unwrap_or_default(),
        };
        let dims = if shape.batched { found.get(1..) } else { Some(found.as_slice()) };
        let sized = !shape.batched || found.first().is_some_and(|&n| n > 0 && *batch.get_or_insert(n) == n);
        if dims != Some(shape.dims.as_slice()) || !sized {
            let expected = match (shape.batched, &*batch) {
                (true, Some(n)) => format!("{shape} with a batch of {n}"),
                _ => shape.to_string(),
            };
            return Err(Error::backend(format!("{what} {name:?}: expected {expected}, found {found:?}")));
        }
        match (feed, device) {
            (Feed::Host(value), _) => upload(value, self.device),
            (_, Some(value)) => Ok(value.shallow_clone()),
            (Feed::Device(key), None) => Err(missing(key)),
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
        let roots: Vec<usize> = match mode {
            // Backward may start from any output.
            Mode::Train => graph.outputs.iter().map(|(_, id)| id.index()).collect(),
            _ => fetched.clone(),
        };
        let needed = ancestors(&graph, &roots);
        let (fed, batch) = self.feed(&graph, mode, inputs, &needed)?;
        let mut values: Vec<Option<Tensor>> = graph.nodes.iter().map(|_| None).collect();
        fed.iter().for_each(|(i, value)| values[*i] = Some(value.shallow_clone()));
        // What the last run kept is replaced; its memory is free for this one.
        if mode == Mode::Train
            && let Some(kept) = self.kept(plan)
        {
            *kept = None;
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
            let kept = Kept { outputs, leaves: leaves.into_iter().chain(fed).collect(), batch };
            if let Some(slot) = self.kept(plan) {
                *slot = Some(kept);
            }
        }
        Ok(results)
    }

    /// The inputs that a run needs, by node, and the size of its batch.
    fn feed(
        &self,
        graph: &Graph,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        needed: &[bool],
    ) -> Result<(Vec<(usize, Tensor)>, usize)> {
        let known = || graph.inputs().map(|(name, _)| name).collect::<Vec<_>>();
        if let Some((name, _)) = inputs.iter().find(|(name, _)| !known().contains(name)) {
            return Err(Error::backend(format!("the graph has no input {name:?}; it has {:?}", known())));
        }
        let mut batch = None;
        let mut fed = Vec::new();
        for (i, node) in graph.nodes.iter().enumerate() {
            let Op::Input { name } = &node.op else { continue };
            match inputs.iter().find(|(n, _)| n == name) {
                Some((_, feed)) => {
                    let value = self.load("input", (name, feed), &node.shape, &mut batch)?;
                    let value = match mode {
                        Mode::Train => leaf(&value).at(|| format!("input {name:?}"))?,
                        _ => value,
                    };
                    fed.push((i, value));
                }
                None if needed[i] => {
                    let given: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
                    return Err(Error::backend(format!(
                        "the input {name:?} ({}) is missing; the graph has {:?}, given are {given:?}",
                        node.shape,
                        known()
                    )));
                }
                None => {}
            }
        }
        fed.retain(|(i, _)| needed[*i]);
        Ok((fed, batch.unwrap_or(1)))
    }
}

/// The node of an output.
pub(crate) fn output(graph: &Graph, name: &str) -> Result<usize> {
    graph.output(name).map(|id| id.index()).ok_or_else(|| {
        let known: Vec<&str> = graph.outputs.iter().map(|(name, _)| name.as_str()).collect();
        Error::backend(format!("the graph has no output {name:?}; it has {known:?}"))
    })
}

/// Nodes that the given ones depend on.
fn ancestors(graph: &Graph, roots: &[usize]) -> Vec<bool> {
    let mut needed = vec![false; graph.nodes.len()];
    roots.iter().for_each(|&i| needed[i] = true);
    for i in (0..graph.nodes.len()).rev() {
        if needed[i] {
            graph.nodes[i].inputs.iter().for_each(|input| needed[input.index()] = true);
        }
    }
    needed
}
