//! What the cross-crate tests share: small sessions, an engine that can be made to fail, the built program.

mod faulty;
mod program;

pub use faulty::{Faults, Faulty, Plans};
pub use program::{Place, lines};

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smash_backend_native::NativeConfig;
use smash_core::backend::Snapshot;
use smash_core::component::StrategyConfig;
use smash_core::dataset::{Data, Dataset};
use smash_core::random::Seed;
use smash_core::session::{Event, Parts, Phase, Record, Session, Settings};
use smash_core::smash::SmashConfig;
use smash_core::testing::{Blobs, ToySpace};
use smash_core::train::Recipe;
use smash_plugin::{Job, Registry};

/// A strategy from JSON, everything else at its default.
pub fn smash(config: Value) -> SmashConfig {
    serde_json::from_value(config).unwrap()
}

/// A toy search of about a hundred steps in all.
pub fn small() -> SmashConfig {
    smash(json!({
        "epochs": 3, "batch": 20, "lr": 0.01,
        "hypernet": {"first": 4, "growth": 4, "stages": [2, 2]},
        "scoring": {"batch": 30, "calibration": 40},
        "search": {"random": 12, "perturbation": 6, "chain": 6, "rate": 0.3},
    }))
}

/// Settings that go with [`small`].
pub fn settings(seed: u64) -> Settings {
    let retrain = Recipe { epochs: 3, batch: 20, lr: 0.02, ..Recipe::default() };
    Settings { seed, retrain, ..Settings::default() }
}

/// Four classes of blobs and the space without memory banks, on the native engine.
pub fn toy(extents: &[usize], seed: u64, threads: usize, config: &SmashConfig) -> Parts {
    let blobs = Blobs::new(4, extents, 400, 7);
    Parts {
        space: Box::new(ToySpace::new(blobs.task())),
        strategy: config.pair().unwrap(),
        data: Data::new(Box::new(blobs), Seed::new(seed)).unwrap(),
        backend: Box::new(NativeConfig::default().open(threads).unwrap()),
    }
}

/// A job on the digits with memory banks, some seconds long.
pub fn digits(threads: usize) -> Value {
    json!({
        "seed": 5,
        "space": {"type": "memory_bank", "preset": "tiny"},
        "dataset": {"type": "digits"},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 60,
            "scoring": {"examples": 90, "calibration": 50},
            "search": {"random": 6, "perturbation": 3, "chain": 3}
        },
        "retrain": {"epochs": 1, "batch": 60},
        "threads": threads
    })
}

/// The session of a job.
pub fn parse(job: &Value) -> Job {
    Job::parse(&Registry::builtin().unwrap(), job).unwrap()
}

/// The components of a job.
pub fn parts(job: &Job) -> Parts {
    job.parts(&Registry::builtin().unwrap()).unwrap()
}

/// Every bit of a snapshot.
pub fn bits(snapshot: &Snapshot) -> BTreeMap<String, Vec<u64>> {
    let mut out = BTreeMap::new();
    for (name, tensor) in &snapshot.tensors {
        let shape = tensor.shape().iter().map(|&n| n as u64);
        let values = tensor.data().iter().map(|v| u64::from(v.to_bits()));
        out.insert(name.clone(), shape.chain(values).collect());
    }
    out.extend(snapshot.counts.iter().map(|(name, &n)| (format!("count of {name}"), vec![n])));
    out
}

/// Everything that came out of a session.
#[derive(Default)]
pub struct Trace {
    /// Events, as they would stand in a log: a JSON line each.
    pub events: Vec<String>,
    /// Weights at the beginning of each phase that was entered, and at the end.
    pub weights: Vec<(Phase, BTreeMap<String, Vec<u64>>)>,
    /// Candidates in order of rank.
    pub ranking: Vec<Record>,
    /// Loss and error on the test part.
    pub test: Option<(u64, u64)>,
    /// How many steps there were in each phase.
    pub steps: BTreeMap<String, u64>,
}

impl Trace {
    /// At most `limit` steps.
    pub fn advance(&mut self, session: &mut Session, limit: u64) {
        for _ in 0..limit {
            let before = session.phase();
            if before == Phase::Done {
                break;
            }
            let events = &mut self.events;
            let mut sink = |event: &Event| events.push(serde_json::to_string(event).unwrap());
            let after = session.step(&mut sink).unwrap();
            *self.steps.entry(before.to_string()).or_default() += 1;
            if after != before {
                self.weights.push((after, bits(&session.weights().unwrap())));
            }
        }
        self.ranking = session.ranking();
        self.test = session.test_score().map(|s| (s.loss.to_bits(), s.error.to_bits()));
    }

    /// A session from beginning to end.
    pub fn of(parts: Parts, settings: Settings) -> Self {
        let mut trace = Self::default();
        let mut session = Session::new(parts, settings).unwrap();
        trace.advance(&mut session, u64::MAX);
        trace
    }

    /// Fails unless both are the same, bit for bit.
    pub fn expect_same(&self, other: &Self, what: &str) {
        let (mine, others) = (&self.events, &other.events);
        for (i, (a, b)) in mine.iter().zip(others.iter()).enumerate() {
            assert_eq!(a, b, "{what}: event {i} differs");
        }
        assert_eq!(mine.len(), others.len(), "{what}: number of events");
        assert_eq!(self.ranking, other.ranking, "{what}: ranking");
        assert_eq!(self.test, other.test, "{what}: test score");
        assert_eq!(self.weights.len(), other.weights.len(), "{what}: phases");
        for ((phase, mine), (other_phase, others)) in self.weights.iter().zip(&other.weights) {
            assert_eq!(phase, other_phase, "{what}");
            let names: Vec<_> = mine.keys().collect();
            assert_eq!(names, others.keys().collect::<Vec<_>>(), "{what}: tensors at {phase}");
            for (name, values) in mine {
                assert!(*values == others[name], "{what}: {name} differs when {phase} begins");
            }
        }
    }
}

/// Steps until the search begins.
pub fn searching(mut session: Session) -> Session {
    while session.phase() == Phase::Training {
        session.step(&mut ()).unwrap();
    }
    session
}

/// Some steps, all good.
pub fn advance(session: &mut Session, steps: u64) {
    Trace::default().advance(session, steps);
}
