//! Trained networks of an embedding host.

use std::path::Path;

use serde_json::{Value, json};
use smash_core::session::Session;
use smash_core::tensor::Tensor;

use super::Context;
use crate::run::{Metrics, Predictor, weights};
use crate::{Error, Job, ModelFile, Result, StoredModel};

/// Batch size of inference.
const BATCH: usize = 256;
/// The name of a model's bytes in messages.
const NAME: &str = "model";

/// A trained network, ready to classify.
pub struct Model {
    predictor: Predictor,
    stored: StoredModel,
    metrics: Value,
}

impl Model {
    /// The network that a finished session has trained.
    pub(super) fn of(context: &Context, job: &Job, session: &Session, metrics: Metrics) -> Result<Self> {
        let none = || Error::Core(smash_core::Error::State("no architecture was chosen".into()));
        let file = ModelFile::of(session, job).ok_or_else(none)?;
        let stored =
            StoredModel { path: NAME.into(), file, tensors: weights::parameters(session.weights()?) };
        let metrics = serde_json::to_value(&metrics).unwrap_or_default();
        Self::new(context, (&job.backend, job.threads), stored, metrics)
    }

    fn new(
        context: &Context,
        (backend, threads): (&Value, usize),
        stored: StoredModel,
        metrics: Value,
    ) -> Result<Self> {
        let registry = context.registry();
        let backend = registry.backend(backend, threads)?;
        let predictor = Predictor::new(&registry, stored.clone(), backend)?;
        Ok(Self { predictor, stored, metrics })
    }

    /// Loads a model from the bytes that [`save`](Self::save) or a run folder wrote (`model.safetensors`). It
    /// runs on the native engine.
    ///
    /// # Errors
    /// When the bytes are no model, or its weights are not finite.
    pub fn load(context: &Context, bytes: &[u8]) -> Result<Self> {
        let plain = |error| match error {
            Error::Damaged { message, .. } | Error::Run { message, .. } => {
                Error::Core(smash_core::Error::checkpoint(format!("model: {message}")))
            }
            other => other,
        };
        let stored = StoredModel::decode(Path::new(NAME), bytes).map_err(plain)?;
        let job = context.job(json!({}), false)?;
        let count = stored.network(&context.registry())?.0.count();
        let hash = stored.file.architecture.architecture.hash();
        let metrics = json!({"architecture": hash, "params": count.params, "macs": count.macs});
        Self::new(context, (&job.backend, job.threads), stored, metrics)
    }

    /// The model's metrics as in `metrics.json`; for a model that was loaded, only its size.
    pub fn metrics(&self) -> String {
        self.metrics.to_string()
    }

    /// The shape of an example, `[channels, extents…]`.
    pub fn input(&self) -> Vec<usize> {
        self.predictor.task().dims()
    }

    /// Class probabilities `[n, classes]` of normalised examples `[n, channels, extents…]`.
    ///
    /// # Errors
    /// When the shape does not fit.
    pub fn predict(&mut self, shape: &[usize], values: &[f32]) -> Result<Tensor> {
        let dims = self.input();
        let ([n, example @ ..], true) = (shape, !values.is_empty()) else {
            return Err(Error::Core(smash_core::Error::Data(format!(
                "expected [n, {dims:?}], found {shape:?}"
            ))));
        };
        if example != dims {
            let text = format!("expected examples of {dims:?}, found {example:?}");
            return Err(Error::Core(smash_core::Error::Data(text)));
        }
        let mut probabilities = Vec::new();
        for chunk in values.chunks(BATCH * dims.iter().product::<usize>()) {
            let mut shape = dims.clone();
            shape.insert(0, chunk.len() / dims.iter().product::<usize>());
            let batch = Tensor::new(shape, chunk.to_vec()).unwrap_or_default();
            probabilities.extend(self.predictor.predict(&batch)?.into_data());
        }
        let classes = self.predictor.task().classes;
        Ok(Tensor::new(vec![*n, classes], probabilities).unwrap_or_default())
    }

    /// The model as safetensors bytes, with its architecture in the metadata.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn save(&self) -> Result<Vec<u8>> {
        self.stored.encode()
    }
}
