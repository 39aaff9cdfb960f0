//! The estimator of a strategy is part of the strategy's configuration, under one key. Any proposer can be
//! combined with any estimator: the registry separates the two configurations, checks and makes each, and no
//! proposer, built in or of a plugin, ever sees the key.

use serde_json::{Map, Value};
use smash_core::component::{EstimatorConfig, Kind};
use smash_core::error::Problem;
use smash_core::strategy::{Estimator, Proposer, Strategy};

use super::Registry;
use super::open::Maker;
use super::schema::{self, ESTIMATOR};
use crate::error::{Error, Result};

/// The estimator's JSON pointer in a job.
const AT: &str = "/strategy/estimator";

impl Registry {
    /// Makes the strategy of a configuration.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/strategy`.
    pub fn strategy(&self, config: &Value) -> Result<Strategy> {
        let Some((proposer, estimator)) = self.paired(config) else {
            return self.pair(config);
        };
        let proposer = self.proposer(&proposer)?;
        Ok(Strategy { proposer, estimator: self.estimator_at(&estimator, AT)? })
    }

    /// Makes the estimator of a configuration that stands by itself.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/estimator`.
    pub fn estimator(&self, config: &Value) -> Result<Box<dyn Estimator>> {
        self.estimator_at(config, "/estimator")
    }

    fn estimator_at(&self, config: &Value, at: &str) -> Result<Box<dyn Estimator>> {
        let built = match self.maker::<Box<dyn EstimatorConfig>>(Kind::Estimator, config, at)? {
            Maker::Builtin(typed) => typed.build(),
            Maker::Plugin(component, config) => component.estimator(&config),
        };
        built.map_err(|e| Error::under(e, at))
    }

    fn proposer(&self, config: &Value) -> Result<Box<dyn Proposer>> {
        let built = match self.strategy_maker(config)? {
            Maker::Builtin(typed) => typed.proposer(),
            Maker::Plugin(component, config) => component.proposer(&config),
        };
        built.map_err(|e| Error::under(e, "/strategy"))
    }

    /// A strategy that brings its own estimator.
    fn pair(&self, config: &Value) -> Result<Strategy> {
        let built = match self.strategy_maker(config)? {
            Maker::Builtin(typed) => typed.pair(),
            Maker::Plugin(..) => {
                Err(smash_core::Error::invalid("/type", "a plugin's strategy brings no estimator"))
            }
        };
        built.map_err(|e| Error::under(e, "/strategy"))
    }

    /// Splits a strategy's configuration into proposer and estimator; `None` for a strategy that brings its
    /// own estimator or is not known. An estimator without a type is the strategy's default one.
    fn paired(&self, strategy: &Value) -> Option<(Value, Value)> {
        let usual = self.get(Kind::Strategy, strategy.get("type")?.as_str()?).ok()?.estimator.as_deref()?;
        let mut proposer = strategy.clone();
        let own = proposer.as_object_mut().and_then(|fields| fields.remove(ESTIMATOR));
        let mut estimator = own.unwrap_or_else(|| Map::new().into());
        if let Some(fields) = estimator.as_object_mut() {
            fields.entry("type").or_insert_with(|| usual.into());
        }
        Some((proposer, estimator))
    }

    /// The configuration of a strategy with all defaults filled in. The strategy is also made once, which is
    /// cheap and checks the rules that no schema can express.
    pub(super) fn resolve_strategy(&self, config: &Value, at: &str) -> Result<Value, Vec<Problem>> {
        let resolved = match self.paired(config) {
            None => self.resolve_proposer(config, at)?,
            Some((proposer, estimator)) => {
                let proposer = self.resolve_proposer(&proposer, at);
                let estimator = self.resolve_at(Kind::Estimator, &estimator, &format!("{at}/{ESTIMATOR}"));
                joined(proposer, estimator, at)?
            }
        };
        match self.strategy(&resolved) {
            Ok(_) => Ok(resolved),
            Err(Error::Job(problems)) => Err(problems),
            Err(other) => Err(vec![Problem::new(at, other.to_string())]),
        }
    }

    /// The schema of a component by itself, with the estimators that a strategy may name.
    pub(super) fn whole_schema(&self, entry: &super::Entry) -> Value {
        let mut whole = entry.schema.clone();
        if entry.kind == Kind::Strategy && entry.estimator.is_some() {
            let estimators = self.components().filter(|entry| entry.kind == Kind::Estimator);
            schema::name_estimators(&mut whole, estimators.map(super::Entry::named));
        }
        whole
    }
}

/// Puts an estimator back into its strategy's configuration; the problems of both, if there are any.
fn joined(
    proposer: Result<Value, Vec<Problem>>,
    estimator: Result<Value, Vec<Problem>>,
    at: &str,
) -> Result<Value, Vec<Problem>> {
    match (proposer, estimator) {
        (Ok(mut strategy), Ok(estimator)) => match strategy.as_object_mut() {
            Some(fields) => {
                fields.insert(ESTIMATOR.into(), estimator);
                Ok(strategy)
            }
            None => {
                Err(vec![Problem::new(at, "the plugin resolves the strategy to something that is no object")])
            }
        },
        (Err(mut problems), Err(more)) => {
            problems.extend(more);
            Err(problems)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}
