//! Estimators that go through the vtable and come back.

use serde_json::{Value, json};
use smash_backend_native::NativeConfig;
use smash_core::architecture::Architecture;
use smash_core::backend::Backend;
use smash_core::component::{Component, EstimatorConfig, Kind};
use smash_core::dataset::Data;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::strategy::{Estimator, EstimatorContext, Score, TrainStep};
use smash_core::testing::{Blobs, ToySpace};
use smash_core::{Error, Result};

use crate::abi::{self, Code, Host, Plugin};
use crate::plugin::ForeignPlugin;
use crate::space::export::BorrowedSpace;
use crate::space::import::ForeignSpace;

/// An estimator with one fault.
struct Odd(String);

impl Estimator for Odd {
    fn steps(&self, data: &Data) -> u64 {
        if self.0 == "steps" { u64::MAX } else { data.splits().train.len() as u64 / 100 }
    }
    fn step(&mut self, context: &mut EstimatorContext<'_>, step: u64) -> Result<TrainStep> {
        assert_ne!(self.0, "panic", "no step");
        context.data.batch(&[usize::try_from(step).unwrap_or_default()], None)?;
        if self.0 == "space" {
            context.space.validate(&Architecture::new("toy", 1, &json!({}))?)?;
        }
        let loss = if self.0 == "nan" { f64::NAN } else { 0.5 };
        Ok(TrainStep { loss, error: 0.25, applied: self.0 != "nan" })
    }
    fn score(&mut self, _: &mut EstimatorContext<'_>, of: &[Architecture]) -> Result<Vec<Score>> {
        let count = if self.0 == "few" { 1 } else { of.len() };
        Ok(vec![Score { loss: f64::INFINITY, error: 0.5 }; count])
    }
    fn save(&self) -> Result<Value> {
        if self.0 == "save" { Err(Error::checkpoint("too much to tell")) } else { Ok(json!({"odd": true})) }
    }
    fn load(&mut self, state: &Value) -> Result<()> {
        if *state == json!({"odd": true}) { Ok(()) } else { Err(Error::checkpoint("not mine")) }
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct OddConfig {
    fault: String,
}

#[typetag::serde(name = "odd")]
impl EstimatorConfig for OddConfig {
    fn build(&self) -> Result<Box<dyn Estimator>> {
        Ok(Box::new(Odd(self.fault.clone())))
    }
}

inventory::submit! { Component::new::<OddConfig>(Kind::Estimator, "odd", "Something is wrong.") }

unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    const WANTED: &[(&str, &str)] = &[("Estimator", "odd"), ("Estimator", "hypernet")];
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", WANTED, host, out, err) }
}

fn there(config: &Value) -> Box<dyn Estimator> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    let component = plugin.components.iter().find(|component| config["type"] == component.id).unwrap();
    component.estimator(&component.resolve(config).unwrap()).unwrap()
}

fn odd(fault: &str) -> Box<dyn Estimator> {
    there(&json!({"type": "odd", "fault": fault}))
}

fn data() -> Data {
    Data::new(Box::new(Blobs::new(4, &[8, 8], 200, 1)), Seed::new(3)).unwrap()
}

fn hypernet() -> Value {
    json!({
        "type": "hypernet", "epochs": 1, "batch": 20, "hypernet": {"first": 4, "growth": 4, "stages": [1, 1]},
        "scoring": {"batch": 20, "examples": 20, "calibration": 20}
    })
}

/// Steps, losses and scores of an estimator; with `reload`, it is saved and loaded in the middle.
fn story(
    mut estimator: Box<dyn Estimator>,
    (space, seed): (&dyn SearchSpace, Seed),
    reload: bool,
) -> (u64, Vec<TrainStep>, Vec<Score>) {
    let data = data();
    let mut engine = NativeConfig::default().open(1).unwrap();
    let mut context = EstimatorContext { space, data: &data, backend: &mut engine, seed };
    let steps = estimator.steps(&data);
    let mut losses = Vec::new();
    for step in 0..steps {
        if reload && step == steps / 2 {
            let state = estimator.save().unwrap();
            estimator = there(&hypernet());
            estimator.load(&state).unwrap();
        }
        losses.push(estimator.step(&mut context, step).unwrap());
    }
    let toy = ToySpace::new(data.task());
    let sample = |i| toy.sample(&mut Seed::new(i).random(), 1.0).unwrap();
    let architectures: Vec<_> = (0..4).map(sample).collect();
    let scores = estimator.score(&mut context, &architectures).unwrap();
    assert!(engine.snapshot().unwrap().parameters().count() > 4, "the engine is the session's own");
    (steps, losses, scores)
}

/// The HyperNet behind a vtable, with a space, examples and an engine that are lent to it, finds what it
/// finds here.
#[test]
fn the_hypernet_is_the_same_on_the_other_side() {
    let config: Box<dyn EstimatorConfig> = serde_json::from_value(hypernet()).unwrap();
    let toy = ToySpace::new(data().task());
    // A seed crosses as a number, of the estimator and of each sample.
    let lent = BorrowedSpace::new(&toy);
    // SAFETY: the toy space outlives the foreign space that is made of it.
    let across = unsafe { ForeignSpace::borrowed(lent.vtable(), lent.this()) }.unwrap();
    let seed = Seed::new(7);
    let here = story(config.build().unwrap(), (&across, Seed::new(seed.random().bits())), false);
    assert_eq!((here.0, here.2.len()), (6, 4));
    assert_eq!(here, story(there(&hypernet()), (&toy, seed), false));
    assert_eq!(here, story(there(&hypernet()), (&toy, seed), true));
}

#[test]
fn faults_are_errors_and_a_panic_poisons() {
    let data = data();
    let space = ToySpace::new(data.task());
    let mut engine = NativeConfig::default().open(1).unwrap();
    let mut context =
        EstimatorContext { space: &space, data: &data, backend: &mut engine, seed: Seed::new(0) };
    let architectures = [0, 1].map(|i| space.sample(&mut Seed::new(i).random(), 1.0).unwrap());
    let fails = |found: Result<TrainStep>, words: &str| {
        let error = found.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };

    assert_eq!(odd("").steps(&data), 1);
    assert_eq!(odd("steps").steps(&data), 1, "the first step says what is wrong");
    fails(odd("steps").step(&mut context, 0), "steps: expected at most");
    fails(odd("space").step(&mut context, 0), "/choices");
    let skipped = odd("nan").step(&mut context, 0).unwrap();
    assert!(skipped.loss.is_nan() && !skipped.applied);
    let mut panicking = odd("panic");
    fails(panicking.step(&mut context, 0), "no step");
    fails(panicking.step(&mut context, 0), "panicked");

    let scores = odd("").score(&mut context, &architectures).unwrap();
    assert!(scores.iter().all(|score| score.loss.is_nan() && score.error == 0.5));
    let few = odd("few").score(&mut context, &architectures).unwrap_err().to_string();
    assert!(few.contains("expected 2 scores, found 1"), "{few}");
    assert!(odd("save").save().unwrap_err().to_string().contains("too much to tell"));
    assert!(odd("").load(&json!(3)).unwrap_err().to_string().contains("not mine"));
}
