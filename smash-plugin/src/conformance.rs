//! Conformance checks: whether a component keeps the contract of its trait. For plugin authors, and for
//! `smash plugin check`.
//!
//! The checks are those of [`smash_core::conformance`], run on a component of a [`Registry`] with a
//! configuration; the last one is a small search with it. Each result is reported as soon as it is known, so
//! that a crash shows which check a plugin crashed in.

use std::fmt;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_core::conformance::{self, Promise, Tolerance};
use smash_core::dataset::{Data, Dataset as _};
use smash_core::random::Seed;
use smash_core::session::{Parts, Phase, Session, Settings};
use smash_core::task::Task;
use smash_core::testing::{Blobs, ToySpace};
use smash_core::train::Recipe;

use crate::{Error, Registry, Result};

/// The outcome of one check.
#[derive(Debug)]
pub struct Case {
    /// Name of the check.
    pub name: &'static str,
    /// What the check found wrong, if anything.
    pub outcome: Result<()>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(()) => write!(f, "{}: ok", self.name),
            Err(error) => write!(f, "{}: {error}", self.name),
        }
    }
}

impl From<Promise> for Case {
    fn from(Promise { name, outcome }: Promise) -> Self {
        Self { name, outcome: outcome.map_err(Error::Core) }
    }
}

/// A callback that gets each case as it is known.
pub type Watch<'a> = dyn FnMut(Case) + 'a;

/// Checks the component of a configuration, which is resolved first.
pub fn check(registry: &Registry, kind: Kind, config: &Value, watch: &mut Watch<'_>) {
    let config = match registry.resolve(kind, config).map_err(Error::Job) {
        Ok(config) => config,
        Err(error) => return watch(Case { name: "configuration", outcome: Err(error) }),
    };
    match kind {
        Kind::Space => check_space(registry, &config, watch),
        Kind::Strategy => check_strategy(registry, &config, watch),
        Kind::Estimator => check_estimator(registry, &config, watch),
        Kind::Dataset => check_dataset(registry, &config, watch),
        Kind::Backend => check_backend(registry, &config, watch),
    }
}

/// Checks a space on images and signals.
pub fn check_space(registry: &Registry, config: &Value, watch: &mut Watch<'_>) {
    for extents in [&[8, 8][..], &[16]] {
        let task = Task { channels: 4, extents: extents.to_vec(), classes: 4 };
        let mut open = || registry.space(config, &task).map_err(core);
        conformance::space(&mut open, &task).for_each(|promise| watch(promise.into()));
    }
    watch(searched(registry, |parts| {
        Ok(Parts { space: registry.space(config, parts.data.task())?, ..parts })
    }));
}

/// Checks a strategy: what it proposes.
pub fn check_strategy(registry: &Registry, config: &Value, watch: &mut Watch<'_>) {
    let mut open = || registry.strategy(config).map(|strategy| strategy.proposer).map_err(core);
    conformance::proposer(&mut open).for_each(|promise| watch(promise.into()));
    watch(searched(registry, |mut parts| {
        parts.strategy.proposer = registry.strategy(config)?.proposer;
        Ok(parts)
    }));
}

/// Checks an estimator: a search is ranked by it.
pub fn check_estimator(registry: &Registry, config: &Value, watch: &mut Watch<'_>) {
    watch(searched(registry, |mut parts| {
        parts.strategy.estimator = registry.estimator(config)?;
        Ok(parts)
    }));
}

/// Checks a dataset.
pub fn check_dataset(registry: &Registry, config: &Value, watch: &mut Watch<'_>) {
    let mut open = || registry.dataset(config).map_err(core);
    conformance::dataset(&mut open).for_each(|promise| watch(promise.into()));
    watch(searched(registry, |parts| {
        let data = Data::new(registry.dataset(config)?, Seed::new(0))?;
        Ok(Parts { space: Box::new(ToySpace::new(data.task())), data, ..parts })
    }));
}

/// Checks an engine: every op and every promise, against a slow reference.
pub fn check_backend(registry: &Registry, config: &Value, watch: &mut Watch<'_>) {
    for &(name, check) in conformance::CHECKS {
        let mut open = || registry.backend(config, 2).map_err(core);
        let outcome = check(&mut conformance::Subject::new(&mut open, Tolerance::default()));
        watch(Case { name, outcome: outcome.map_err(Error::Core) });
    }
    watch(searched(registry, |parts| Ok(Parts { backend: registry.backend(config, 2)?, ..parts })));
}

/// Runs a whole job of a few seconds in which one component is exchanged. The strategy is asked for at most
/// `CANDIDATES` candidates.
fn searched(registry: &Registry, exchange: impl FnOnce(Parts) -> Result<Parts>) -> Case {
    const CANDIDATES: usize = 12;
    let run = || -> Result<()> {
        let blobs = Blobs::new(4, &[8, 8], 200, 1);
        let strategy = json!({
            "type": "smash", "epochs": 1, "batch": 20,
            "hypernet": {"first": 4, "growth": 4, "stages": [1, 1]},
            "scoring": {"batch": 20, "examples": 20, "calibration": 20},
            "search": {"random": 6, "perturbation": 3, "chain": 3}
        });
        let parts = exchange(Parts {
            space: Box::new(ToySpace::new(blobs.task())),
            strategy: registry.strategy(&strategy)?,
            data: Data::new(Box::new(blobs), Seed::new(0))?,
            backend: registry.backend(&json!({"type": "native"}), 2)?,
        })?;
        let settings = Settings { retrain: Recipe { epochs: 0, ..Recipe::default() }, ..Settings::default() };
        let mut session = Session::new(parts, settings)?;
        while session.phase() != Phase::Done && session.ranking().len() < CANDIDATES {
            session.step(&mut ())?;
        }
        let scored = session.ranking().iter().filter(|record| record.loss.is_some()).count();
        if scored == 0 {
            return Err(smash_core::Error::conformance("no candidate has a finite score").into());
        }
        Ok(())
    };
    Case { name: "it_is_searched", outcome: run() }
}

/// Converts to the error type that the checks expect.
fn core(error: Error) -> smash_core::Error {
    match error {
        Error::Core(error) => error,
        other => smash_core::Error::conformance(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The built-in components pass their own conformance checks.
    #[test]
    fn built_in_components_keep_their_promises() {
        let registry = Registry::builtin().unwrap();
        for (kind, config) in [
            (Kind::Space, json!({"type": "memory_bank", "preset": "tiny"})),
            (Kind::Strategy, json!({"type": "smash"})),
            (
                Kind::Strategy,
                json!({"type": "evolution", "search": {"population": 8}, "estimator": {"type": "hypernet"}}),
            ),
            (
                Kind::Strategy,
                json!({"type": "random", "search": {"candidates": 20}, "estimator": {"type": "hypernet"}}),
            ),
            (Kind::Dataset, json!({"type": "digits"})),
            (Kind::Backend, json!({"type": "native"})),
        ] {
            let mut count = 0;
            check(&registry, kind, &config, &mut |case| {
                count += 1;
                assert!(case.outcome.is_ok(), "{config}: {case}");
            });
            assert!(count > 6, "{config}: {count} checks");
        }
    }

    #[test]
    fn what_cannot_be_made_is_one_failure_each() {
        let registry = Registry::builtin().unwrap();
        let mut said = Vec::new();
        let wrong = json!({"type": "cifar10", "path": "/nowhere"});
        check(&registry, Kind::Dataset, &wrong, &mut |case| said.push(case.to_string()));
        assert!(said.len() > 6 && said.iter().all(|line| line.contains("/nowhere")), "{said:?}");
        let mut said = Vec::new();
        check(&registry, Kind::Dataset, &json!({"type": "none"}), &mut |case| said.push(case.to_string()));
        assert!(said.len() == 1 && said[0].starts_with("configuration: /dataset/type"), "{said:?}");
    }
}
