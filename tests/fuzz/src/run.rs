//! Run folders with one file from the fuzzer, whose checksums fit: what is behind them is attacked too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use sha2::{Digest, Sha256};
use smash_core::architecture::Architecture;
use smash_core::session::{Event, Phase};
use smash_core::space::WeightScheme;
use smash_core::tensor::Tensor;
use smash_plugin::run::{self, RunFolder, Scorer, picture, predictor};
use smash_plugin::{Job, Registry, space_of};

use crate::Place;

/// A search of some hundredths of a second.
const JOB: &str = include_str!("../job.json");
/// The commit point of a run.
const STATE: &str = "checkpoint/state.json";
/// Values of an example that is predicted.
const VALUES: usize = 1 << 16;

/// Which of the runs an input is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Interrupted in this phase.
    In(Phase),
    /// Finished, or so far that its results are there.
    Finished,
}

/// What a user does with a run.
#[derive(Clone, Copy, Debug)]
pub enum Use {
    /// `smash plot`.
    Draw,
    /// Reads the best architecture, builds it and scores it.
    Best,
    /// `smash predict`.
    Predict,
    /// `smash score`.
    Score,
    /// `--resume`, for no step at all.
    Resume,
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Runs as this version writes them, and a folder for what becomes of them.
pub struct Runs {
    registry: Registry,
    job: Job,
    place: Place,
    runs: Vec<(Base, Files)>,
    /// That of a whole run.
    scorer: Mutex<Option<Scorer>>,
}

impl Runs {
    /// The runs of a target.
    pub fn new(target: &str) -> Self {
        let registry = Registry::builtin().expect("the built-in components");
        let job = serde_json::from_str(JOB).expect("JSON");
        let job = Job::parse(&registry, &job).expect("a job");
        let mut runs =
            Self { registry, job, place: Place::new(target), runs: Vec::new(), scorer: Mutex::new(None) };
        let phases = [Phase::Training, Phase::Searching, Phase::Retraining, Phase::Done];
        for phase in phases {
            let base = if phase == Phase::Done { Base::Finished } else { Base::In(phase) };
            let files = runs.begun(phase);
            runs.runs.push((base, files));
        }
        let scorer = Scorer::open(&runs.place.path().join("run"), &runs.registry);
        *runs.scorer.lock().expect("one thread") = Some(scorer.expect("a run with a HyperNet"));
        // Checksums that are made here are those that are expected.
        for (base, files) in &runs.runs {
            for name in [Path::new(STATE), runs.weights(*base)] {
                let mut files = files.clone();
                let sealed = sealed(&files, name, &files[name]).expect("a state");
                files.insert(STATE.into(), sealed);
                runs.put(&files, &[]);
                assert!(runs.resume(&runs.place.path().join("run")), "{base:?}, {}", name.display());
            }
        }
        runs
    }

    /// The files of a run that is interrupted in a phase.
    fn begun(&self, until: Phase) -> Files {
        let path = self.empty();
        let folder = RunFolder::create(&path, &self.job).expect("a new folder");
        let (cancel, mut seen) = (AtomicBool::new(false), 0);
        let mut watch = |event: &Event| {
            seen += usize::from(serde_json::to_value(event).is_ok_and(|event| match until {
                Phase::Searching => event["event"] == "candidate",
                _ => event["event"] == "step" && event["phase"] == until.to_string(),
            }));
            cancel.store(seen >= 2, Ordering::Relaxed);
        };
        let parts = self.job.parts(&self.registry).expect("the parts of the job");
        run::search(&folder, &self.job, parts, &mut watch, &cancel).expect("a run");
        files(&path)
    }

    /// The files of a run.
    fn files(&self, base: Base) -> &Files {
        self.runs
            .iter()
            .find(|(known, _)| *known == base)
            .map(|(_, files)| files)
            .expect("a run of each kind")
    }

    /// The folder of the attacked run, empty or not there.
    fn empty(&self) -> PathBuf {
        let path = self.place.path().join("run");
        let _ = fs::remove_dir_all(&path);
        path
    }

    /// The name of the weights of a run.
    pub fn weights(&self, base: Base) -> &Path {
        let is_weights = |name: &&PathBuf| {
            name.starts_with("checkpoint") && name.extension().is_some_and(|end| end == "safetensors")
        };
        self.files(base).keys().find(is_weights).expect("weights")
    }

    /// Puts an input into a run in the place of a file, once as it is and once with checksums that fit, and
    /// does with it what a user can who comes upon it.
    pub fn attack(&self, base: Base, name: &Path, input: &[u8], uses: &[Use]) {
        let mut files = self.files(base).clone();
        files.insert(name.to_owned(), input.to_vec());
        self.put(&files, uses);
        let Some(sealed) = sealed(&files, name, input) else { return };
        files.insert(STATE.into(), sealed);
        self.put(&files, uses);
    }

    /// Lines of a ranking: drawn where nothing else says what was found, and scored.
    pub fn rank(&self, input: &[u8]) {
        self.attack(Base::Finished, "ranking.jsonl".as_ref(), input, &[Use::Resume]);
        let mut files = self.files(Base::Finished).clone();
        files.retain(|name, _| name == Path::new("job.json"));
        files.insert("ranking.jsonl".into(), input.to_vec());
        self.put(&files, &[Use::Draw]);
        for line in std::str::from_utf8(input).unwrap_or_default().lines().take(2) {
            let found = smash_core::json::from_str::<Value>(line).unwrap_or_default();
            if let Ok(architecture) = serde_json::from_value(found["architecture"].clone()) {
                self.score(&architecture);
            }
        }
    }

    /// Makes the folder, and reads it.
    fn put(&self, files: &Files, uses: &[Use]) {
        let path = self.empty();
        for (name, bytes) in files {
            let file = path.join(name);
            fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder");
            fs::write(file, bytes).expect("a file");
        }
        uses.iter().for_each(|one| self.use_it(&path, *one));
    }

    fn use_it(&self, path: &Path, one: Use) {
        match one {
            Use::Draw => {
                let _ = picture(path);
                let _ = RunFolder::read_metrics(path);
                let _ = RunFolder::read_job(path, &self.registry);
            }
            Use::Best => {
                let Ok(file) = RunFolder::read_best(path) else { return };
                if let Ok((space, _)) = space_of(&self.registry, &file, None) {
                    let _ = space.validate(&file.architecture);
                    let _ =
                        space.build(&file.architecture, WeightScheme::Standalone).map(|graph| graph.count());
                }
                self.score(&file.architecture);
            }
            Use::Predict => {
                let Ok(mut predictor) = predictor(path, &self.registry) else { return };
                let shape = [&[1], &*predictor.task().dims()].concat();
                let values = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
                if values.is_some_and(|values| values < VALUES) {
                    let _ = predictor.predict(&Tensor::zeros(&shape));
                }
            }
            Use::Score => {
                if let (Ok(mut scorer), Ok(file)) =
                    (Scorer::open(path, &self.registry), RunFolder::read_best(path))
                {
                    let _ = scorer.score(&file.architecture);
                }
            }
            Use::Resume => {
                self.resume(path);
            }
        }
    }

    /// Whether a run can be gone on with.
    fn resume(&self, path: &Path) -> bool {
        let Ok(folder) = RunFolder::open(path) else { return false };
        let parts = self.job.parts(&self.registry).expect("the parts of the job");
        run::search(&folder, &self.job, parts, &mut |_: &Event| {}, &AtomicBool::new(true)).is_ok()
    }

    /// Scores an architecture with the HyperNet of a whole run.
    fn score(&self, architecture: &Architecture) {
        let mut scorer = self.scorer.lock().expect("one thread");
        if let Some(scorer) = scorer.as_mut() {
            let _ = scorer.score(architecture);
        }
    }
}

/// The state of a run in which the checksum of a file is that of the input, sealed again.
fn sealed(files: &Files, name: &Path, input: &[u8]) -> Option<Vec<u8>> {
    let is_state = name == Path::new(STATE);
    let bytes = if is_state { input } else { &files[Path::new(STATE)][..] };
    let text = match serde_json::from_slice::<Value>(bytes) {
        Ok(mut state) => {
            state.as_object_mut()?.remove("sha256");
            if name.starts_with("checkpoint") && !is_state {
                state["weights_sha256"] = digest(input).into();
            } else if !is_state {
                state["files"][name.to_str().expect("a name")] = digest(input).into();
            }
            serde_json::to_string_pretty(&state).expect("JSON")
        }
        // What only a reader of its own takes for JSON, if any does.
        Err(_) => std::str::from_utf8(bytes).ok()?.to_owned(),
    };
    let body = text.trim_end().strip_suffix('}')?.trim_end();
    Some(format!("{body},\n  \"sha256\": \"{}\"\n}}\n", digest(body.as_bytes())).into_bytes())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All files below a folder.
fn files(root: &Path) -> Files {
    let mut found = Files::new();
    for folder in [root.to_owned(), root.join("checkpoint")] {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_file() {
                let name = path.strip_prefix(root).expect("a file of the run").to_owned();
                found.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    found
}
