//! Checkpoints of an embedded search as bytes: the job and the session as JSON, the engine's tensors beside
//! it as safetensors.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use smash_core::backend::Snapshot;
use smash_core::session::{Checkpoint, Session};
use smash_core::task::Task;
use smash_core::tensor::Tensor;

use super::{Context, Search, SharedDataset};
use crate::data_identity::DataIdentity;
use crate::run::weights;
use crate::seal::{self, hex};
use crate::{Error, Format, Result};

/// The name of the bytes in messages.
const NAME: &str = "checkpoint";

/// What identifies a dataset of the host, which has to hand it over again to resume.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct HostDataset {
    task: Task,
    examples: usize,
}

impl HostDataset {
    fn of(dataset: &SharedDataset) -> Self {
        Self { task: dataset.task().clone(), examples: dataset.len() }
    }
}

#[derive(Serialize, Deserialize)]
struct SavedSearch {
    job: Value,
    hosted: Option<HostDataset>,
    session: Checkpoint,
    counts: BTreeMap<String, u64>,
    /// SHA-256 of the tensors with their names and shapes; missing in the first format, as is what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tensors_sha256: Option<String>,
    /// Identity of the examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<DataIdentity>,
}

/// The first format with checksums.
const SEALED: u32 = 2;

/// SHA-256 of tensors with their names and shapes.
fn hash(tensors: &BTreeMap<String, Tensor>) -> String {
    let mut hash = Sha256::new();
    let number = |hash: &mut Sha256, number: usize| hash.update((number as u64).to_le_bytes());
    for (name, tensor) in tensors {
        number(&mut hash, name.len());
        hash.update(name);
        number(&mut hash, tensor.shape().len());
        tensor.shape().iter().for_each(|&extent| number(&mut hash, extent));
        tensor.data().iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    hex(hash.finalize())
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Numbered {
    session: Number,
}

#[derive(Deserialize)]
struct Number {
    #[serde(alias = "version")]
    format: u32,
}

fn damaged(message: impl ToString) -> Error {
    Error::Core(smash_core::Error::checkpoint(message.to_string()))
}

impl Search {
    /// A checkpoint: everything that resuming elsewhere needs, except a dataset of the host.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn save(&self) -> Result<Vec<u8>> {
        let Snapshot { tensors, counts } = self.session.weights()?;
        let data = self.session.data();
        let hosted = self.job.dataset.is_null();
        let hosted =
            hosted.then(|| HostDataset { task: data.task().clone(), examples: data.dataset().len() });
        let (job, session) = (self.job.resolved(), self.session.save()?);
        let identity = match self.identity.get() {
            Some(identity) => identity.clone(),
            None => {
                let identity = DataIdentity::of(data)?;
                self.identity.get_or_init(|| identity).clone()
            }
        };
        let (tensors_sha256, data) = (Some(hash(&tensors)), Some(identity));
        let saved = SavedSearch { job, hosted, session, counts, tensors_sha256, data };
        let saved = seal::seal(&serde_json::to_string(&saved).map_err(damaged)?, false);
        weights::encode(Path::new(NAME), &tensors, saved)
    }

    /// Resumes from the bytes that [`save`](Self::save) returned, as if the search had never stopped.
    ///
    /// # Errors
    /// When the bytes are no checkpoint, have another format version, or belong to another dataset.
    pub fn load(context: Arc<Context>, bytes: &[u8], data: Option<&SharedDataset>) -> Result<Self> {
        let (tensors, text) = weights::decode(Path::new(NAME), bytes).map_err(|error| match error {
            Error::Damaged { message, .. } => damaged(message),
            other => other,
        })?;
        let Numbered { session } = smash_core::json::from_str(&text).map_err(damaged)?;
        Format::Session.check(session.format).map_err(damaged)?;
        let sealed = seal::verify(&text).map_err(damaged)?;
        let saved: SavedSearch = smash_core::json::from_str(&text).map_err(damaged)?;
        if session.format >= SEALED && !(sealed && saved.tensors_sha256.is_some()) {
            return Err(damaged("expected checksums in it, found none: it was cut or changed"));
        }
        if let Some(expected) = &saved.tensors_sha256 {
            let found = hash(&tensors);
            if found != *expected {
                return Err(damaged(format!("its tensors {}", seal::differs(expected, &found))));
            }
        }
        if data.map(HostDataset::of) != saved.hosted {
            return Err(damaged(match (&saved.hosted, data) {
                (Some(then), Some(_)) => {
                    format!("it was made on another dataset, with {} examples", then.examples)
                }
                (Some(_), None) => "it was made on a dataset of the host: hand it over again".into(),
                (None, _) => "it was made on the dataset that its job names: hand none over".into(),
            }));
        }
        let mut job = saved.job;
        if let (Some(fields), true) = (job.as_object_mut(), data.is_some()) {
            fields.remove("dataset");
        }
        let job = context.job(job, data.is_some())?;
        let parts = context.parts(&job, data)?;
        let identity = OnceLock::new();
        if let Some(then) = saved.data {
            DataIdentity::of(&parts.data)?.check(&then).map_err(damaged)?;
            let _ = identity.set(then);
        }
        let weights = Snapshot { tensors, counts: saved.counts };
        let session = Session::load(parts, job.settings(), &saved.session, &weights)?;
        let mut search = Self::around(context, job, session);
        search.identity = identity;
        Ok(search)
    }
}
