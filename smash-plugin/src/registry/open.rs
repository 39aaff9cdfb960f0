//! Makes components from their configurations.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smash_core::backend::{Backend, Resources};
use smash_core::component::{
    BackendConfig, DatasetConfig, EstimatorConfig, Kind, SpaceConfig, StrategyConfig,
};
use smash_core::dataset::Dataset;
use smash_core::error::Problem;
use smash_core::space::SearchSpace;
use smash_core::task::Task;
use smash_sdk::plugin::ForeignComponent;

use super::{Registry, Source};
use crate::error::{Error, Result};

/// The constructor of a component, with a configuration that its schema accepts.
pub(super) enum Maker<'a, T> {
    /// A built-in component: its typed configuration.
    Builtin(T),
    /// A component of a plugin or the host, and its configuration as JSON.
    Plugin(&'a ForeignComponent, Value),
}

impl Registry {
    /// Makes the space of a configuration, for a task.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/space`.
    pub fn space(&self, config: &Value, task: &Task) -> Result<Box<dyn SearchSpace>> {
        self.space_at(config, task, "/space")
    }

    /// As [`space`](Self::space), for a configuration at the JSON pointer `at`.
    pub(crate) fn space_at(&self, config: &Value, task: &Task, at: &str) -> Result<Box<dyn SearchSpace>> {
        task.check().map_err(|problem| smash_core::Error::Invalid(problem.under("/task")))?;
        let built = match self.maker::<Box<dyn SpaceConfig>>(Kind::Space, config, at)? {
            Maker::Builtin(typed) => typed.build(task),
            Maker::Plugin(component, config) => component.space(&config, task),
        };
        built.map_err(|e| Error::under(e, at))
    }

    /// Opens the dataset of a configuration.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/dataset`; files that are missing or damaged.
    pub fn dataset(&self, config: &Value) -> Result<Box<dyn Dataset>> {
        let opened = match self.maker::<Box<dyn DatasetConfig>>(Kind::Dataset, config, "/dataset")? {
            Maker::Builtin(typed) => typed.open(),
            Maker::Plugin(component, config) => component.dataset(&config),
        };
        opened.map_err(|e| Error::under(e, "/dataset"))
    }

    /// Starts the engine of a configuration with `threads` worker threads; 0 means one per core.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/backend`; an engine that this machine cannot run.
    pub fn backend(&self, config: &Value, threads: usize) -> Result<Box<dyn Backend>> {
        let resources = Resources { threads, memory: self.memory };
        let opened = match self.maker::<Box<dyn BackendConfig>>(Kind::Backend, config, "/backend")? {
            Maker::Builtin(typed) => typed.open(&resources),
            Maker::Plugin(component, config) => component.backend(&config, &resources),
        };
        opened.map_err(|e| Error::under(e, "/backend"))
    }

    /// Checks a configuration and finds the component's constructor.
    pub(super) fn maker<T: DeserializeOwned>(
        &self,
        kind: Kind,
        config: &Value,
        at: &str,
    ) -> Result<Maker<'_, T>> {
        match self.foreign(kind, config) {
            Some(component) => self.checked(kind, config, at).map(|config| Maker::Plugin(component, config)),
            None => self.typed(kind, config, at).map(Maker::Builtin),
        }
        .map_err(Error::Job)
    }

    /// The plugin component that a configuration names; `None` for a built-in one.
    fn foreign(&self, kind: Kind, config: &Value) -> Option<&ForeignComponent> {
        let entry = self.entries.get(&(kind, config.get("type")?.as_str()?.to_owned()))?;
        match &entry.source {
            Source::Builtin => None,
            Source::Plugin { component, .. } | Source::Host { component } => Some(component),
        }
    }

    /// The constructor of a strategy's proposer.
    pub(super) fn strategy_maker(&self, config: &Value) -> Result<Maker<'_, Box<dyn StrategyConfig>>> {
        self.maker(Kind::Strategy, config, "/strategy")
    }

    /// The configuration of a component with all its defaults filled in.
    pub(crate) fn resolve(&self, kind: Kind, config: &Value) -> Result<Value, Vec<Problem>> {
        self.resolve_at(kind, config, &format!("/{}", kind.key()))
    }

    /// As [`resolve`](Self::resolve), for a configuration at the JSON pointer `at`.
    pub(super) fn resolve_at(&self, kind: Kind, config: &Value, at: &str) -> Result<Value, Vec<Problem>> {
        match kind {
            Kind::Strategy => self.resolve_strategy(config, at),
            _ if self.foreign(kind, config).is_some() => self.resolve_foreign(kind, config, at),
            Kind::Space => {
                let typed: Box<dyn SpaceConfig> = self.typed(kind, config, at)?;
                to_value(&typed.resolved().unwrap_or(typed), at)
            }
            Kind::Estimator => self.written_out::<dyn EstimatorConfig>(kind, config, at),
            Kind::Dataset => self.written_out::<dyn DatasetConfig>(kind, config, at),
            Kind::Backend => self.written_out::<dyn BackendConfig>(kind, config, at),
        }
    }

    /// As [`resolve_at`](Self::resolve_at), for a strategy's configuration without its estimator.
    pub(super) fn resolve_proposer(&self, config: &Value, at: &str) -> Result<Value, Vec<Problem>> {
        match self.foreign(Kind::Strategy, config) {
            Some(_) => self.resolve_foreign(Kind::Strategy, config, at),
            None => self.written_out::<dyn StrategyConfig>(Kind::Strategy, config, at),
        }
    }

    fn resolve_foreign(&self, kind: Kind, config: &Value, at: &str) -> Result<Value, Vec<Problem>> {
        let config = self.checked(kind, config, at)?;
        let Some(component) = self.foreign(kind, &config) else { return Ok(config) };
        component.resolve(&config).map_err(|error| match error {
            smash_core::Error::Invalid(problem) => vec![problem.under(at)],
            other => vec![Problem::new(at, other.to_string())],
        })
    }

    fn written_out<C>(&self, kind: Kind, config: &Value, at: &str) -> Result<Value, Vec<Problem>>
    where
        C: ?Sized + Serialize,
        Box<C>: DeserializeOwned,
    {
        let typed: Box<C> = self.typed(kind, config, at)?;
        to_value(&typed, at)
    }

    /// Checks a configuration against its schema and returns it with plain integers.
    fn checked(&self, kind: Kind, config: &Value, at: &str) -> Result<Value, Vec<Problem>> {
        let config = plain_integers(config);
        let problems = self.problems(kind, &config, at);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Checks a configuration and deserialises it. typetag is only asked for types that the registry has: its
    /// own map of tags is built once, and its errors list no ids.
    fn typed<T: DeserializeOwned>(&self, kind: Kind, config: &Value, at: &str) -> Result<T, Vec<Problem>> {
        serde_json::from_value(self.checked(kind, config, at)?)
            .map_err(|e| vec![Problem::new(at, e.to_string())])
    }
}

fn to_value(typed: &impl Serialize, at: &str) -> Result<Value, Vec<Problem>> {
    serde_json::to_value(typed).map_err(|e| vec![Problem::new(at, e.to_string())])
}

/// A copy in which whole numbers are integers, however they were written: to JSON Schema `1e3` is an integer,
/// to serde it is not.
pub(crate) fn plain_integers(value: &Value) -> Value {
    /// 2⁶³: below it a whole `f64` is an `i64`, below twice that a `u64`.
    const BORDER: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Number(n) if n.is_f64() => match n.as_f64() {
            Some(f) if f.fract() == 0.0 && (-BORDER..BORDER).contains(&f) => Value::from(f as i64),
            Some(f) if f.fract() == 0.0 && (BORDER..2.0 * BORDER).contains(&f) => Value::from(f as u64),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(plain_integers).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), plain_integers(value))).collect(),
        other => other.clone(),
    }
}
