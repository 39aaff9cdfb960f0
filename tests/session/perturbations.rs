//! A chain of ten thousand perturbations: the released code made 42 % of single perturbations invalid, and a
//! chain gathered them (method section 6.2). Here every link is valid, builds, and runs.

use serde_json::json;
use smash_core::backend::{Feed, Fetch, Mode};
use smash_core::random::Seed;
use smash_core::space::WeightScheme;
use smash_core::space::{GENERATED, bind_generated};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_core::train::initialize;
use smash_plugin::Registry;

#[test]
fn ten_thousand_perturbations_in_a_chain_are_valid_and_run() {
    let registry = Registry::builtin().unwrap();
    let task = Task { channels: 1, extents: vec![8, 8], classes: 10 };
    let space = registry.space(&json!({"type": "memory_bank", "preset": "tiny"}), &task).unwrap();
    let spec = space.plane();
    let mut backend = registry.backend(&json!({"type": "native"}), 0).unwrap();
    let seed = Seed::new(0).split("perturbations");
    let x = Tensor::full(&[2, 1, 8, 8], 0.5);
    let mut architecture = space.sample(&mut seed.random(), 1.0).unwrap();
    let mut changed = 0;
    for i in 0..10_000 {
        let next = space.mutate(&architecture, &mut seed.at(i).random(), 0.05).unwrap();
        changed += usize::from(next != architecture);
        architecture = next;
        space.validate(&architecture).unwrap();
        assert!(space.build(&architecture, WeightScheme::Standalone).unwrap().count().params > 0);

        let description = space.describe(&architecture).unwrap();
        let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        let graph = space.build(&architecture, WeightScheme::OneShot).unwrap();
        let graph = bind_generated(&graph, &description, matrix, |_| 1.0).unwrap();
        initialize(&mut *backend, &graph, Seed::new(0)).unwrap();
        let plan = backend.compile(&graph).unwrap();
        let w = Tensor::full(&matrix, 0.1);
        let inputs = [("x", Feed::Host(&x)), (GENERATED, Feed::Host(&w))];
        let outputs = backend.run(plan, Mode::Calibrate, &inputs, &[("logits", Fetch::Host)]).unwrap();
        let logits = outputs.into_iter().next().unwrap().unwrap();
        assert!(logits.shape() == [2, 10] && logits.is_finite(), "link {i}: {architecture:?}");
        backend.release(plan);
    }
    assert!(changed > 5_000, "only {changed} links changed anything");
}
