//! One registered component.

use std::path::{Path, PathBuf};

use serde_json::Value;
use smash_core::component::{Component, Kind};
use smash_sdk::foreign::ForeignComponent;

use super::check::Checker;
use super::{estimator, schema};
use crate::error::{Error, Result};

/// One component of a [`Registry`](super::Registry).
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its `type` in a job.
    pub id: String,
    /// One line for people.
    pub about: String,
    /// Of a strategy: the estimator where a job names none; `None` for one that brings its own.
    pub(super) estimator: Option<String>,
    pub(super) schema: Value,
    pub(super) checker: Checker,
    pub(super) source: Source,
}

/// Where a component is from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Linked into this program.
    Builtin,
    /// From a dynamic library.
    Plugin {
        /// The manifest by which it was loaded.
        manifest: PathBuf,
        /// The component on the other side.
        component: ForeignComponent,
    },
}

impl Source {
    /// The manifest of the plugin.
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

    /// A component of a plugin.
    pub(super) fn foreign(manifest: &Path, component: &ForeignComponent) -> Result<Self> {
        let ForeignComponent { kind, id, about, .. } = component;
        let schema = schema::of_json(id, about, component.schema.clone());
        let source = Source::Plugin { manifest: manifest.to_owned(), component: component.clone() };
        Self::with_schema((*kind, id, about), schema, Some(Component::USUAL_ESTIMATOR), source)
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
            estimator::insert(&mut schema, usual).map_err(faulty)?;
        }
        let checker = Checker::new(schema.clone()).map_err(faulty)?;
        Ok(Self { kind, id: id.into(), about: about.into(), estimator, schema, checker, source })
    }

    /// Where it is from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Of a strategy: the estimator that it goes with where a job names none; `None` for one that brings its own, and for
    /// every other kind.
    pub fn estimator(&self) -> Option<&str> {
        self.estimator.as_deref()
    }
}
