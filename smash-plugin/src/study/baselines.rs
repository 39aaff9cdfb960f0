//! Is the network that the search finds better than hand-designed ones of its size? All are trained by the
//! same recipe on the same data, each with several seeds.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use smash_core::architecture::ArchitectureFile;
use smash_core::train::Recipe;
use smash_search_spaces::hand_designed::Family;

use crate::run::{self, Metrics, RunFolder, Watch};
use crate::{Error, Job, Registry, Result, Training, baseline, size_of};

/// Name of the found network in the results.
const FOUND: &str = "found";

/// What the study compares, and where its runs are kept.
#[derive(Clone, Copy, Debug)]
pub struct BaselinePlan<'a> {
    /// The hand-designed families.
    pub families: &'a [Family],
    /// Seeds: each network is trained once with each.
    pub seeds: &'a [u64],
    /// A folder for all runs; an existing one is resumed.
    pub folder: &'a Path,
    /// The finished search whose best network is compared; without one, the job is searched first.
    pub found: Option<&'a Path>,
}

/// The result of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// How all networks were trained.
    pub recipe: Recipe,
    /// The found network, then the hand-designed ones.
    pub networks: Vec<TrainedNetwork>,
}

/// One network, trained with each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedNetwork {
    /// Name: `found`, or the family.
    pub name: String,
    /// The architecture.
    pub architecture: ArchitectureFile,
    /// Number of parameters.
    pub params: u64,
    /// Multiply-accumulates (MACs) for one example.
    pub macs: u64,
    /// One training per seed.
    pub runs: Vec<SeedRun>,
    /// Mean test error (fraction).
    pub mean_error: f64,
    /// Standard deviation of the test error between seeds.
    pub sd_error: f64,
}

/// One training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRun {
    /// The seed of the training.
    pub seed: u64,
    /// Test error (fraction).
    pub test_error: f64,
    /// Test cross-entropy.
    pub test_loss: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl TrainedNetwork {
    fn of(name: &str, architecture: &ArchitectureFile, metrics: &[Metrics]) -> Self {
        let runs: Vec<SeedRun> = metrics
            .iter()
            .map(|m| SeedRun {
                seed: m.seed,
                test_error: m.test_error.unwrap_or(f64::NAN),
                test_loss: m.test_loss.unwrap_or(f64::NAN),
                seconds: m.seconds.retrain,
            })
            .collect();
        let n = runs.len().max(1) as f64;
        let mean_error = runs.iter().map(|run| run.test_error).sum::<f64>() / n;
        let squares: f64 = runs.iter().map(|run| (run.test_error - mean_error).powi(2)).sum();
        let (params, macs) = metrics.first().map_or((0, 0), |m| (m.params, m.macs));
        let sd_error = (squares / (n - 1.0).max(1.0)).sqrt();
        Self {
            name: name.to_owned(),
            architecture: architecture.clone(),
            params,
            macs,
            runs,
            mean_error,
            sd_error,
        }
    }
}

/// Searches the job if need be, then trains the found network and one network of each family with as many
/// parameters, each with every seed. `watch` makes the observer of a run from its name, its number (from 0)
/// and the number of runs. Finished runs in the folder are not repeated, unfinished ones are resumed; `None`
/// when cancelled.
///
/// # Errors
/// When no network of a family is that size, the folder belongs to another job, or a component fails.
pub fn baselines(
    registry: &Registry,
    job: &Job,
    plan: &BaselinePlan<'_>,
    watch: &mut dyn FnMut(&str, usize, usize) -> Box<dyn Watch>,
    cancel: &AtomicBool,
) -> Result<Option<Baselines>> {
    let searches = usize::from(plan.found.is_none());
    let total = searches + (1 + plan.families.len()) * plan.seeds.len();
    let searched = plan.folder.join("search");
    if plan.found.is_none() {
        // No retraining here: the found network is trained below, as often as every other.
        let job = Job { retrain: Recipe { epochs: 0, ..job.retrain.clone() }, ..job.clone() };
        let folder = enter(registry, &searched, &job)?;
        let parts = job.parts(registry)?;
        if run::search(&folder, &job, parts, &mut *watch("search", 0, total), cancel)?.is_none() {
            return Ok(None);
        }
    }
    let found = RunFolder::read_best(plan.found.unwrap_or(&searched))?;
    let (params, config) = size_of(registry, &found)?;
    let task = registry.dataset(&job.dataset)?.task().clone();
    let mut networks = vec![(FOUND, found)];
    for family in plan.families {
        networks.push((family.name(), baseline(*family, &config, &task, params)?));
    }
    // All networks per seed, so that an interrupted study still compares all of them.
    let mut metrics: Vec<Vec<Metrics>> = vec![Vec::new(); networks.len()];
    for (i, &seed) in plan.seeds.iter().enumerate() {
        for (j, (name, file)) in networks.iter().enumerate() {
            let job = Job { seed, space: file.settings.clone().unwrap_or_default(), ..job.clone() };
            let name = format!("{name}-seed{seed}");
            let mut watch = watch(&name, searches + i * networks.len() + j, total);
            match train(registry, &plan.folder.join(&name), job, file, &mut *watch, cancel)? {
                None => return Ok(None),
                Some(done) => metrics[j].push(done),
            }
        }
    }
    let trained =
        networks.iter().zip(&metrics).map(|((name, file), metrics)| TrainedNetwork::of(name, file, metrics));
    Ok(Some(Baselines { recipe: job.retrain.clone(), networks: trained.collect() }))
}

fn train(
    registry: &Registry,
    path: &Path,
    job: Job,
    file: &ArchitectureFile,
    watch: &mut dyn Watch,
    cancel: &AtomicBool,
) -> Result<Option<Metrics>> {
    let folder = enter(registry, path, &job)?;
    let data = job.data(registry)?;
    run::train(&folder, Training::new(registry, job, data, file)?, watch, cancel)
}

/// The run folder of a job: created, or opened to resume.
fn enter(registry: &Registry, path: &Path, job: &Job) -> Result<RunFolder> {
    if !path.exists() {
        return RunFolder::create(path, job);
    }
    if !path.join("job.json").is_file() {
        return RunFolder::open_unbegun(path, job);
    }
    if RunFolder::read_job(path, registry)?.identity() == job.identity() {
        return RunFolder::open(path);
    }
    let message = "belongs to another job: go on with the job that began it, or choose another folder";
    Err(Error::run(PathBuf::from(path), message))
}
