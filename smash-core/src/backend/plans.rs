//! A cache of compiled plans, shared by engines written in Rust.

use std::collections::BTreeMap;

use super::Plan;
use crate::error::{Error, Result};
use crate::graph::Graph;

/// Compiled graphs by handle. Equal graphs, by their structural hash, share one handle.
#[derive(Debug)]
pub struct Plans<T> {
    compiled: BTreeMap<u64, ([u8; 32], T)>,
    ids: BTreeMap<[u8; 32], u64>,
    next: u64,
}

impl<T> Default for Plans<T> {
    fn default() -> Self {
        Self { compiled: BTreeMap::new(), ids: BTreeMap::new(), next: 0 }
    }
}

impl<T> Plans<T> {
    /// The handle of a graph; calls `compile` for a graph that is not in the cache.
    ///
    /// # Errors
    /// Those of `compile`.
    pub fn compile(&mut self, graph: &Graph, compile: impl FnOnce(&Graph) -> Result<T>) -> Result<Plan> {
        let hash = graph.hash();
        if let Some(&id) = self.ids.get(&hash) {
            return Ok(Plan(id));
        }
        let compiled = compile(graph)?;
        let id = self.next;
        self.next += 1;
        self.compiled.insert(id, (hash, compiled));
        self.ids.insert(hash, id);
        Ok(Plan(id))
    }

    /// Drops a plan; its graph can be compiled again.
    pub fn release(&mut self, plan: Plan) {
        if let Some((hash, _)) = self.compiled.remove(&plan.0) {
            self.ids.remove(&hash);
        }
    }

    /// The compiled form of a plan.
    ///
    /// # Errors
    /// For an unknown plan.
    pub fn get(&mut self, plan: Plan) -> Result<&mut T> {
        let unknown =
            || Error::backend(format!("there is no plan {}; it was released or never compiled", plan.0));
        self.compiled.get_mut(&plan.0).map(|(_, compiled)| compiled).ok_or_else(unknown)
    }

    /// All compiled plans, in the order of their handles.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.compiled.values_mut().map(|(_, compiled)| compiled)
    }
}
