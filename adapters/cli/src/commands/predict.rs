//! `smash predict`.

mod examples;

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use smash_core::dataset::{Data, Split};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_core::train::argmax;
use smash_plugin::run::{self, RunFolder};
use smash_plugin::{Job, Registry};

use crate::args::{PredictArgs, SplitArg};
use crate::error::{Error, Result};
use crate::output::write_line;
use crate::preflight::warn;
use crate::table::joined;
use crate::{input, job, terminal};
use examples::{Example, parse_example};

/// Batch size of inference.
const BATCH: usize = 100;

/// The source of the examples to classify.
enum Source {
    Dataset(Box<Data>),
    Examples(Vec<Example>),
}

/// Classifies the examples of a dataset, or given ones, with the retrained model of a run.
pub(crate) fn predict(registry: &Registry, args: &PredictArgs, out: &mut dyn Write) -> Result<()> {
    let mut predictor = run::predictor(&args.run, registry)?;
    let task = predictor.task().clone();
    let mut report = Report { out, labelled: 0, wrong: 0 };
    match source(args, registry, &task)? {
        Source::Dataset(data) => {
            let normalise = RunFolder::read_metrics(&args.run)?.and_then(|metrics| metrics.normalise);
            let data = normalise.iter().fold(*data, Data::normalised_as);
            let found = data.task();
            if *found != task {
                let (found, expected) = (describe(found), describe(&task));
                return Err(Error::Data(format!("the model expects {expected}, the dataset has {found}")));
            }
            warn(data.dataset().notes());
            let indices = match args.part {
                SplitArg::Train => data.splits().of(Split::Train).to_vec(),
                SplitArg::Valid => data.splits().of(Split::Valid).to_vec(),
                SplitArg::Test => data.splits().of(Split::Test).to_vec(),
                SplitArg::All => (0..data.dataset().len()).collect(),
            };
            for chunk in indices.chunks(BATCH) {
                let labels: Vec<_> = chunk.iter().map(|&index| Some(data.dataset().label(index))).collect();
                let probabilities = predictor.predict_examples(&data, chunk)?;
                report.batch(&probabilities, chunk, &labels)?;
            }
        }
        Source::Examples(examples) => {
            let indices: Vec<usize> = (0..examples.len()).collect();
            for (chunk, indices) in examples.chunks(BATCH).zip(indices.chunks(BATCH)) {
                let mut shape = vec![chunk.len()];
                shape.extend(task.dims());
                let values = chunk.iter().flat_map(|example| &example.values).copied().collect();
                // Every example was checked to have as many values as the task says.
                let x = Tensor::new(shape.clone(), values).unwrap_or_else(|| Tensor::zeros(&shape));
                let labels: Vec<_> = chunk.iter().map(|example| example.label).collect();
                report.batch(&predictor.predict(&x)?, indices, &labels)?;
            }
        }
    }
    report.finish()
}

/// Determines what the argument names: a dataset, a job, a folder or a file of examples.
fn source(args: &PredictArgs, registry: &Registry, task: &Task) -> Result<Source> {
    let own = || RunFolder::read_job(&args.run, registry).map_err(Error::from);
    let dataset = |job: &Job| Ok(Source::Dataset(Box::new(job.data(registry)?)));
    let Some(path) = &args.data else {
        return dataset(&own()?);
    };
    if path.is_dir() {
        let mut job = own()?;
        let Some(folder) = job.dataset.get_mut("path") else {
            let kind = job.dataset["type"].as_str().unwrap_or_default();
            let path = path.display();
            return Err(Error::Usage(format!(
                "{path}: the run's dataset {kind:?} is not read from a folder"
            )));
        };
        *folder = Value::from(path.to_string_lossy());
        return dataset(&job);
    }
    let name = input::name(path);
    let text = input::text(path)?;
    if is_lines(path) {
        let examples = input::json_lines(&text, &name).map(|line| {
            let (at, value) = line?;
            parse_example(&value, task, &at)
        });
        return Ok(Source::Examples(examples.collect::<Result<_>>()?));
    }
    match input::json(&text, &name)? {
        Value::Array(items) => {
            let examples = items.iter().enumerate();
            let examples = examples.map(|(i, value)| parse_example(value, task, &format!("{name}: /{i}")));
            Ok(Source::Examples(examples.collect::<Result<_>>()?))
        }
        document if document.get("dataset").is_some() => dataset(&job::parse(registry, document, &name)?),
        mut config if config.get("type").is_some() => {
            job::expand_environment(&mut config, &name)?;
            dataset(&Job { dataset: config, ..own()? })
        }
        other => Err(Error::Usage(format!(
            "{name}: expected a dataset {{\"type\": …}}, a job {{\"dataset\": …}} or an array of examples, found {}",
            input::kind(&other)
        ))),
    }
}

/// Whether a file holds JSON lines.
fn is_lines(path: &Path) -> bool {
    input::is_stdin(path) || path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson")
}

fn describe(task: &Task) -> String {
    format!("{} with {} classes", joined(&task.dims()), task.classes)
}

/// One line of output.
#[derive(Serialize)]
struct Prediction<'a> {
    /// Index of the example in its dataset, or in the given list.
    index: usize,
    class: usize,
    probabilities: &'a [f32],
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<usize>,
}

/// Writes predictions and counts the errors.
struct Report<'a> {
    out: &'a mut dyn Write,
    labelled: usize,
    wrong: usize,
}

impl Report<'_> {
    fn batch(&mut self, probabilities: &Tensor, indices: &[usize], labels: &[Option<usize>]) -> Result<()> {
        let classes = probabilities.data().len() / indices.len().max(1);
        let rows = probabilities.data().chunks_exact(classes.max(1));
        for ((row, index), label) in rows.zip(indices).zip(labels) {
            let class = argmax(row);
            if let Some(label) = label {
                self.labelled += 1;
                self.wrong += usize::from(*label != class);
            }
            write_line(self.out, &Prediction { index: *index, class, probabilities: row, label: *label })?;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.out.flush().map_err(Error::Output)?;
        if self.labelled > 0 {
            let (right, all) = (self.labelled - self.wrong, self.labelled);
            let accuracy = 100.0 * right as f64 / all as f64;
            terminal::say(&format!("accuracy {accuracy:.2} % ({right} of {all})"));
        }
        Ok(())
    }
}
