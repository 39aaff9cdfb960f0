//! The engine at every kernel level, with convolutions in every way.

use smash_core::backend::{Backend, Plan};
use smash_core::conformance::{Subject, Tolerance, data};
use smash_core::graph::Graph;

use crate::NativeBackend;
use crate::kernel::{Isa, PlaneResidency, Tiling};

/// Every instruction set, with convolutions as an engine chooses, and in Winograd tiles wherever that is
/// possible: tests are full of small shapes, for which it hardly ever is worth it.
pub(crate) fn ways() -> impl Iterator<Item = (Isa, Tiling)> {
    let tiles = [PlaneResidency::All, PlaneResidency::List].map(Tiling::Winograd);
    let tilings = [Tiling::Auto].into_iter().chain(tiles);
    Isa::available().flat_map(move |isa| tilings.clone().map(move |tiling| (isa, tiling)))
}

/// A backend with the parameters of a graph, and its plan.
pub(crate) fn backend(level: &str, threads: usize, graph: &Graph) -> (NativeBackend, Plan) {
    let mut backend = NativeBackend::new(level, threads).unwrap();
    for (name, value) in data::parameters(graph).unwrap() {
        backend.write(&name, &value).unwrap();
    }
    let plan = backend.compile(graph).unwrap();
    (backend, plan)
}

/// Checks every mode and every gradient of a graph in every way.
pub(crate) fn check(what: &str, graph: &Graph, batch: usize) {
    for (isa, tiling) in ways() {
        let mut open = || {
            let backend = NativeBackend::with_tiling(isa.name(), 2, tiling)?;
            Ok(Box::new(backend) as Box<dyn Backend>)
        };
        let what = format!("{what} at {}, {tiling:?}", isa.name());
        Subject::new(&mut open, Tolerance::default()).graph(&what, graph, batch).unwrap();
    }
}
