//! Contexts: a registry of components and the settings of a host.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_core::dataset::Data;
use smash_core::error::Problem;
use smash_core::session::Parts;
use smash_sdk::abi::{MAJOR, MINOR};
use smash_sdk::host_functions::{INFORMATION, LogCallback, WARNING, log};
use smash_sdk::plugin::ForeignComponent;

use super::SharedDataset;
use crate::{Checked, Entry, Error, Job, LoadedPlugin, Registry, Result, Source, loader};

/// The log target of this library's messages.
pub(super) const TARGET: &str = "smash";

/// The options of a context.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether plugins may be loaded.
    pub plugins: bool,
    /// Folders whose manifests are loaded, in order.
    pub plugin_dirs: Vec<PathBuf>,
    /// Whether the folders of `SMASH_PLUGIN_PATH` are loaded after those.
    pub environment: bool,
    /// Upper limit on the worker threads of an engine; 0: the job decides.
    pub max_threads: usize,
    /// Upper limit on the bytes of an engine's tensors.
    pub max_memory: Option<u64>,
    /// The callback that gets log messages.
    pub log: Option<LogCallback>,
}

/// A registry of components and the settings of a host. It can be used from several threads at once.
pub struct Context {
    registry: RwLock<Registry>,
    options: Options,
}

impl Context {
    /// Makes a context with the built-in components and the plugins of the folders. A faulty plugin in a
    /// folder is no error: [`describe`](Self::describe) lists it.
    ///
    /// # Errors
    /// When plugins are not allowed.
    pub fn new(options: Options) -> Result<Arc<Self>> {
        let mut registry = Registry::builtin()?;
        if !options.plugins && (options.environment || !options.plugin_dirs.is_empty()) {
            return Err(not_allowed());
        }
        let environment = if options.environment { loader::environment_folders() } else { Vec::new() };
        for folder in options.plugin_dirs.iter().chain(&environment) {
            registry.load_plugins_in(folder);
        }
        registry.limit_memory(options.max_memory);
        for faulty in registry.faulty() {
            log(WARNING, TARGET, &faulty.error.to_string());
        }
        Ok(Arc::new(Self { registry: RwLock::new(registry), options }))
    }

    /// The log callback.
    pub fn log(&self) -> Option<LogCallback> {
        self.options.log
    }

    /// The registry, locked for reading.
    pub(super) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        // A poisoned lock is harmless: loading adds all components of a plugin or none.
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads a plugin.
    ///
    /// # Errors
    /// As [`Registry::load_plugin`]; when plugins are not allowed. `None` when another thread holds the
    /// registry.
    pub fn load_plugin(&self, manifest: &Path) -> Result<Option<()>> {
        if !self.options.plugins {
            return Err(not_allowed());
        }
        let added = self.change(|registry| registry.load_plugin(manifest))?;
        if added.is_some() {
            log(INFORMATION, TARGET, &format!("loaded the plugin {}", manifest.display()));
        }
        Ok(added)
    }

    /// Registers a component of the host.
    ///
    /// # Errors
    /// As [`Registry::register`]. `None` when another thread holds the registry.
    pub fn register(&self, component: &ForeignComponent) -> Result<Option<()>> {
        self.change(|registry| registry.register(component))
    }

    /// Changes the registry. It is released before anything is logged: the callback may look into it.
    fn change(&self, change: impl FnOnce(&mut Registry) -> Result<()>) -> Result<Option<()>> {
        let mut registry = match self.registry.try_write() {
            Ok(registry) => registry,
            Err(TryLockError::Poisoned(registry)) => registry.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        change(&mut registry).map(Some)
    }

    /// Versions, components and faulty plugins, as JSON.
    pub fn describe(&self) -> Value {
        let registry = self.registry();
        let component = |entry: &Entry| {
            let plugin = entry.source().manifest().map(|path| path.display().to_string());
            let source = match entry.source() {
                Source::Builtin => "builtin",
                Source::Plugin { .. } => "plugin",
                Source::Host { .. } => "host",
            };
            json!({"kind": entry.kind.key(), "id": entry.id, "about": entry.about, "source": source, "plugin": plugin})
        };
        let plugin = |(manifest, plugin): (&Path, &LoadedPlugin)| {
            let LoadedPlugin { name, version, sha256, .. } = plugin;
            json!({"manifest": manifest.display().to_string(), "name": name, "version": version, "sha256": sha256})
        };
        let faulty = |faulty: &crate::Faulty| json!({"manifest": faulty.manifest.display().to_string(), "message": faulty.error.to_string()});
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "abi": {"major": MAJOR, "minor": MINOR},
            "components": registry.components().map(component).collect::<Vec<_>>(),
            "plugins": registry.plugins().into_iter().map(plugin).collect::<Vec<_>>(),
            "faulty_plugins": registry.faulty().iter().map(faulty).collect::<Vec<_>>(),
        })
    }

    /// The JSON Schema of a component, or of a whole job for the kind `job` without an id.
    ///
    /// # Errors
    /// When there is no such kind or component.
    pub fn schema(&self, kind: &str, id: &str) -> Result<Value> {
        if kind == "job" && id.is_empty() {
            return Ok(self.registry().job_schema());
        }
        let Some(found) = Kind::ALL.into_iter().find(|k| k.key() == kind) else {
            let kinds: Vec<String> = Kind::ALL.iter().map(|kind| format!("{:?}", kind.key())).collect();
            let message = format!("expected \"job\" or one of {}, found {kind:?}", kinds.join(", "));
            let problems = vec![Problem::new("", message)];
            return Err(Error::Document { name: "kind", problems });
        };
        self.registry().schema(found, id)
    }

    /// Checks a job as `smash validate` does, on the dataset that it names or on one of the host: opens its
    /// components, and looks for architectures that meet its constraints. `{"valid", "problems": [{"pointer",
    /// "message"}]}` with JSON pointers and, for a valid job, `"job"` with every default filled in and
    /// `"notes"`, what the loader of the dataset passed over.
    ///
    /// # Errors
    /// When the program itself is at fault, never for a bad job.
    pub fn validate(&self, text: &str, data: Option<&SharedDataset>) -> Result<Value> {
        let checked = || -> Result<(Job, Checked)> {
            let job = self.job(parse(text, "job")?, data.is_some())?;
            let parts = job.parts_on(&self.registry(), self.data(&job, data)?)?;
            let checked = Checked::new(&job, parts)?;
            Ok((job, checked))
        };
        let problems = match checked() {
            Ok((job, checked)) => {
                let notes = checked.parts.data.notes();
                return Ok(json!({"valid": true, "problems": [], "job": job.resolved(), "notes": notes}));
            }
            Err(Error::Job(problems)) => problems,
            Err(error @ (Error::Syntax { .. } | Error::Limit { .. })) => {
                vec![Problem::new("", error.to_string())]
            }
            Err(Error::Core(error)) => vec![problem_of(error)],
            Err(other) => return Err(other),
        };
        let problem = |problem: &Problem| json!({"pointer": problem.pointer, "message": problem.message});
        Ok(json!({"valid": false, "problems": problems.iter().map(problem).collect::<Vec<_>>()}))
    }

    /// Opens a dataset as a job names it.
    ///
    /// # Errors
    /// Every problem of the configuration, under `/dataset`; files that are missing or damaged.
    pub fn dataset(&self, text: &str) -> Result<SharedDataset> {
        Ok(self.registry().dataset(&parse(text, "dataset")?)?.into())
    }

    /// Parses a job, either with a dataset of its own or for a dataset of the host, of which the job then
    /// says nothing.
    pub(super) fn job(&self, mut document: Value, hosted: bool) -> Result<Job> {
        if hosted && document.get("dataset").is_some_and(|dataset| !dataset.is_null()) {
            let message = "expected no dataset: the host hands its own over";
            return Err(Error::Job(vec![Problem::new("/dataset", message)]));
        }
        if let Some(fields) = document.as_object_mut()
            && hosted
        {
            fields.remove("dataset");
        }
        let mut job = Job::parse(&self.registry(), &document)?;
        if hosted {
            job.dataset = Value::Null;
        }
        job.threads = match (job.threads, self.options.max_threads) {
            (threads, 0) => threads,
            (0, most) => most,
            (threads, most) => threads.min(most),
        };
        Ok(job)
    }

    /// The dataset of a job, or that of the host, with its train/validation/test split.
    pub(super) fn data(&self, job: &Job, hosted: Option<&SharedDataset>) -> Result<Data> {
        match hosted {
            None => job.data(&self.registry()),
            Some(dataset) => job.data_of(Box::new(Arc::clone(dataset))),
        }
    }

    /// The components of a session.
    pub(super) fn parts(&self, job: &Job, hosted: Option<&SharedDataset>) -> Result<Parts> {
        let parts = job.parts_on(&self.registry(), self.data(job, hosted)?)?;
        // What the loader passed over, and what splits lack.
        parts.data.notes().iter().for_each(|note| log(WARNING, TARGET, note));
        Ok(parts)
    }
}

/// What is wrong with a job whose components say so when they are opened.
fn problem_of(error: smash_core::Error) -> Problem {
    let pointer = match &error {
        smash_core::Error::Invalid(problem) => return problem.clone(),
        smash_core::Error::Data(_) => "/dataset",
        smash_core::Error::Backend(_) => "/backend",
        smash_core::Error::Infeasible(_) => "/constraints",
        _ => "",
    };
    Problem::new(pointer, error.to_string())
}

fn not_allowed() -> Error {
    let text = "loading plugins is off: make the context with SMASH_CTX_ALLOW_PLUGINS";
    Error::Core(smash_core::Error::State(text.into()))
}

/// Parses JSON of a host; an empty text stands for an empty object.
pub(super) fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    smash_core::json::from_str(text).map_err(|error| Error::syntax(name, &error))
}
