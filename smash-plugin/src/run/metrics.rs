//! `metrics.json`.

use serde::{Deserialize, Serialize};
use smash_core::backend::BackendInfo;
use smash_core::dataset::Normalise;
use smash_core::session::{Seconds, Session};

use crate::{Job, Result};

/// What came out of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Error (fraction) of the retrained network on the test part, which was touched once.
    pub test_error: Option<f64>,
    /// Cross-entropy of the retrained network on the test part.
    pub test_loss: Option<f64>,
    /// Validation error (fraction) of the chosen architecture under generated weights. The retrained network may have
    /// been trained on the validation examples (`retrain.use_validation`), so it has none of its own.
    pub valid_error: Option<f64>,
    /// Validation cross-entropy of the chosen architecture under generated weights.
    pub valid_loss: Option<f64>,
    /// Parameters of the retrained network.
    pub params: u64,
    /// Its multiply-accumulates for one example.
    pub macs: u64,
    /// Hash of the chosen architecture.
    pub architecture: String,
    /// Candidates that were evaluated.
    pub candidates: usize,
    /// Training steps that were skipped because something was not finite.
    pub skipped_steps: u64,
    /// The job's seed.
    pub seed: u64,
    /// The engine.
    pub backend: BackendInfo,
    /// Worker threads.
    pub threads: usize,
    /// What the examples were normalised by, if those that trained were asked: what else is to be classified goes by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normalise>,
    /// Wall-clock seconds, over all resumptions.
    pub seconds: PhaseSeconds,
}

/// Wall-clock seconds of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseSeconds {
    /// Training the HyperNet.
    pub hypernet: f64,
    /// Proposing and scoring.
    pub search: f64,
    /// Training the chosen architecture, and its test.
    pub retrain: f64,
    /// All together.
    pub total: f64,
    /// Of these, how long the engine waited for examples.
    #[serde(default)]
    pub waiting: f64,
}

impl From<Seconds> for PhaseSeconds {
    fn from(s: Seconds) -> Self {
        Self {
            hypernet: s.hypernet,
            search: s.search,
            retrain: s.retrain,
            total: s.total(),
            waiting: s.waiting,
        }
    }
}

impl Metrics {
    /// The metrics of a finished session.
    pub(crate) fn of(session: &mut Session, job: &Job) -> Result<Self> {
        let backend = session.backend().info();
        let count = session.model_graph()?.count();
        let hash = session.chosen().map(smash_core::architecture::Architecture::hash).unwrap_or_default();
        let ranking = session.ranking();
        let best = ranking.iter().find(|record| record.hash == hash);
        let test = session.test_score();
        Ok(Self {
            test_error: test.map(|s| s.error),
            test_loss: test.map(|s| s.loss),
            valid_error: best.and_then(|record| record.error),
            valid_loss: best.and_then(|record| record.loss),
            params: count.params,
            macs: count.macs,
            architecture: hash,
            candidates: ranking.len(),
            skipped_steps: session.skipped_steps(),
            seed: job.seed,
            threads: backend.threads,
            backend,
            normalise: session.data().normalise().cloned(),
            seconds: session.seconds().into(),
        })
    }
}
