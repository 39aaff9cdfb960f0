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
        let schema = schema::of_component(component);
        Self::with_schema(component.kind, component.id, component.about, schema, Source::Builtin)
    }

    /// A component of a plugin.
    pub(super) fn foreign(manifest: &Path, component: &ForeignComponent) -> Result<Self> {
        let ForeignComponent { kind, id, about, .. } = component;
        let mut schema = schema::of_json(id, about, component.schema.clone());
        if *kind == Kind::Strategy {
            estimator::insert(&mut schema)
                .map_err(|message| Error::Schema { name: format!("{} {id:?}", kind.key()), message })?;
        }
        let source = Source::Plugin { manifest: manifest.to_owned(), component: component.clone() };
        Self::with_schema(*kind, id, about, schema, source)
    }

    fn with_schema(kind: Kind, id: &str, about: &str, schema: Value, source: Source) -> Result<Self> {
        let checker = Checker::new(schema.clone())
            .map_err(|message| Error::Schema { name: format!("{} {id:?}", kind.key()), message })?;
        Ok(Self { kind, id: id.into(), about: about.into(), schema, checker, source })
    }

    /// Where it is from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The JSON Schema of this component as it stands in a job, `type` included.
    pub fn schema(&self) -> &Value {
        &self.schema
    }
}
