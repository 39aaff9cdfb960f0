//! One registered component.

use std::path::{Path, PathBuf};

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
        /// The manifest that it was loaded by.
        manifest: PathBuf,
        /// The component across the C ABI.
        component: ForeignComponent,
    },
}

impl Source {
    /// The manifest, for a component of a plugin.
    pub fn manifest(&self) -> Option<&Path> {
        match self {
            Self::Builtin => None,
            Self::Plugin { manifest, .. } => Some(manifest),
        }
    }
}

impl Entry {
    pub(super) fn new(component: &Component) -> Result<Self> {
        let Component { kind, id, about, estimator, .. } = *component;
        Self::with_schema((kind, id, about), schema::of_component(component), estimator, Source::Builtin)
    }

    /// An entry for a component of a plugin.
    pub(super) fn foreign(manifest: &Path, component: &ForeignComponent) -> Result<Self> {
        let ForeignComponent { kind, id, about, .. } = component;
        let schema = schema::of_json(id, about, component.schema.clone());
        let source = Source::Plugin { manifest: manifest.to_owned(), component: component.clone() };
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
