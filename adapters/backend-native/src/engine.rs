//! Plans, parameters and device values: what the backend does, on whatever thread pool it is called in.

mod backward;

use std::collections::BTreeMap;
use std::sync::Arc;

use smash_core::backend::{Feed, Fetch, Mode, Plan};
use smash_core::graph::{Graph, Op, Shape};
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::memory::{Buffer, Pool};
use crate::forward::Forward;
use crate::kernel::Level;
use crate::layout;
use crate::plan::Compiled;
use crate::store::Store;
use crate::values::Values;

/// A named value on the device.
#[derive(Debug)]
struct Value {
    shape: Vec<usize>,
    data: Arc<Buffer>,
}

#[derive(Debug)]
struct Entry {
    hash: [u8; 32],
    compiled: Arc<Compiled>,
    kept: Option<Values>,
}

/// All state of an engine.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Which kernels.
    pub level: Level,
    /// Where buffers come from.
    pub pool: Pool,
    /// Parameters.
    pub store: Store,
    plans: BTreeMap<u64, Entry>,
    ids: BTreeMap<[u8; 32], u64>,
    values: BTreeMap<String, Value>,
    next: u64,
}

impl Engine {
    /// Nothing yet.
    pub(crate) fn new(level: Level) -> Self {
        let pool = Pool::default();
        let store = Store { pool: pool.clone(), ..Store::default() };
        Self {
            level,
            pool,
            store,
            plans: BTreeMap::new(),
            ids: BTreeMap::new(),
            values: BTreeMap::new(),
            next: 0,
        }
    }

    /// Compiles a graph, or finds it.
    pub(crate) fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        let hash = graph.hash();
        if let Some(&id) = self.ids.get(&hash) {
            return Ok(Plan(id));
        }
        let compiled = Arc::new(Compiled::new(graph)?);
        let id = self.next;
        self.next += 1;
        self.plans.insert(id, Entry { hash, compiled, kept: None });
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

    fn entry(&mut self, plan: Plan) -> Result<&mut Entry> {
        let unknown =
            || Error::backend(format!("there is no plan {}; it was released or never compiled", plan.0));
        self.plans.get_mut(&plan.0).ok_or_else(unknown)
    }

    /// Shape of what is fed, batch included.
    fn fed_shape<'a>(&'a self, name: &str, feed: &Feed<'a>) -> Result<&'a [usize]> {
        match feed {
            Feed::Host(value) => Ok(value.shape()),
            Feed::Device(key) => Ok(&self.device(name, key)?.shape),
        }
    }

    fn device(&self, name: &str, key: &str) -> Result<&Value> {
        let missing =
            || Error::backend(format!("{name:?} reads the device value {key:?}, which does not exist"));
        self.values.get(key).ok_or_else(missing)
    }

    fn load(&self, name: &str, feed: &Feed<'_>) -> Result<Arc<Buffer>> {
        Ok(match feed {
            Feed::Host(value) => Arc::new(self.pool.copy(value.data())?),
            Feed::Device(key) => Arc::clone(&self.device(name, key)?.data),
        })
    }

    /// Checks the shape of what is fed against the graph; a batch that is not known yet is learned.
    fn fits(
        &self,
        what: &str,
        name: &str,
        feed: &Feed<'_>,
        shape: &Shape,
        batch: &mut Option<usize>,
    ) -> Result<()> {
        let found = self.fed_shape(name, feed)?;
        let dims = if shape.batched { found.get(1..) } else { Some(found) };
        let sized = !shape.batched || found.first().is_some_and(|&n| n > 0 && *batch.get_or_insert(n) == n);
        if dims == Some(shape.dims.as_slice()) && sized {
            return Ok(());
        }
        let expected = match (shape.batched, &*batch) {
            (true, Some(n)) => format!("{shape} with a batch of {n}"),
            _ => shape.to_string(),
        };
        Err(Error::backend(format!("{what} {name:?}: expected {expected}, found {found:?}")))
    }

    /// Runs a plan.
    pub(crate) fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let compiled = Arc::clone(&self.entry(plan)?.compiled);
        let graph = &compiled.graph;
        let fetched = outputs.iter().map(|(name, _)| output(graph, name)).collect::<Result<Vec<_>>>()?;
        let roots = match mode {
            // Backward may start from any output.
            Mode::Train => graph.outputs.iter().map(|(_, id)| id.index()).collect(),
            _ => fetched.clone(),
        };
        let needed = ancestors(graph, &roots);
        let known = || graph.inputs().map(|(name, _)| name).collect::<Vec<_>>();
        if let Some((name, _)) = inputs.iter().find(|(name, _)| !known().contains(name)) {
            return Err(Error::backend(format!("the graph has no input {name:?}; it has {:?}", known())));
        }
        let mut batch = None;
        let mut feeds = Vec::new();
        for (i, node) in graph.nodes.iter().enumerate() {
            let Op::Input { name } = &node.op else { continue };
            match inputs.iter().find(|(n, _)| n == name) {
                Some((_, feed)) => {
                    self.fits("input", name, feed, &node.shape, &mut batch)?;
                    if needed[i] {
                        feeds.push((i, self.load(name, feed)?));
                    }
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
        // What the last run kept is replaced; its buffers are free for this one.
        if mode == Mode::Train {
            self.entry(plan)?.kept = None;
        }
        let mut values = Values::new(graph.nodes.len(), batch.unwrap_or(1));
        feeds.into_iter().for_each(|(i, value)| values.buffers[i] = Some(value));
        let mut forward =
            Forward { plan: &compiled, mode, level: self.level, store: &mut self.store, values };
        forward.run(&needed)?;
        let mut values = forward.values;
        let mut results = Vec::with_capacity(outputs.len());
        for ((_, fetch), node) in outputs.iter().zip(fetched) {
            results.push(self.fetch(&compiled, &values, node, *fetch)?);
        }
        if mode == Mode::Train {
            for (value, keep) in values.buffers.iter_mut().zip(&compiled.keep) {
                if !keep {
                    *value = None;
                }
            }
            self.entry(plan)?.kept = Some(values);
        }
        Ok(results)
    }

    fn fetch(
        &mut self,
        plan: &Compiled,
        values: &Values,
        node: usize,
        fetch: Fetch<'_>,
    ) -> Result<Option<Tensor>> {
        let shape = full_shape(&plan.graph.nodes[node].shape, values.batch);
        let samples = plan.samples(node, values.batch);
        match fetch {
            Fetch::Host => {
                let mut data = vec![0.0; samples * plan.len(node)];
                values.gather(&plan.runs[node], samples, &mut data)?;
                let len = data.len();
                let fill = || Error::backend(format!("{len} numbers do not fill the shape {shape:?}"));
                Tensor::new(shape.clone(), data).ok_or_else(fill).map(Some)
            }
            Fetch::Device(key) => {
                let data = match layout::whole(&plan.runs[node]) {
                    Some(root) => Arc::clone(values.buffer(root)?),
                    None => {
                        let mut data = self.pool.take(samples * plan.len(node))?;
                        values.gather(&plan.runs[node], samples, &mut data)?;
                        Arc::new(data)
                    }
                };
                self.values.insert(key.to_owned(), Value { shape, data });
                Ok(None)
            }
        }
    }
}

fn full_shape(shape: &Shape, batch: usize) -> Vec<usize> {
    let batch = shape.batched.then_some(batch);
    batch.into_iter().chain(shape.dims.iter().copied()).collect()
}

fn output(graph: &Graph, name: &str) -> Result<usize> {
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
