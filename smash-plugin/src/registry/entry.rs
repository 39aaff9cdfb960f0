//! One registered component.

use serde_json::Value;
use smash_core::component::{Component, Kind};

use super::check::Checker;
use super::schema;
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
}

impl Entry {
    pub(super) fn new(component: &Component) -> Result<Self> {
        let schema = schema::of_component(component);
        let checker = Checker::new(schema.clone()).map_err(|message| {
            let name = format!("{} {:?}", component.kind.key(), component.id);
            Error::Schema { name, message }
        })?;
        Ok(Self {
            kind: component.kind,
            id: component.id.into(),
            about: component.about.into(),
            schema,
            checker,
        })
    }

    /// The JSON Schema of this component as it stands in a job, `type` included.
    pub fn schema(&self) -> &Value {
        &self.schema
    }
}
