//! Trained networks of an embedding host.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use smash_core::dataset::Decoding;
use smash_core::error::Problem;
use smash_core::session::Session;
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_export::{OnnxOptions, PyTorchOptions};

use super::Context;
use super::context::parse;
use crate::registry::wording;
use crate::run::{Metrics, Predictor, weights};
use crate::{Decoder, Error, ExportFormat, ExportedFile, Job, ModelFile, Result, StoredModel};

/// Batch size of inference.
const BATCH: usize = 256;
/// The name of a model's bytes in messages.
const NAME: &str = "model";

/// Examples for a model, row-major and raw: as they were before normalisation.
pub enum Inputs {
    /// 0 to 255 for what a dataset stores as bytes, which stand for 0 to 1; 0 and 1 of voxels.
    Bytes(Vec<u8>),
    /// The values that a dataset stores, 0 to 1 of pictures.
    Floats(Vec<f32>),
}

/// A trained network, ready to classify, from several threads at once.
pub struct Model {
    stored: StoredModel,
    metrics: Value,
    task: Task,
    decoder: Decoder,
    /// The engine that computes it, as in a job, and its threads.
    engine: (Value, usize),
    context: Arc<Context>,
    /// Predictors that no call is using: as many as there were calls at once.
    idle: Mutex<Vec<Predictor>>,
}

impl Model {
    /// The network that a finished session has trained.
    pub(super) fn of(
        context: &Arc<Context>,
        job: &Job,
        session: &Session,
        metrics: &Metrics,
    ) -> Result<Self> {
        let none = || Error::Core(smash_core::Error::State("no architecture was chosen".into()));
        let mut file = ModelFile::of(session, job).ok_or_else(none)?;
        let mut metrics = serde_json::to_value(metrics).unwrap_or_default();
        file.metrics = Some(metrics.clone());
        // What took how long is no part of the network.
        if let Some(kept) = file.metrics.as_mut().and_then(Value::as_object_mut) {
            kept.remove("seconds");
        }
        let stored =
            StoredModel { path: NAME.into(), file, tensors: weights::parameters(session.weights()?) };
        if metrics.is_null() {
            metrics = json!({});
        }
        Self::new(context, (job.backend.clone(), job.threads), stored, metrics)
    }

    fn new(
        context: &Arc<Context>,
        engine: (Value, usize),
        stored: StoredModel,
        metrics: Value,
    ) -> Result<Self> {
        let predictor = predictor(context, &engine, &stored)?;
        let task = predictor.task().clone();
        let decoder = match &stored.file.card {
            Some(card) => Decoder::new(&card.decoding, &task, 1)?,
            None => Decoder::new(&Decoding::Values, &task, 1)?,
        };
        let (context, idle) = (Arc::clone(context), Mutex::new(vec![predictor]));
        Ok(Self { stored, metrics, task, decoder, engine, context, idle })
    }

    /// Loads a model from the bytes that [`save`](Self::save) or a run folder wrote (`model.safetensors`). It
    /// runs on the native engine.
    ///
    /// # Errors
    /// When the bytes are no model, or its weights are not finite.
    pub fn load(context: &Arc<Context>, bytes: &[u8]) -> Result<Self> {
        let plain = |error| match error {
            Error::Damaged { message, .. } | Error::Run { message, .. } => {
                Error::Core(smash_core::Error::checkpoint(format!("model: {message}")))
            }
            other => other,
        };
        let stored = StoredModel::decode(Path::new(NAME), bytes).map_err(plain)?;
        let job = context.job(json!({}), false)?;
        let count = stored.network(&context.registry()).map_err(plain)?.0.count();
        let hash = stored.file.architecture.architecture.hash();
        let mut metrics = json!({"architecture": hash, "params": count.params, "macs": count.macs});
        if let Some(card) = &stored.file.card {
            metrics["test_error"] = card.test_error.into();
            metrics["test_loss"] = card.test_loss.into();
        }
        if let Some(saved) = &stored.file.metrics {
            metrics = saved.clone();
        }
        Self::new(context, (job.backend, job.threads), stored, metrics)
    }

    /// The model's metrics as in `metrics.json`; of the model of a run folder its size and its test.
    pub fn metrics(&self) -> String {
        self.metrics.to_string()
    }

    /// What the model says of itself: its architecture with its space and its task, its card (normalisation,
    /// layout, class names) and the shape of its input, `[channels, extents…]`.
    pub fn describe(&self) -> String {
        let mut about = serde_json::to_value(&self.stored.file).unwrap_or_default();
        if let Some(fields) = about.as_object_mut() {
            fields.remove("metrics");
            fields.insert("input".into(), self.input().into());
        }
        about.to_string()
    }

    /// The shape of an example, `[channels, extents…]`.
    pub fn input(&self) -> Vec<usize> {
        self.task.dims()
    }

    /// The context that the model was made with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Class probabilities `[n, classes]` of raw examples `[n, channels, extents…]`, which are decoded and
    /// normalised as those that the model was trained with. A model of an earlier version does not know how,
    /// and takes normalised ones.
    ///
    /// # Errors
    /// When the shape does not fit, or a value cannot be.
    pub fn predict(&self, shape: &[usize], inputs: &Inputs) -> Result<Tensor> {
        let (dims, length) = (self.input(), self.task.example_len());
        let count = match inputs {
            Inputs::Bytes(values) => values.len(),
            Inputs::Floats(values) => values.len(),
        };
        let wrong = |message: String| Error::Core(smash_core::Error::Data(message));
        let n = match shape {
            [n, example @ ..] if example == dims && count > 0 && count.checked_div(*n) == Some(length) => *n,
            _ => return Err(wrong(format!("expected examples [n, {dims:?}], found {shape:?}"))),
        };
        let mut predictor = self.take()?;
        let mut probabilities = Vec::with_capacity(n * self.task.classes);
        for first in (0..n).step_by(BATCH) {
            let batch = first..n.min(first + BATCH);
            let x = self.batch(inputs, batch, length).map_err(wrong)?;
            probabilities.extend(predictor.predict(&x)?.into_data());
        }
        // After an error it is dropped.
        self.idle().push(predictor);
        Ok(Tensor::new(vec![n, self.task.classes], probabilities).unwrap_or_default())
    }

    /// Some of the examples, as the network sees them.
    fn batch(&self, inputs: &Inputs, batch: Range<usize>, length: usize) -> Result<Tensor, String> {
        let mut x = Tensor::zeros(&[&[batch.len()], &*self.input()].concat());
        for (index, out) in batch.zip(x.data_mut().chunks_exact_mut(length)) {
            let values = index * length..(index + 1) * length;
            let decoded = match inputs {
                Inputs::Bytes(bytes) => self.decoder.bytes(bytes[values].to_vec()),
                Inputs::Floats(floats) => self.decoder.stored(floats[values].to_vec()),
            };
            let decoded =
                decoded.map_err(|problem| format!("example {index} (counted from 0): {problem}"))?;
            self.decoder.read(&decoded, 0, out);
        }
        if let Some(normalise) = self.stored.file.card.as_ref().and_then(|card| card.normalise.as_ref()) {
            normalise.apply(self.task.extents.iter().product(), x.data_mut());
        }
        match x.is_finite() {
            true => Ok(x),
            false => Err("expected finite values, found NaN or infinity".into()),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Predictor>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A predictor for one call.
    fn take(&self) -> Result<Predictor> {
        let idle = self.idle().pop();
        idle.map_or_else(|| predictor(&self.context, &self.engine, &self.stored), Ok)
    }

    /// The model in another format: its files, by their usual names.
    ///
    /// # Errors
    /// As [`export`](crate::export()).
    pub fn export(&self, format: &ExportFormat) -> Result<Vec<ExportedFile>> {
        crate::export(&self.context.registry(), &self.stored, format)
    }

    /// One file of the model in another format, by a request:
    /// `{"format": "onnx", "logits", "fold", "opset"}`, `{"format": "pytorch", "file", "fold"}` or
    /// `{"format": "safetensors"}`.
    ///
    /// # Errors
    /// [`Error::Document`] for a request that is none; as [`export`](crate::export()).
    pub fn export_file(&self, request: &str) -> Result<Vec<u8>> {
        let request: ExportRequest = parse(request, "request")?;
        let files = self.export(&request.format()?)?;
        let names: Vec<Value> = files.iter().map(|file| file.name.into()).collect();
        let wanted = match (&request.file, &files[..]) {
            (Some(name), _) => files.iter().find(|file| file.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let bytes = wanted.map(|file| file.bytes.clone());
        bytes.ok_or_else(|| {
            let found = request.file.map_or(Value::Null, Value::from);
            let message = wording::one_of(&names.iter().collect::<Vec<_>>(), &found);
            Error::Document { name: "request", problems: vec![Problem::new("/file", message)] }
        })
    }

    /// The model as safetensors bytes, with its architecture in the metadata.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn save(&self) -> Result<Vec<u8>> {
        self.stored.encode()
    }
}

/// What to export.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportRequest {
    format: String,
    file: Option<String>,
    logits: Option<bool>,
    fold: Option<bool>,
    opset: Option<i64>,
}

impl ExportRequest {
    fn format(&self) -> Result<ExportFormat> {
        let Self { logits, fold, opset, .. } = *self;
        let foreign = |at: &str| {
            let message = format!("the format {:?} has no such option", self.format);
            Err(Error::Document { name: "request", problems: vec![Problem::new(at, message)] })
        };
        if self.format != "onnx" && (logits.is_some() || opset.is_some()) {
            return foreign(if logits.is_some() { "/logits" } else { "/opset" });
        }
        match &*self.format {
            "onnx" => {
                let usual = OnnxOptions::default();
                Ok(ExportFormat::Onnx(OnnxOptions {
                    logits: logits.unwrap_or(usual.logits),
                    fold: fold.unwrap_or(usual.fold),
                    opset: opset.unwrap_or(usual.opset),
                }))
            }
            "pytorch" => Ok(ExportFormat::PyTorch(PyTorchOptions { fold: fold.unwrap_or_default() })),
            "safetensors" if fold.is_some() => foreign("/fold"),
            "safetensors" => Ok(ExportFormat::Safetensors),
            other => {
                let message = format!("expected \"onnx\", \"pytorch\" or \"safetensors\", found {other:?}");
                Err(Error::Document { name: "request", problems: vec![Problem::new("/format", message)] })
            }
        }
    }
}

fn predictor(
    context: &Context,
    (backend, threads): &(Value, usize),
    stored: &StoredModel,
) -> Result<Predictor> {
    let registry = context.registry();
    Predictor::new(&registry, stored.clone(), registry.backend(backend, *threads)?)
}
