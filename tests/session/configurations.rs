//! Any configuration of the memory-bank space either is refused with a reason, or its architectures build,
//! are described, and train.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use smash_core::dataset::{Data, Dataset};
use smash_core::random::Seed;
use smash_core::smash::{HyperNetEstimator, HyperNetEstimatorConfig};
use smash_core::strategy::{Estimator, EstimatorContext};
use smash_core::testing::Blobs;
use smash_plugin::Registry;

prop_compose! {
    fn configuration()(
        sizes in (1..=8usize, 1..=6usize, 1..=3usize, 1..=3usize, 1..=4usize),
        convs in (1..=3usize, 1..=3usize, 1..=8usize, 1..=4usize),
        stem in (0..=3usize, 1..=2usize),
        rules in (0..3usize, 0..2usize, 0..2usize, 0..2usize, 0..2usize),
    ) -> Value {
        let (unit, k, depth, width, compression) = sizes;
        let (kernel, dilation, groups, bottleneck) = convs;
        json!({
            "type": "memory_bank", "unit": unit, "max_width": unit * k, "depth": depth, "width": width,
            "compression": compression, "max_kernel": 2 * kernel + 1, "max_dilation": dilation,
            "max_groups": groups, "bottleneck": bottleneck, "stem": {"kernel": 2 * stem.0 + 1, "stride": stem.1},
            "ops": (["single", "variable", "big"][rules.0]), "width_rule": (["peaked", "uniform"][rules.1]),
            "bank_size": (["any", "one"][rules.2]), "bottleneck_rule": (["floor", "constant"][rules.3]),
            "mode": (["fixed", "reference"][rules.4]),
        })
    }
}

/// True if the configuration was accepted, and an architecture of it trained for one step at `progress` of
/// training.
fn trains(config: &Value, rank: usize, seed: u64) -> bool {
    let registry = Registry::builtin().unwrap();
    let data = Blobs::new(2, &[5, 4, 6][..rank], 40, seed);
    let space = match registry.space(config, data.task()) {
        Ok(space) => space,
        Err(smash_plugin::Error::Job(problems)) => {
            assert!(problems.iter().all(|p| p.pointer.starts_with("/space/") && p.message.len() > 10));
            return false;
        }
        Err(other) => panic!("{other}"),
    };
    let data = Data::new(Box::new(data), Seed::new(seed)).unwrap();
    let mut backend = registry.backend(&json!({"type": "native"}), 1).unwrap();
    let mut context =
        EstimatorContext { space: &*space, data: &data, backend: &mut *backend, seed: Seed::new(seed) };
    let small = json!({"epochs": 2, "batch": 4, "hypernet": {"first": 2, "growth": 2, "stages": [1, 1]}});
    let config: HyperNetEstimatorConfig = serde_json::from_value(small).unwrap();
    let mut estimator = HyperNetEstimator::new(config);
    let last = estimator.steps(&data) - 1;
    for step in [0, last] {
        let done = estimator.step(&mut context, step).unwrap();
        assert!(done.applied && done.loss.is_finite(), "{done:?}");
    }
    let sample = space.sample(&mut Seed::new(seed).random(), 1.0).unwrap();
    space.validate(&sample).unwrap();
    estimator.score(&mut context, &[sample]).unwrap();
    true
}

#[test]
fn a_configuration_is_refused_with_a_reason_or_trains() {
    let accepted = Cell::new(0);
    let settings = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let cases = (configuration(), 1..=3usize, 0..1000u64);
    let checked = TestRunner::new(settings).run(&cases, |(config, rank, seed)| {
        accepted.set(accepted.get() + u32::from(trains(&config, rank, seed)));
        Ok(())
    });
    checked.unwrap();
    assert!((40..=190).contains(&accepted.get()), "{} of 200 were accepted", accepted.get());
}

/// The released code fails while sampling when N_max exceeds a block's input; here the configuration is
/// refused.
#[test]
fn n_max_above_a_block_input_is_refused() {
    let registry = Registry::builtin().unwrap();
    let data = Blobs::new(2, &[8, 8], 10, 0);
    let config = json!({"type": "memory_bank", "unit": 8, "max_width": 64, "width": 1});
    let Err(smash_plugin::Error::Job(problems)) = registry.space(&config, data.task()) else {
        panic!("accepted")
    };
    assert_eq!(problems[0].pointer, "/space/max_width");
}
