//! What the arguments name: files of examples, arrays, lists or datasets.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use smash_core::dataset::{Data, Split};
use smash_plugin::{ArrayFile, FoundFiles, Job, Registry};

use super::model::Model;
use crate::args::{PredictArgs, SplitArg};
use crate::error::{Error, Result};
use crate::preflight::warn;
use crate::{input, job};

/// Examples to classify.
pub(crate) enum Source {
    /// Examples of a dataset, with the model's class for each of its labels.
    Dataset { data: Box<Data>, indices: Vec<usize>, classes: Vec<usize> },
    /// Files of one example each, with their classes.
    Files(Vec<(PathBuf, Option<usize>)>),
    /// A file of arrays.
    Array(PathBuf),
    /// A file of JSON lines, or standard input.
    Lines(PathBuf),
    /// A list in JSON, and its name.
    List(Vec<Value>, String),
}

impl Source {
    /// Number of examples, where that is known before they are read.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::Dataset { indices, .. } => Some(indices.len()),
            Self::Files(files) => Some(files.len()),
            Self::List(items, _) => Some(items.len()),
            Self::Array(_) | Self::Lines(_) => None,
        }
    }
}

/// Finds out what the arguments name.
pub(crate) struct Sources<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) args: &'a PredictArgs,
    pub(crate) model: &'a Model,
}

impl Sources<'_> {
    /// All sources in the order of the arguments; files that follow each other are one.
    pub(crate) fn find(&self) -> Result<Vec<Source>> {
        if self.args.data.is_empty() {
            let Some(job) = self.model.job(self.registry)? else {
                return Err(Error::Usage(format!(
                    "{}: a model file alone has no dataset: name what to classify after it",
                    self.args.model.display()
                )));
            };
            return Ok(vec![self.dataset(&job, SplitArg::Test)?]);
        }
        let mut sources: Vec<Source> = Vec::new();
        for path in &self.args.data {
            match (sources.last_mut(), self.named(path)?) {
                (Some(Source::Files(files)), Source::Files(more)) => files.extend(more),
                (_, source) => sources.push(source),
            }
        }
        Ok(sources)
    }

    /// What one argument names.
    fn named(&self, path: &Path) -> Result<Source> {
        if !input::is_stdin(path) {
            let found = fs::metadata(path).map_err(|error| Error::reading(path, &error))?;
            if found.is_dir() {
                return self.folder(path);
            }
            if is_json(path) {
                return self.document(path);
            }
        }
        if self.args.part.is_some() {
            return Err(Error::Usage(format!(
                "{}: --part chooses a split of a dataset, which this is not",
                input::name(path)
            )));
        }
        if input::is_stdin(path) || has_ending(path, &["jsonl", "ndjson"]) {
            return Ok(Source::Lines(path.to_owned()));
        }
        if !self.model.knows_files {
            return Err(self.without_card(path));
        }
        if ArrayFile::reads(path) {
            return Ok(Source::Array(path.to_owned()));
        }
        if self.model.decoder.files().is_none() {
            return Err(Error::Usage(format!(
                "{}: the model classifies values and not images: expected an .npz, .npy or .safetensors file with an \
                 array x, a .jsonl file, or the configuration of a dataset",
                path.display()
            )));
        }
        Ok(Source::Files(vec![(path.to_owned(), None)]))
    }

    /// A folder of files, or one that the run's kind of dataset reads.
    fn folder(&self, path: &Path) -> Result<Source> {
        let decoder = &self.model.decoder;
        let files = decoder.files();
        if files.is_some()
            && self.args.part.is_none()
            && let Some(found) =
                FoundFiles::below(path, decoder, self.model.classes.names()).map_err(Error::of_file)?
        {
            warn(found.note.as_slice());
            return Ok(Source::Files(found.files));
        }
        let Some(mut job) = self.model.job(self.registry)? else {
            return Err(match files {
                Some(files) if self.args.part.is_none() => Error::Data(format!(
                    "{}: expected {files} in the folder, or in folders that are named as classes, found none",
                    path.display()
                )),
                _ if !self.model.knows_files => self.without_card(path),
                _ => Error::Usage(format!(
                    "{}: a model file alone reads no folder as a dataset: name a dataset's configuration",
                    path.display()
                )),
            });
        };
        let kind = job.dataset["type"].as_str().unwrap_or_default().to_owned();
        if let (Some(files), None, "image_folder") = (files, self.args.part, kind.as_str()) {
            return Err(Error::Data(format!(
                "{}: expected {files} in the folder, or in folders that are named as classes, found none",
                path.display()
            )));
        }
        let Some(folder) = job.dataset.get_mut("path") else {
            return Err(Error::Usage(format!(
                "{}: the run's dataset {kind:?} is not read from a folder, and there are no {} in this one",
                path.display(),
                files.unwrap_or("files that the model knows")
            )));
        };
        *folder = Value::from(path.to_string_lossy());
        self.dataset(&job, SplitArg::All)
    }

    /// A dataset or job in JSON, or a list of examples.
    fn document(&self, path: &Path) -> Result<Source> {
        let name = input::name(path);
        match input::json(&input::text(path)?, &name)? {
            Value::Array(items) => Ok(Source::List(items, name)),
            document if document.get("dataset").is_some() => {
                self.dataset(&job::parse(self.registry, document, &name)?, SplitArg::All)
            }
            mut config if config.get("type").is_some() => {
                job::expand_environment(&mut config, &name)?;
                self.dataset(&self.model.job_on(self.registry, config)?, SplitArg::All)
            }
            other => Err(Error::Usage(format!(
                "{name}: expected a dataset {{\"type\": …}}, a job {{\"dataset\": …}} or an array of examples, found {}",
                input::kind(&other)
            ))),
        }
    }

    /// The dataset of a job: the part that is asked for.
    fn dataset(&self, job: &Job, by_default: SplitArg) -> Result<Source> {
        let (data, classes) = self.model.dataset(self.registry, job)?;
        warn(data.dataset().notes());
        let splits = data.splits();
        let indices = match self.args.part.unwrap_or(by_default) {
            SplitArg::Train => splits.of(Split::Train).to_vec(),
            SplitArg::Valid => splits.of(Split::Valid).to_vec(),
            SplitArg::Test => splits.of(Split::Test).to_vec(),
            SplitArg::All => (0..data.dataset().len()).collect(),
        };
        Ok(Source::Dataset { data: Box::new(data), indices, classes })
    }

    /// The error of a file for a model that does not know how files become examples.
    fn without_card(&self, path: &Path) -> Error {
        let train = match &self.model.run {
            Some(run) => format!("smash train {0}/best.arch.json {0}/job.json --out DIR", run.display()),
            None => "smash train RUN/best.arch.json RUN/job.json --out DIR".to_owned(),
        };
        Error::Usage(format!(
            "{}: the model was written by an earlier version, which did not keep how files become examples: name the \
             configuration of a dataset instead, or train the network again ({train})",
            path.display()
        ))
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// Whether a file is JSON, by its name or, whatever that is, by its first byte.
fn is_json(path: &Path) -> bool {
    let begins = || {
        let mut start = Vec::new();
        let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
        read.is_ok() && matches!(text.first(), Some(b'{' | b'['))
    };
    // A pipe would wait for a writer, and what was read of it would be lost.
    has_ending(path, &["json"]) || (!has_ending(path, &["jsonl", "ndjson"]) && path.is_file() && begins())
}
