//! `smash list` and `smash schema`.

use std::io::Write;

use serde_json::{Map, Value, json};
use smash_core::component::Kind;
use smash_plugin::{Entry, Registry};

use crate::args::{ListArgs, SchemaArgs};
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::table::{Align, table};

/// Lists the components, as a table or as JSON.
pub(crate) fn list(registry: &Registry, args: &ListArgs, out: &mut dyn Write) -> Result<()> {
    let text = if args.json {
        let entry = |e: &Entry| json!({"kind": e.kind, "id": e.id, "about": e.about});
        pretty(&registry.components().map(entry).collect())
    } else {
        let row = |e: &Entry| vec![e.kind.key().to_owned(), e.id.clone(), e.about.clone()];
        let rows: Vec<Vec<String>> = registry.components().map(row).collect();
        table(&[("KIND", Align::Left), ("TYPE", Align::Left), ("ABOUT", Align::Left)], &rows)
    };
    out.write_all(text.as_bytes()).map_err(Error::Output)
}

/// The schema of a job, of all components of a kind by id, or of one component.
pub(crate) fn schema(registry: &Registry, args: &SchemaArgs, out: &mut dyn Write) -> Result<()> {
    let schema = match (args.kind.map(Kind::from), &args.id) {
        (Some(kind), Some(id)) => registry.schema(kind, id)?,
        (Some(kind), None) => {
            let mut all = Map::new();
            for entry in registry.components().filter(|entry| entry.kind == kind) {
                all.insert(entry.id.clone(), registry.schema(kind, &entry.id)?);
            }
            Value::Object(all)
        }
        (None, _) => registry.job_schema(),
    };
    out.write_all(pretty(&schema).as_bytes()).map_err(Error::Output)
}
