//! Trained networks of an embedding host.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use smash_core::architecture::ArchitectureFile;
use smash_core::session::Session;
use smash_core::space::WeightScheme;
use smash_core::tensor::Tensor;

use super::Context;
use crate::run::{Metrics, Predictor, weights};
use crate::{Error, Format, Job, Result, architecture_file, space_of};

/// Batch size of inference.
const BATCH: usize = 256;
/// The name of a model's bytes in messages.
const NAME: &str = "model";

/// A trained network, ready to classify.
pub struct Model {
    predictor: Predictor,
    file: ArchitectureFile,
    tensors: BTreeMap<String, Tensor>,
    metrics: Value,
}

impl Model {
    /// The network that a finished session has trained.
    pub(super) fn of(context: &Context, job: &Job, session: &Session, metrics: Metrics) -> Result<Self> {
        let chosen = session.chosen().cloned();
        let none = || Error::Core(smash_core::Error::State("no architecture was chosen".into()));
        let file = architecture_file(job, session.data().task(), chosen.ok_or_else(none)?);
        let tensors = weights::parameters(session.weights()?);
        let metrics = serde_json::to_value(&metrics).unwrap_or_default();
        Self::new(context, (&job.backend, job.threads), file, tensors, metrics)
    }

    fn new(
        context: &Context,
        (backend, threads): (&Value, usize),
        file: ArchitectureFile,
        tensors: BTreeMap<String, Tensor>,
        metrics: Value,
    ) -> Result<Self> {
        let registry = context.registry();
        let backend = registry.backend(backend, threads)?;
        let predictor = Predictor::new(&registry, &file, tensors.clone(), backend)?;
        Ok(Self { predictor, file, tensors, metrics })
    }

    /// Loads a model from the bytes that [`save`](Self::save) or a run folder wrote (`model.safetensors`). It
    /// runs on the native engine.
    ///
    /// # Errors
    /// When the bytes are no model, or its weights are not finite.
    pub fn load(context: &Context, bytes: &[u8]) -> Result<Self> {
        let damaged =
            |message: String| Error::Core(smash_core::Error::checkpoint(format!("model: {message}")));
        let plain = |error| match error {
            Error::Damaged { message, .. } => damaged(message),
            other => other,
        };
        let (tensors, text) = weights::decode(Path::new(NAME), bytes).map_err(plain)?;
        weights::expect_finite(Path::new(NAME), &tensors).map_err(plain)?;
        Format::Model.check_text(&text).map_err(damaged)?;
        let file: ArchitectureFile = smash_core::json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        let job = context.job(json!({}), false)?;
        let (space, _) = space_of(&context.registry(), &file, None)?;
        let count = space.build(&file.architecture, WeightScheme::Standalone)?.count();
        let metrics =
            json!({"architecture": file.architecture.hash(), "params": count.params, "macs": count.macs});
        Self::new(context, (&job.backend, job.threads), file, tensors, metrics)
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
        let text = serde_json::to_string(&self.file).map_err(|e| Error::run(NAME, e.to_string()))?;
        weights::encode(Path::new(NAME), &self.tensors, text)
    }
}
