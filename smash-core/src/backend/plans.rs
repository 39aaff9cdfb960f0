//! What engines in Rust share: a table of plans.

use std::collections::BTreeMap;

use super::Plan;
use crate::error::{Error, Result};
use crate::graph::Graph;

/// Compiled graphs by their handles. Equal graphs have one handle.
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
    /// The handle of a graph; `compile` is called for a new one.
    ///
    /// # Errors
    /// What `compile` says.
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

    /// Forgets a plan.
    pub fn release(&mut self, plan: Plan) {
        if let Some((hash, _)) = self.compiled.remove(&plan.0) {
            self.ids.remove(&hash);
        }
    }

    /// What was compiled.
    ///
    /// # Errors
    /// For an unknown plan.
    pub fn get(&mut self, plan: Plan) -> Result<&mut T> {
        let unknown =
            || Error::backend(format!("there is no plan {}; it was released or never compiled", plan.0));
        self.compiled.get_mut(&plan.0).map(|(_, compiled)| compiled).ok_or_else(unknown)
    }

    /// Everything that was compiled.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.compiled.values_mut().map(|(_, compiled)| compiled)
    }
}
