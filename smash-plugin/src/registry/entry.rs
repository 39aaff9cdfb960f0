//! One registered component.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use smash_core::component::{Component, Kind};
use smash_sdk::plugin::ForeignComponent;

use super::check::Checker;
use super::schema;
use crate::error::{Error, Result};

/// One component of a [`Registry`](super::Registry).
pub struct Entry {
    /// The kind of component.
    pub kind: Kind,
    /// The component's id: its `type` in a job.
    pub id: String,
    /// A one-line description.
    pub about: String,
    /// For a strategy: the default estimator, used where a job names none; `None` for a strategy that brings
    /// its own.
    pub(super) estimator: Option<String>,
    pub(super) schema: Value,
    pub(super) checker: Checker,
    pub(super) source: Source,
}

/// The origin of a component.
#[derive(Clone, Debug)]
pub enum Source {
    /// Linked into this program.
    Builtin,
    /// From a dynamic library.
    Plugin {
        /// The plugin.
        plugin: Arc<LoadedPlugin>,
        /// The component across the C ABI.
        component: ForeignComponent,
    },
    /// Of the program that embeds this library.
    Host {
        /// The component across the C ABI.
        component: ForeignComponent,
    },
}

/// A plugin that was loaded.
#[derive(Clone, Debug)]
pub struct LoadedPlugin {
    /// The manifest that it was loaded by.
    pub manifest: PathBuf,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its library.
    pub sha256: String,
}

impl Source {
    /// The manifest, for a component of a plugin.
    pub fn manifest(&self) -> Option<&Path> {
        match self {
            Self::Builtin | Self::Host { .. } => None,
            Self::Plugin { plugin, .. } => Some(&plugin.manifest),
        }
    }
}

impl Entry {
    pub(super) fn new(component: &Component) -> Result<Self> {
        let Component { kind, id, about, estimator, .. } = *component;
        Self::with_schema((kind, id, about), schema::of_component(component), estimator, Source::Builtin)
    }

    /// An entry for a component of a plugin, or of the host.
    pub(super) fn foreign(plugin: Option<&Arc<LoadedPlugin>>, component: &ForeignComponent) -> Result<Self> {
        let ForeignComponent { kind, id, about, .. } = component;
        let schema = schema::of_json(id, about, component.schema.clone());
        let component = component.clone();
        let source = match plugin {
            Some(plugin) => Source::Plugin { plugin: Arc::clone(plugin), component },
            None => Source::Host { component },
        };
        Self::with_schema((*kind, id, about), schema, Some(Component::DEFAULT_ESTIMATOR), source)
    }

    fn with_schema(
        (kind, id, about): (Kind, &str, &str),
        mut schema: Value,
        estimator: Option<&str>,
        source: Source,
    ) -> Result<Self> {
        let faulty = |message| Error::Schema { name: format!("{} {id:?}", kind.key()), message };
        let estimator = estimator.filter(|_| kind == Kind::Strategy).map(str::to_owned);
        if let Some(usual) = &estimator {
            schema::insert_estimator(&mut schema, usual).map_err(faulty)?;
        }
        let checker = Checker::new(schema.clone()).map_err(faulty)?;
        Ok(Self { kind, id: id.into(), about: about.into(), estimator, schema, checker, source })
    }

    /// The origin of the component.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Kind, id and schema.
    pub(crate) fn named(&self) -> schema::Named<'_> {
        (self.kind, &self.id, &self.schema)
    }

    /// For a strategy: the default estimator, used where a job names none; `None` for a strategy that brings
    /// its own, and for every other kind.
    pub fn estimator(&self) -> Option<&str> {
        self.estimator.as_deref()
    }
}
