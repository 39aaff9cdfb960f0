//! A job in progress, which a host steps, runs, asks and tells.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use smash_core::architecture::Architecture;
use smash_core::error::Problem;
use smash_core::session::{Between, Decision, End, Event, Phase, Session, drive};

use super::context::parse;
use super::status::{Control, State};
use super::trial::{Asked, Ended, Reported, Told};
use super::{Context, Model, SharedDataset};
use crate::run::Metrics;
use crate::{Error, Job, Result};

/// Sees an event; false: stop.
pub type Listener<'a> = &'a mut dyn FnMut(&Event) -> bool;

/// How far a call goes; nothing: to the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Most steps.
    pub steps: Option<u64>,
    /// Longest time.
    pub time: Option<Duration>,
}

/// A job in progress.
pub struct Search {
    pub(super) session: Session,
    pub(super) job: Job,
    pub(super) context: Arc<Context>,
    control: Arc<Control>,
}

/// What a call does between the steps of its session: keeps its limits, tells other threads where it stands, and asks whoever
/// listens whether to go on.
struct Call<'a> {
    limits: Limits,
    listener: Listener<'a>,
    control: &'a Control,
    begun: Instant,
    steps: u64,
    stop: bool,
}

impl Between<Error> for Call<'_> {
    fn before(&mut self, _: &Session) -> Result<Option<End>> {
        let Limits { steps, time } = self.limits;
        let reached = steps.is_some_and(|most| self.steps >= most)
            || time.is_some_and(|most| self.begun.elapsed() >= most);
        self.steps += 1;
        Ok(match self.control.cancelled() {
            true => Some(End::Cancelled),
            false => reached.then_some(End::Paused),
        })
    }

    fn events(&mut self, session: &Session, events: &[Event]) -> Result<()> {
        self.control.update(session, State::Running);
        for event in events {
            self.stop |= !(self.listener)(event);
        }
        Ok(())
    }

    fn after(&mut self, _: &mut Session) -> Result<Option<End>> {
        Ok(self.stop.then_some(End::Cancelled))
    }
}

impl Search {
    /// A job that has not begun, on the dataset that it names or on one of the host.
    ///
    /// # Errors
    /// Problems of the job, and of its components.
    pub fn new(context: Arc<Context>, job: &str, data: Option<&SharedDataset>) -> Result<Self> {
        let job = context.job(parse(job, "job")?, data.is_some())?;
        let session = Session::new(context.parts(&job, data)?, job.settings())?;
        Ok(Self::around(context, job, session))
    }

    pub(super) fn around(context: Arc<Context>, job: Job, session: Session) -> Self {
        let control = Arc::new(Control::new(&session));
        Self { session, job, context, control }
    }

    /// What other threads may see of it and do to it.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// The context that it was made with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Steps until everything is done, a limit is reached, or somebody wants it to stop.
    ///
    /// # Errors
    /// When a component fails, training diverged, or a candidate is still to be told.
    pub fn run(&mut self, limits: Limits, listener: Listener<'_>) -> Result<End> {
        self.control.update(&self.session, State::Running);
        let mut call =
            Call { limits, listener, control: &self.control, begun: Instant::now(), steps: 0, stop: false };
        let result = drive(&mut self.session, &mut call);
        let state = match &result {
            Ok(End::Done) => State::Done,
            Ok(End::Cancelled) => State::Cancelled,
            // What the state does not allow leaves it as it was.
            Ok(End::Paused) | Err(Error::Core(smash_core::Error::State(_))) => State::Paused,
            Err(_) => State::Failed,
        };
        self.control.update(&self.session, state);
        result
    }

    /// Up to `n` candidates for the host to evaluate: `[{"trial_id", "phase", "architecture"}]`. Fewer when the strategy waits
    /// for results or has no more.
    ///
    /// # Errors
    /// When the HyperNet is not trained yet, or the space has no architecture.
    pub fn ask(&mut self, n: usize) -> Result<String> {
        let ids = self.session.propose(n)?;
        let candidate = |trial_id: u64| {
            let proposal = self.session.proposal(trial_id)?;
            Some(Asked { trial_id, phase: &proposal.phase, architecture: &proposal.architecture })
        };
        let asked: Vec<Asked<'_>> = ids.into_iter().filter_map(candidate).collect();
        let text = Asked::list(&asked);
        self.touched();
        Ok(text)
    }

    /// What candidates turned out to be worth: `[{"trial_id", "status": "ok" | "failed" | "pruned", "values": […]}]`. All are
    /// told or none.
    ///
    /// # Errors
    /// [`Error::Document`] for ids that were not asked for or told before, and for a lack of values.
    pub fn tell(&mut self, results: &str) -> Result<()> {
        let results: Vec<Told> = serde_json::from_str(results).map_err(|e| Error::syntax("results", &e))?;
        let (mut problems, mut seen) = (Vec::new(), BTreeSet::new());
        for (i, told) in results.iter().enumerate() {
            if self.session.proposal(told.trial_id).is_none() || !seen.insert(told.trial_id) {
                let id = told.trial_id;
                let message =
                    format!("candidate {id} was not asked for, or was told before: tell what ask gave, once");
                problems.push(Problem::new(format!("/{i}/trial_id"), message));
            }
            if told.status == Ended::Ok && told.values.is_empty() {
                let message = "expected at least one value, or the status \"failed\"";
                problems.push(Problem::new(format!("/{i}/values"), message));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Document { name: "results", problems });
        }
        for told in &results {
            self.session.tell(told.trial_id, told.values())?;
        }
        self.touched();
        Ok(())
    }

    /// What a candidate is worth so far, `{"trial_id", "step", "values"}`, and whether going on is worth it.
    ///
    /// # Errors
    /// For an id that was not asked for or was told before, and without a value.
    pub fn report(&mut self, report: &str) -> Result<Decision> {
        let report: Reported = serde_json::from_str(report).map_err(|e| Error::syntax("report", &e))?;
        let values: Vec<f64> = report.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(self.session.report(report.trial_id, report.step, &values)?)
    }

    /// The best `k` candidates, or all for 0, as the lines of `ranking.jsonl` have them.
    pub fn best(&mut self, k: usize) -> String {
        let best = self.session.best(if k == 0 { usize::MAX } else { k });
        serde_json::to_string(&best).unwrap_or_default()
    }

    /// The validation losses of given architectures under the weights that the HyperNet writes; infinity for one that is not
    /// finite.
    ///
    /// # Errors
    /// When there is no HyperNet, or retraining has replaced it; [`Error::Document`] for architectures that are not valid.
    pub fn score(&mut self, architectures: &str) -> Result<Vec<f64>> {
        let architectures: Vec<Architecture> =
            serde_json::from_str(architectures).map_err(|e| Error::syntax("architectures", &e))?;
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
        let scores = self.session.score(&architectures)?;
        Ok(scores.iter().map(|s| if s.is_finite() { s.loss } else { f64::INFINITY }).collect())
    }

    /// The network that a finished job has trained.
    ///
    /// # Errors
    /// When it is not finished.
    pub fn model(&mut self) -> Result<Model> {
        if self.session.phase() != Phase::Done {
            let text = format!("the model is there when the job is done, this is {}", self.session.phase());
            return Err(Error::Core(smash_core::Error::State(text)));
        }
        let metrics = Metrics::of(&mut self.session, &self.job)?;
        Model::of(&self.context, &self.job, &self.session, metrics)
    }

    /// Something was asked or told.
    fn touched(&self) {
        self.control.update(&self.session, State::Paused);
    }
}
