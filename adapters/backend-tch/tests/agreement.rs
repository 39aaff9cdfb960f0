#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The same job and seed on the native engine and on libtorch: the same networks, and the same course of training.
//!
//! Training amplifies the rounding in which two engines differ, the more the larger its steps: at the default rates it
//! parts the loss curves within 50 steps. So the rates here are smaller.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smash_backend_native as _;
use smash_backend_tch as _;
use smash_core::backend::{Backend, Feed, Fetch, Mode};
use smash_core::component::{BackendConfig, DatasetConfig, SpaceConfig, StrategyConfig};
use smash_core::dataset::Data;
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::space::Network;
use smash_core::strategy::{Lab, Score};
use smash_core::tensor::Tensor;
use smash_core::train::{Recipe, Training, initialize};
use smash_datasets as _;
use smash_search_spaces as _;

const STEPS: u64 = 50;
const SEED: u64 = 5;
const HYPERNET_RATE: f64 = 1e-4;
const RATE: f64 = 0.003;

/// A component as it stands in a job.
fn component<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// Digits and the `tiny` memory banks, on one engine.
fn parts(engine: &str) -> Parts {
    let dataset: Box<dyn DatasetConfig> = component(json!({"type": "digits"}));
    let data = Data::new(dataset.open().unwrap(), Seed::new(SEED)).unwrap();
    let space: Box<dyn SpaceConfig> = component(json!({"type": "memory_bank", "preset": "tiny"}));
    let strategy: Box<dyn StrategyConfig> = component(json!({
        "type": "smash", "epochs": 3, "batch": 50, "lr": HYPERNET_RATE, "scoring": {"examples": 100, "calibration": 100}
    }));
    let backend: Box<dyn BackendConfig> = component(json!({"type": engine}));
    Parts {
        space: space.build(data.task()).unwrap(),
        strategy: strategy.build().unwrap(),
        backend: backend.open(2).unwrap(),
        data,
    }
}

fn both() -> [Parts; 2] {
    [parts("native"), parts("tch")]
}

/// The largest difference, relative to the largest number of the first where that is above 1.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().fold(1.0f32, |most, v| most.max(v.abs()));
    a.iter().zip(b).fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / scale
}

/// The largest relative difference of two loss curves.
fn curves_apart([a, b]: &[Vec<f64>; 2]) -> f64 {
    assert_eq!((a.len() as u64, b.len()), (STEPS, a.len()));
    assert!(a.iter().all(|loss| loss.is_finite()), "{a:?}");
    a.iter().zip(b).fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs() / a.abs()))
}

fn network(parts: &Parts) -> Graph {
    let architecture = parts.space.sample(&mut Seed::new(3).random(), 1.0).unwrap();
    parts.space.build(&architecture, Network::Standalone).unwrap()
}

#[test]
fn initial_logits() {
    for mode in [Mode::Eval, Mode::Calibrate, Mode::Train] {
        let [native, tch] = both().map(|mut parts| {
            let graph = network(&parts);
            let backend = parts.backend.as_mut();
            initialize(backend, &graph, Seed::new(SEED)).unwrap();
            let plan = backend.compile(&graph).unwrap();
            let batch = parts.data.batch(&parts.data.splits().train[..64], None).unwrap();
            let found = backend.run(plan, mode, &[("x", Feed::Host(&batch.x))], &[("logits", Fetch::Host)]);
            found.unwrap().remove(0).map(Tensor::into_data).unwrap()
        });
        let apart = apart(&native, &tch);
        println!("logits, {mode:?}: {apart:.1e} apart");
        assert!(apart < 1e-4, "{mode:?}: logits are {apart} apart");
    }
}

#[test]
fn training_with_its_own_weights() {
    let curves = both().map(|mut parts| {
        let recipe = Recipe { epochs: 3, lr: RATE, ..Recipe::default() };
        let graph = network(&parts);
        let backend = parts.backend.as_mut();
        let training = Training::new(backend, graph, &parts.data, recipe, Seed::new(SEED)).unwrap();
        let step = |step| training.step(backend, &parts.data, step).unwrap().loss;
        (0..STEPS).map(step).collect::<Vec<f64>>()
    });
    let apart = curves_apart(&curves);
    println!("training: {:.3} to {:.3}, {apart:.1e} apart", curves[0][0], curves[0][49]);
    assert!(apart < 0.02, "loss curves are {apart} apart: {curves:?}");
}

#[test]
fn training_a_hypernet() {
    let [native, tch] = both().map(|mut parts| {
        let backend: &mut dyn Backend = parts.backend.as_mut();
        let mut lab = Lab { space: parts.space.as_ref(), data: &parts.data, backend, seed: Seed::new(SEED) };
        let estimator = &mut parts.strategy.estimator;
        let few: Vec<_> =
            (0..3).map(|i| lab.space.sample(&mut Seed::new(i).random(), 1.0).unwrap()).collect();
        let losses = |scores: Vec<Score>| scores.iter().map(|score| score.loss as f32).collect::<Vec<_>>();
        let before = losses(estimator.score(&mut lab, &few).unwrap());
        let curve: Vec<f64> = (0..STEPS).map(|i| estimator.step(&mut lab, i).unwrap().loss).collect();
        let after = losses(estimator.score(&mut lab, &few).unwrap());
        (before, curve, after)
    });
    let before = apart(&native.0, &tch.0);
    assert!(before < 1e-4, "scores before training are {before} apart: {:?} {:?}", native.0, tch.0);
    let (first, last) = (native.1[0], native.1[49]);
    let curves = curves_apart(&[native.1, tch.1]);
    let after = apart(&native.2, &tch.2);
    println!(
        "hypernet: {first:.3} to {last:.3}, curves {curves:.1e}, scores {before:.1e} and {after:.1e} apart"
    );
    assert!(curves < 0.02 && after < 0.02, "curves are {curves} apart, scores {after}");
}
