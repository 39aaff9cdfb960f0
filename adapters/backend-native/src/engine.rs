//! Plans, parameters and device values: what the backend does, on whatever thread pool it is called in.

mod backward;

use std::collections::BTreeMap;
use std::sync::Arc;

use smash_core::backend::feeds::{self, fed, no_value, output, roots};
use smash_core::backend::{Feed, Fetch, Mode, Plan, Plans};
use smash_core::graph::{Graph, Shape};
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::forward::Forward;
use crate::kernel::{Isa, Primitives, Tiling};
use crate::layout;
use crate::memory::{Buffer, Pool};
use crate::plan::Compiled;
use crate::store::TensorStore;
use crate::values::Values;

/// A named value on the device.
#[derive(Debug)]
struct Value {
    shape: Vec<usize>,
    data: Arc<Buffer>,
}

#[derive(Debug)]
struct Entry {
    compiled: Arc<Compiled>,
    kept: Option<Values>,
}

/// All state of an engine.
#[derive(Debug)]
pub(crate) struct Engine {
    /// The kernels, with the convolutions that they have prepared.
    pub primitives: Primitives,
    /// Where buffers come from.
    pub pool: Pool,
    /// Parameters.
    pub store: TensorStore,
    plans: Plans<Entry>,
    values: BTreeMap<String, Value>,
}

impl Engine {
    /// Nothing yet.
    pub(crate) fn new(isa: Isa, tiling: Tiling) -> Self {
        let pool = Pool::default();
        let store = TensorStore { pool: pool.clone(), ..TensorStore::default() };
        let primitives = Primitives::new(isa, tiling);
        Self { primitives, pool, store, plans: Plans::default(), values: BTreeMap::new() }
    }

    /// Compiles a graph, or finds it.
    pub(crate) fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        self.plans.compile(graph, |graph| Ok(Entry { compiled: Arc::new(Compiled::new(graph)?), kept: None }))
    }

    /// Forgets a plan.
    pub(crate) fn release(&mut self, plan: Plan) {
        self.plans.release(plan);
    }

    /// Drops device values and kept runs.
    pub(crate) fn forget_runs(&mut self) {
        self.values.clear();
        self.plans.iter_mut().for_each(|entry| entry.kept = None);
    }

    /// Drops a device value.
    pub(crate) fn drop_value(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Shape of what is fed, batch included.
    fn fed_shape<'a>(&'a self, name: &str, feed: &Feed<'a>) -> Result<&'a [usize]> {
        match feed {
            Feed::Host(value) => Ok(value.shape()),
            Feed::Device(key) => Ok(&self.device(name, key)?.shape),
        }
    }

    fn device(&self, name: &str, key: &str) -> Result<&Value> {
        self.values.get(key).ok_or_else(|| no_value(name, key))
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
        feeds::fits(what, name, self.fed_shape(name, feed)?, shape, batch)
    }

    /// Runs a plan.
    pub(crate) fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let compiled = Arc::clone(&self.plans.get(plan)?.compiled);
        let graph = &compiled.graph;
        let fetched = outputs.iter().map(|(name, _)| output(graph, name)).collect::<Result<Vec<_>>>()?;
        let needed = graph.live_nodes(&roots(graph, mode, &fetched));
        let mut batch = None;
        let mut feeds = Vec::new();
        for (i, name, feed) in fed(graph, &needed, inputs)? {
            self.fits("input", name, feed, &graph.nodes[i].shape, &mut batch)?;
            if needed[i] {
                feeds.push((i, self.load(name, feed)?));
            }
        }
        // What the last run kept is replaced; its buffers are free for this one.
        if mode == Mode::Train {
            self.plans.get(plan)?.kept = None;
        }
        let mut values = Values::new(graph.nodes.len(), batch.unwrap_or(1));
        feeds.into_iter().for_each(|(i, value)| values.buffers[i] = Some(value));
        let mut forward =
            Forward { plan: &compiled, mode, primitives: &self.primitives, store: &mut self.store, values };
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
            self.plans.get(plan)?.kept = Some(values);
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
