//! The registry: all components that a job can name.

pub(crate) mod check;
mod entry;
mod estimator;
mod explain;
mod open;
pub(crate) mod schema;
pub(crate) mod wording;

pub use entry::{Entry, LoadedPlugin, Source};
pub(crate) use open::plain_integers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use smash_core::component::{Component, Kind};
use smash_core::error::Problem;
use smash_sdk::plugin::ForeignComponent;

use crate::error::{Error, Result};
use crate::loader;

/// The components that a job can name, by kind and id, with their compiled schemas. No global state: two
/// registries in one process are independent.
pub struct Registry {
    entries: BTreeMap<(Kind, String), Entry>,
    faulty: Vec<Faulty>,
    /// Upper limit on the bytes of an engine's tensors.
    memory: Option<u64>,
}

/// A plugin of a folder that could not be loaded.
#[derive(Debug)]
pub struct Faulty {
    /// Its manifest, or the folder that cannot be read.
    pub manifest: PathBuf,
    /// Why it was not loaded.
    pub error: Error,
}

impl Registry {
    /// A registry of the built-in components.
    ///
    /// # Errors
    /// When two have the same id, or a schema is not valid: faults of the program.
    pub fn builtin() -> Result<Self> {
        Self::collect(inventory::iter::<Component>.into_iter())
    }

    fn collect<'a>(components: impl Iterator<Item = &'a Component>) -> Result<Self> {
        let mut entries = BTreeMap::new();
        for component in components {
            let entry = Entry::new(component)?;
            let key = (entry.kind, entry.id.clone());
            if entries.insert(key, entry).is_some() {
                return Err(Error::Duplicate {
                    kind: component.kind,
                    id: component.id.into(),
                    by: Vec::new(),
                });
            }
        }
        Ok(Self { entries, faulty: Vec::new(), memory: None })
    }

    /// Loads a plugin: a job can name its components from now on. Calling this is what allows its code to
    /// run.
    ///
    /// # Errors
    /// [`Error::Plugin`] when it is refused or cannot be loaded; [`Error::Duplicate`] when a component of the
    /// same kind and id is already registered. In both cases nothing is added.
    pub fn load_plugin(&mut self, manifest: &Path) -> Result<()> {
        let (described, plugin) =
            loader::load(manifest).map_err(|fault| Error::Plugin { manifest: manifest.to_owned(), fault })?;
        let loaded = Arc::new(LoadedPlugin {
            manifest: manifest.to_owned(),
            name: described.name,
            version: described.version,
            sha256: described.sha256,
        });
        let mut added = BTreeMap::new();
        for component in &plugin.components {
            let key = (component.kind, component.id.clone());
            let entry = Entry::foreign(Some(&loaded), component)?;
            let earlier =
                self.entries.get(&key).map(|earlier| earlier.source().manifest().map(Path::to_owned));
            let twice = added.insert(key, entry).map(|_| Some(manifest.to_owned()));
            if let Some(other) = earlier.or(twice) {
                let by = other.into_iter().chain([manifest.to_owned()]).collect();
                return Err(Error::Duplicate { kind: component.kind, id: component.id.clone(), by });
            }
        }
        self.entries.append(&mut added);
        Ok(())
    }

    /// Adds a component of the program itself, across the C ABI.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when one of the same kind and id is there; when its schema is none.
    pub fn register(&mut self, component: &ForeignComponent) -> Result<()> {
        let key = (component.kind, component.id.clone());
        if let Some(earlier) = self.entries.get(&key) {
            let by = earlier.source().manifest().map(Path::to_owned).into_iter().collect();
            return Err(Error::Duplicate { kind: component.kind, id: component.id.clone(), by });
        }
        self.entries.insert(key, Entry::foreign(None, component)?);
        Ok(())
    }

    /// Limits the bytes of tensors of each engine that is opened from now on.
    pub fn limit_memory(&mut self, bytes: Option<u64>) {
        self.memory = bytes;
    }

    /// Loads the plugins of a folder, sorted by the names of their manifests. A plugin that cannot be loaded
    /// does not affect the others: it is listed in [`faulty`](Self::faulty). Calling this is what allows
    /// their code to run.
    pub fn load_plugins_in(&mut self, folder: &Path) {
        let manifests =
            loader::manifests(folder).map_err(|fault| Error::Plugin { manifest: folder.to_owned(), fault });
        match manifests {
            Err(error) => self.faulty.push(Faulty { manifest: folder.to_owned(), error }),
            Ok(manifests) => {
                for manifest in manifests {
                    if let Err(error) = self.load_plugin(&manifest) {
                        self.faulty.push(Faulty { manifest, error });
                    }
                }
            }
        }
    }

    /// The plugins of folders that were not loaded, with their errors.
    pub fn faulty(&self) -> &[Faulty] {
        &self.faulty
    }

    /// The plugins that were loaded, by their manifests.
    pub fn plugins(&self) -> BTreeMap<&Path, &LoadedPlugin> {
        let loaded = self.components().filter_map(|entry| match entry.source() {
            Source::Plugin { plugin, .. } => Some((&*plugin.manifest, &**plugin)),
            Source::Builtin | Source::Host { .. } => None,
        });
        loaded.collect()
    }

    /// All components, by kind and id.
    pub fn components(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Looks up a component.
    ///
    /// # Errors
    /// When there is none: the message lists the known ids and the nearest.
    pub fn get(&self, kind: Kind, id: &str) -> Result<&Entry> {
        self.entries.get(&(kind, id.to_owned())).ok_or_else(|| {
            let ids = self.ids(kind);
            let message = wording::one_of(&ids.iter().collect::<Vec<_>>(), &id.into());
            Error::Unknown { kind, message }
        })
    }

    fn ids(&self, kind: Kind) -> Vec<Value> {
        self.components().filter(|entry| entry.kind == kind).map(|entry| entry.id.as_str().into()).collect()
    }

    /// The JSON Schema of a component, `type` included.
    ///
    /// # Errors
    /// When there is no such component.
    pub fn schema(&self, kind: Kind, id: &str) -> Result<Value> {
        self.get(kind, id).map(|entry| self.whole_schema(entry))
    }

    /// Problems of a component at the JSON pointer `at`: of its `type` first, then against that type's
    /// schema.
    pub(crate) fn problems(&self, kind: Kind, config: &Value, at: &str) -> Vec<Problem> {
        let Some(object) = config.as_object() else {
            let message =
                format!("expected an object with the field \"type\", found {}", wording::found(config));
            return vec![Problem::new(at, message)];
        };
        let ids = self.ids(kind);
        let ids: Vec<&Value> = ids.iter().collect();
        let Some(tag) = object.get("type") else {
            return vec![Problem::new(
                at,
                format!("missing field \"type\": {}", wording::expected_one_of(&ids)),
            )];
        };
        match tag.as_str().and_then(|id| self.entries.get(&(kind, id.to_owned()))) {
            Some(entry) => entry.checker.problems(config, at),
            None => vec![Problem::new(format!("{at}/type"), wording::one_of(&ids, tag))],
        }
    }
}

#[cfg(test)]
mod tests;
