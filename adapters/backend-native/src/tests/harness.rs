//! The engine at every kernel level.

use smash_core::backend::{Backend, Plan};
use smash_core::conformance::{Subject, Tolerance, data};
use smash_core::graph::Graph;

use crate::NativeBackend;
use crate::kernel::Level;

/// A backend with the parameters of a graph, and its plan.
pub(crate) fn backend(level: &str, threads: usize, graph: &Graph) -> (NativeBackend, Plan) {
    let mut backend = NativeBackend::new(level, threads).unwrap();
    for (name, value) in data::parameters(graph).unwrap() {
        backend.write(&name, &value).unwrap();
    }
    let plan = backend.compile(graph).unwrap();
    (backend, plan)
}

/// Checks every mode and every gradient of a graph at every level.
pub(crate) fn check(what: &str, graph: &Graph, batch: usize) {
    for level in Level::available() {
        let mut open =
            || Ok(Box::new(NativeBackend::new(level.name(), 2)?) as Box<dyn smash_core::backend::Backend>);
        let what = format!("{what} at {}", level.name());
        Subject::new(&mut open, Tolerance::default()).graph(&what, graph, batch).unwrap();
    }
}
