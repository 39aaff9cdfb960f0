//! Classifies sources batch by batch, whatever they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::Value;
use smash_core::dataset::Data;
use smash_core::tensor::Tensor;
use smash_plugin::{ArrayFile, Decoded, Decoder};

use super::examples::{Listed, parse_example};
use super::metrics::Confusion;
use super::model::Model;
use super::source::Source;
use super::summary::{Summary, Unreadable};
use super::writer::{Example, Writer};
use crate::error::{Error, Result};
use crate::input::{self, Lines};
use crate::terminal;

/// Batch size of inference: as many examples are in memory at a time.
const BATCH: usize = 100;

/// Most files that are named when they cannot be read.
const NAMED: usize = 20;

/// A model at work.
pub(crate) struct Classifier<'a> {
    model: Model,
    writer: Writer<'a>,
    /// Whether values in JSON are as stored, and are still to be normalised.
    raw: bool,
    bar: ProgressBar,
    summary: Summary,
    /// Files so far, read or not.
    files: usize,
}

/// Examples that are read, until there are enough for a batch.
#[derive(Default)]
struct Batch {
    examples: Vec<Example>,
    decoded: Vec<Decoded>,
}

impl Batch {
    fn push(&mut self, example: Example, decoded: Decoded) {
        self.examples.push(example);
        self.decoded.push(decoded);
    }
}

impl<'a> Classifier<'a> {
    pub(crate) fn new(model: Model, mut writer: Writer<'a>, raw: bool, bar: ProgressBar) -> Result<Self> {
        writer.begin(&model.classes)?;
        let confusion = Confusion::new(model.task().classes);
        let summary = Summary { confusion, classified: 0, unreadable: Vec::new(), inference: Duration::ZERO };
        Ok(Self { model, writer, raw, bar, summary, files: 0 })
    }

    /// Classifies all examples of a source.
    pub(crate) fn classify(&mut self, source: Source) -> Result<()> {
        match source {
            Source::Dataset { data, indices, classes } => self.dataset(&data, &indices, &classes),
            Source::Files(files) => self.each_file(&files),
            Source::Array(path) => self.array(&path),
            Source::Lines(path) => {
                let mut lines = Lines::open(&path)?;
                let file = (!input::is_stdin(&path)).then(|| shown(&path));
                self.list(file.as_deref(), || lines.next_json())
            }
            Source::List(items, name) => {
                let mut items = items.into_iter().enumerate();
                let next = || Ok(items.next().map(|(i, value)| (format!("{name}: /{i}"), value)));
                self.list(Some(&name), next)
            }
        }
    }

    /// Ends the output.
    pub(crate) fn finish(self) -> Result<(Model, Summary)> {
        self.writer.out.flush().map_err(Error::Output)?;
        let more = self.summary.unreadable.len().saturating_sub(NAMED);
        if more > 0 {
            terminal::say(&format!("warning: {more} more files could not be read"));
        }
        Ok((self.model, self.summary))
    }

    fn dataset(&mut self, data: &Data, indices: &[usize], classes: &[usize]) -> Result<()> {
        let views = data.dataset().views();
        for chunk in indices.chunks(BATCH) {
            let example = |&index: &usize| {
                let label = classes.get(data.dataset().label(index)).copied();
                Example { file: None, index, label }
            };
            let examples: Vec<Example> = chunk.iter().map(example).collect();
            self.batch(&examples, views, |view| Ok(data.view(chunk, view)?.x))?;
        }
        Ok(())
    }

    /// Decodes and classifies files; those that cannot be read are named and left out.
    fn each_file(&mut self, files: &[(PathBuf, Option<usize>)]) -> Result<()> {
        let mut batch = Batch::default();
        for (path, label) in files {
            let decoded = self.model.decoder.decode(path);
            let example = Example { file: Some(shown(path)), index: self.files, label: *label };
            self.files += 1;
            match decoded {
                Ok(decoded) => batch.push(example, decoded),
                Err(error) => self.unreadable(path, error),
            }
            if batch.examples.len() == BATCH {
                self.decoded(&mut batch, true)?;
            }
        }
        self.decoded(&mut batch, true)
    }

    fn array(&mut self, path: &Path) -> Result<()> {
        let mut batch = Batch::default();
        let decoder = Arc::clone(&self.model.decoder);
        let array = match ArrayFile::read(path, &decoder) {
            Ok(array) => array,
            Err(error) => {
                self.unreadable(path, error);
                return Ok(());
            }
        };
        for index in 0..array.len() {
            let decoded = array.example(index, &decoder).map_err(|problem| {
                Error::Data(format!("{}: example {index} (counted from 0): {problem}", path.display()))
            })?;
            batch.push(Example { file: Some(shown(path)), index, label: array.label(index) }, decoded);
            if batch.examples.len() == BATCH {
                self.decoded(&mut batch, true)?;
            }
        }
        self.decoded(&mut batch, true)
    }

    /// Classifies examples in JSON. What came before one that is wrong is classified.
    fn list(
        &mut self,
        file: Option<&str>,
        mut next: impl FnMut() -> Result<Option<(String, Value)>>,
    ) -> Result<()> {
        let mut batch = Batch::default();
        for index in 0.. {
            match next().and_then(|line| line.map(|(at, value)| self.listed(&value, &at)).transpose()) {
                Ok(Some((label, decoded))) => {
                    batch.push(Example { file: file.map(str::to_owned), index, label }, decoded);
                }
                Ok(None) => break,
                Err(error) => {
                    self.decoded(&mut batch, self.raw)?;
                    return Err(error);
                }
            }
            if batch.examples.len() == BATCH {
                self.decoded(&mut batch, self.raw)?;
            }
        }
        self.decoded(&mut batch, self.raw)
    }

    /// An example in JSON, with its label.
    fn listed(&self, value: &Value, at: &str) -> Result<(Option<usize>, Decoded)> {
        let Model { decoder, classes, .. } = &self.model;
        let Listed { values, label } = parse_example(value, self.model.task(), classes, at)?;
        let decoded = if self.raw { decoder.stored(values) } else { Ok(Decoder::values(values)) };
        Ok((label, decoded.map_err(|problem| Error::Data(format!("{at}: {problem}")))?))
    }

    /// Classifies the examples of a batch and empties it; `stored` values are normalised first.
    fn decoded(&mut self, batch: &mut Batch, stored: bool) -> Result<()> {
        let Batch { examples, decoded } = std::mem::take(batch);
        let Some(first) = decoded.first() else { return Ok(()) };
        let decoder = Arc::clone(&self.model.decoder);
        let views = decoder.views(first);
        let task = self.model.task().clone();
        let normalise = self.model.normalise.clone().filter(|_| stored);
        let mut shape = vec![decoded.len()];
        shape.extend(task.dims());
        self.batch(&examples, views, |view| {
            let mut x = Tensor::zeros(&shape);
            for (example, out) in decoded.iter().zip(x.data_mut().chunks_exact_mut(task.example_len())) {
                decoder.read(example, view, out);
            }
            if let Some(normalise) = &normalise {
                normalise.apply(task.extents.iter().product(), x.data_mut());
            }
            Ok(x)
        })
    }

    /// Classifies a batch, of which `read` gives each view.
    fn batch(
        &mut self,
        examples: &[Example],
        views: usize,
        mut read: impl FnMut(usize) -> smash_plugin::Result<Tensor>,
    ) -> Result<()> {
        let (clock, mut reading) = (Instant::now(), Duration::ZERO);
        let probabilities = self.model.predictor.predict_views(views, |view| {
            let clock = Instant::now();
            let x = read(view);
            reading += clock.elapsed();
            x
        });
        let probabilities = probabilities.map_err(|error| match examples {
            [Example { file, index, .. }, ..] => Error::Data(format!(
                "{}: in the {} examples from {index} on: {error}",
                file.as_deref().unwrap_or("the data"),
                examples.len()
            )),
            [] => error.into(),
        })?;
        self.summary.inference += clock.elapsed().saturating_sub(reading);
        let classes = self.model.task().classes.max(1);
        for (row, example) in probabilities.data().chunks_exact(classes).zip(examples) {
            let class = self.writer.write(&self.model.classes, example, row)?;
            if let Some(label) = example.label {
                self.summary.confusion.add(label, class);
            }
        }
        self.summary.classified += examples.len() as u64;
        self.bar.inc(examples.len() as u64);
        Ok(())
    }

    /// Names a file that cannot be read.
    fn unreadable(&mut self, path: &Path, error: smash_core::Error) {
        let error = Error::of_file(error);
        if self.summary.unreadable.len() < NAMED {
            self.bar.suspend(|| terminal::say(&format!("warning: not classified: {error}")));
        }
        self.summary.unreadable.push(Unreadable { file: shown(path), problem: error.to_string() });
        self.bar.inc(1);
    }
}

/// A path in the output.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
