//! A search in progress, which a host steps, runs, asks and tells.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use smash_core::architecture::Architecture;
use smash_core::error::Problem;
use smash_core::session::{Decision, End, Phase, Session, drive};
use smash_core::strategy::Score;
use smash_sdk::host_functions::{ERROR, log};

use super::call::{Call, Limits, Listener};
use super::context::{TARGET, parse};
use super::status::{Control, State};
use super::trial::{AddedResult, IntermediateResult, PendingTrial, TrialResult};
use super::{Context, Model, SharedDataset};
use crate::data_identity::DataIdentity;
use crate::run::Metrics;
use crate::{Error, Job, Result};

/// What is wrong with a result that has none.
const NO_VALUES: &str = "expected at least one value, or the status \"failed\"";

/// A job in progress.
pub struct Search {
    pub(super) session: Session,
    pub(super) job: Job,
    pub(super) context: Arc<Context>,
    control: Arc<Control>,
    /// Identity of the examples, once it was needed.
    pub(super) identity: OnceLock<DataIdentity>,
}

impl Search {
    /// Starts a job on the dataset that it names or on one of the host.
    ///
    /// # Errors
    /// Problems of the job or of its components.
    pub fn new(context: Arc<Context>, job: &str, data: Option<&SharedDataset>) -> Result<Self> {
        let job = context.job(parse(job, "job")?, data.is_some())?;
        let session = Session::new(context.parts(&job, data)?, job.settings())?;
        Ok(Self::around(context, job, session))
    }

    pub(super) fn around(context: Arc<Context>, job: Job, session: Session) -> Self {
        let control = Arc::new(Control::new(&session));
        Self { session, job, context, control, identity: OnceLock::new() }
    }

    /// Status and cancellation, for other threads.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// The context that the search was made with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Steps until the job is done, a limit is reached, or the search is cancelled.
    ///
    /// # Errors
    /// When a component fails, training diverged, or trials are still pending.
    pub fn run(&mut self, limits: Limits, listener: Listener<'_>) -> Result<End> {
        self.control.update(&self.session, State::Running);
        let mut call = Call::new(limits, listener, &self.control);
        let mut result = drive(&mut self.session, &mut call);
        // A request to stop that came too late for the last step is of this call, not of the next one.
        if self.control.cancelled() && matches!(result, Ok(End::Paused)) {
            result = Ok(End::Cancelled);
        }
        let state = match &result {
            Ok(End::Done) => State::Done,
            Ok(End::Cancelled) => State::Cancelled,
            // A call in the wrong state changes nothing: the search stays paused.
            Ok(End::Paused) | Err(Error::Core(smash_core::Error::State(_))) => State::Paused,
            Err(_) => State::Failed,
        };
        self.control.update(&self.session, state);
        if let Err(error) = &result {
            log(ERROR, TARGET, &error.to_string());
        }
        result
    }

    /// Asks for up to `n` candidates, which become pending trials for the host to evaluate:
    /// `[{"trial_id", "phase", "architecture"}]`. Fewer when the strategy waits for results or has no more.
    ///
    /// # Errors
    /// When the HyperNet is not trained yet, or the space has no architecture.
    pub fn ask(&mut self, n: usize) -> Result<String> {
        let ids = self.session.propose(n)?;
        let text = self.listed(ids);
        self.publish_status();
        Ok(text)
    }

    /// The pending trials, which a host that loaded a checkpoint goes on with, as [`ask`](Self::ask) gave
    /// them.
    pub fn pending(&self) -> String {
        self.listed(self.session.pending().into_iter().map(|candidate| candidate.trial_id).collect())
    }

    fn listed(&self, ids: Vec<u64>) -> String {
        let candidate = |trial_id: u64| {
            let proposal = self.session.proposal(trial_id)?;
            Some(PendingTrial { trial_id, phase: &proposal.phase, architecture: &proposal.architecture })
        };
        PendingTrial::list(&ids.into_iter().filter_map(candidate).collect::<Vec<_>>())
    }

    /// Tells the results of pending trials:
    /// `[{"trial_id", "status": "ok" | "failed" | "pruned", "values": […]}]`. Either all of them are told or
    /// none.
    ///
    /// # Errors
    /// [`Error::Document`] for ids that are not pending, and for missing values.
    pub fn tell(&mut self, results: &str) -> Result<()> {
        let results: Vec<TrialResult> =
            smash_core::json::from_str(results).map_err(|e| Error::syntax("results", &e))?;
        let (mut problems, mut seen) = (Vec::new(), BTreeSet::new());
        for (i, told) in results.iter().enumerate() {
            if self.session.proposal(told.trial_id).is_none() || !seen.insert(told.trial_id) {
                let id = told.trial_id;
                let message =
                    format!("candidate {id} was not asked for, or was told before: tell what ask gave, once");
                problems.push(Problem::new(format!("/{i}/trial_id"), message));
            }
            if told.lacks_values() {
                problems.push(Problem::new(format!("/{i}/values"), NO_VALUES));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Document { name: "results", problems });
        }
        for told in &results {
            self.session.tell(told.trial_id, told.outcome())?;
        }
        self.publish_status();
        Ok(())
    }

    /// Adds architectures that were evaluated elsewhere as completed trials,
    /// `[{"architecture", "status", "values", "error", "latency"}]`, and returns their numbers as JSON.
    /// Either all of them are added or none.
    ///
    /// # Errors
    /// [`Error::Document`] for invalid architectures and missing values; when the search is over.
    pub fn add(&mut self, results: &str) -> Result<String> {
        let results: Vec<AddedResult> =
            smash_core::json::from_str(results).map_err(|e| Error::syntax("results", &e))?;
        let mut problems = Vec::new();
        for (i, added) in results.iter().enumerate() {
            match self.session.space().validate(&added.architecture) {
                Err(smash_core::Error::Invalid(problem)) => {
                    problems.push(problem.under(&format!("/{i}/architecture")));
                }
                other => other?,
            }
            if added.lacks_values() {
                problems.push(Problem::new(format!("/{i}/values"), NO_VALUES));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Document { name: "results", problems });
        }
        let ids = results.into_iter().map(|added| {
            let outcome = added.outcome();
            self.session.add(added.architecture, outcome)
        });
        let ids = ids.collect::<smash_core::Result<Vec<u64>>>()?;
        self.publish_status();
        Ok(serde_json::to_string(&ids).unwrap_or_default())
    }

    /// Reports an intermediate result of a pending trial, `{"trial_id", "step", "values"}`, and returns
    /// whether to go on with it.
    ///
    /// # Errors
    /// For an id that is not pending, and without a value.
    pub fn report(&mut self, report: &str) -> Result<Decision> {
        let report: IntermediateResult =
            smash_core::json::from_str(report).map_err(|e| Error::syntax("report", &e))?;
        let values: Vec<f64> = report.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(self.session.report(report.trial_id, report.step, &values)?)
    }

    /// The best `k` candidates (0: all), as [`Control::best`] has them.
    pub fn best(&self, k: usize) -> String {
        self.control.best(k)
    }

    /// The validation losses and errors of given architectures under the weights that the HyperNet generates;
    /// infinity for both where one is not finite; `None` when it was cancelled, between two of them.
    ///
    /// # Errors
    /// When there is no HyperNet, or retraining has replaced it; [`Error::Document`] for invalid
    /// architectures.
    pub fn score(&mut self, architectures: &str) -> Result<Option<Vec<Score>>> {
        let architectures: Vec<Architecture> =
            smash_core::json::from_str(architectures).map_err(|e| Error::syntax("architectures", &e))?;
        let mut problems = Vec::new();
        for (i, architecture) in architectures.iter().enumerate() {
            match self.session.space().validate(architecture) {
                Err(smash_core::Error::Invalid(problem)) => problems.push(problem.under(&format!("/{i}"))),
                other => other?,
            }
        }
        if !problems.is_empty() {
            return Err(Error::Document { name: "architectures", problems });
        }
        if architectures.is_empty() {
            self.session.score(&[])?;
        }
        let infinite = Score { loss: f64::INFINITY, error: f64::INFINITY };
        let mut found = Vec::with_capacity(architectures.len());
        for architecture in &architectures {
            if self.control.cancelled() {
                return Ok(None);
            }
            let scores = self.session.score(std::slice::from_ref(architecture))?;
            found.extend(scores.into_iter().map(|score| if score.is_finite() { score } else { infinite }));
        }
        Ok(Some(found))
    }

    /// The network that a finished job has trained.
    ///
    /// # Errors
    /// When the job is not finished.
    pub fn model(&mut self) -> Result<Model> {
        if self.session.phase() != Phase::Done {
            let text = format!("the model is there when the job is done, this is {}", self.session.phase());
            return Err(Error::Core(smash_core::Error::State(text)));
        }
        let metrics = Metrics::of(&mut self.session, &self.job)?;
        Model::of(&self.context, &self.job, &self.session, &metrics)
    }

    /// Publishes the status after an ask or a tell.
    fn publish_status(&self) {
        self.control.update(&self.session, State::Paused);
    }
}
