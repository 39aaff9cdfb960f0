//! The metrics of a finished run, `metrics.json`.

use serde::{Deserialize, Serialize};
use smash_core::backend::BackendInfo;
use smash_core::dataset::Normalise;
use smash_core::session::{Seconds, Session};

use crate::{Job, Result};

/// The metrics of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Test error (fraction) of the retrained network. The test split is evaluated once, at the end.
    pub test_error: Option<f64>,
    /// Test cross-entropy of the retrained network.
    pub test_loss: Option<f64>,
    /// Validation error (fraction) of the best architecture under generated weights; of a host that trains
    /// one architecture and keeps the validation split apart, that of the trained network.
    pub valid_error: Option<f64>,
    /// Validation cross-entropy, as `valid_error`.
    pub valid_loss: Option<f64>,
    /// Parameters of the retrained network.
    pub params: u64,
    /// Multiply-accumulates (MACs) of the retrained network for one example.
    pub macs: u64,
    /// Hash of the best architecture.
    pub architecture: String,
    /// Candidates that were evaluated.
    pub candidates: usize,
    /// Training steps that were skipped because a loss or gradient was not finite.
    pub skipped_steps: u64,
    /// The job's seed.
    pub seed: u64,
    /// The engine that computed the run.
    pub backend: BackendInfo,
    /// Worker threads of the engine.
    pub threads: usize,
    /// Normalisation statistics of the training examples, if the dataset is normalised by them; predictions
    /// on other examples must use the same.
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
    /// Proposing candidates and scoring them.
    pub search: f64,
    /// Retraining the best architecture, and its test.
    pub retrain: f64,
    /// All phases together.
    pub total: f64,
    /// Of these, how long the engine waited for data loading.
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
        let (valid, test) = (session.valid_score(), session.test_score());
        Ok(Self {
            test_error: test.map(|s| s.error),
            test_loss: test.map(|s| s.loss),
            valid_error: valid.map(|s| s.error).or(best.and_then(|record| record.error)),
            valid_loss: valid.map(|s| s.loss).or(best.and_then(|record| record.loss)),
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
