//! The memory-bank space at rank 3: its HyperNet and its networks train on voxels.

use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use smash_backend_native::NativeConfig;
use smash_core::component::{SpaceConfig, StrategyConfig};
use smash_core::dataset::{Data, Dataset};
use smash_core::random::Seed;
use smash_core::session::{Parts, Phase, Session, Settings};
use smash_core::space::SearchSpace;
use smash_core::task::Task;
use smash_core::testing::Blobs;
use smash_core::train::Recipe;
use smash_search_spaces::memory_bank::MemoryBankConfig;
use smash_tests::kit::{Trace, smash};

/// A few examples and steps of a space on voxels.
fn voxels(extent: usize, count: usize, preset: &str) -> Parts {
    let blobs = Blobs::new(3, &[extent; 3], count, 7);
    let space: MemoryBankConfig = serde_json::from_value(json!({"preset": preset})).unwrap();
    let strategy = smash(json!({
        "epochs": 1, "batch": 4,
        "scoring": {"batch": 8, "calibration": 4},
        "search": {"random": 2, "perturbation": 1, "chain": 1},
    }));
    Parts {
        space: SpaceConfig::build(&space, blobs.task()).unwrap(),
        strategy: strategy.pair().unwrap(),
        data: Data::new(Box::new(blobs), Seed::new(1)).unwrap(),
        backend: Box::new(NativeConfig::default().open(2).unwrap()),
    }
}

#[test]
fn a_search_on_voxels_runs_from_end_to_end() {
    let retrain = Recipe { epochs: 1, batch: 4, ..Recipe::default() };
    let settings = Settings { seed: 1, retrain, ..Settings::default() };
    let trace = Trace::of(voxels(16, 30, "tiny_3d"), settings);
    assert_eq!(trace.ranking.len(), 4);
    assert!(trace.ranking.iter().all(|record| record.loss.is_some()));
    assert!(trace.test.is_some_and(|(loss, _)| f64::from_bits(loss).is_finite()));
    let events = &trace.events;
    let steps = events.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps: Vec<Value> = steps.filter(|event| event["event"] == "step").collect();
    assert!(steps.iter().any(|step| step["phase"] == "training"));
    assert!(steps.iter().any(|step| step["phase"] == "retraining"));
    assert!(steps.iter().all(|step| step["applied"] == true), "{steps:?}");
}

#[test]
fn an_architecture_found_on_images_trains_on_voxels() {
    let parts = voxels(16, 30, "tiny_3d");
    let images = Task { channels: 3, extents: vec![32, 32], classes: 10 };
    let found = MemoryBankConfig::default().build(&images).unwrap();
    let found = found.sample(&mut Seed::new(3).random(), 1.0).unwrap();
    let converted = parts.space.convert(&found).unwrap();
    let recipe = Recipe { epochs: 2, batch: 4, ..Recipe::default() };
    let settings = Settings { seed: 1, retrain: recipe, ..Settings::default() };
    let mut session = Session::train_only(parts, settings, converted).unwrap();
    session.run(&AtomicBool::new(false)).unwrap();
    assert_eq!((session.phase(), session.skipped_steps()), (Phase::Done, 0));
    assert!(session.test_score().unwrap().is_finite());
}
