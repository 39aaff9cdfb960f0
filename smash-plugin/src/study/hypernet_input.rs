//! Does the HyperNet use its input? Architectures are scored under the weights generated from their own plane
//! (encoding), and under those generated from another architecture's (method section 8.1, "wrong encoding").

use serde::{Deserialize, Serialize};
use smash_core::random::Seed;
use smash_core::session::Parts;
use smash_core::smash::{HyperNetEstimator, HyperNetEstimatorConfig, PlaneSwap};
use smash_core::strategy::{Estimator, EstimatorContext};

use crate::{Error, Job, Registry, Result};

/// The result of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HypernetInput {
    /// Description of the experiment.
    pub question: String,
    /// The results of each seed.
    pub seeds: Vec<PairedDifferences>,
    /// The results of all seeds together.
    pub all: PairedDifferences,
}

/// Paired differences of validation loss: wrong plane minus own plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedDifferences {
    /// The seed; absent for all seeds together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Number of architectures.
    pub pairs: usize,
    /// Mean loss under the own plane.
    pub own_loss: f64,
    /// Mean loss under the wrong plane.
    pub other_loss: f64,
    /// Mean of the paired differences.
    pub difference: f64,
    /// 95 % confidence interval of the mean difference (normal, from the standard error).
    pub interval: [f64; 2],
    /// Fraction of the architectures for which the own plane is better.
    pub own_better: f64,
}

impl PairedDifferences {
    fn of(seed: Option<u64>, losses: &[(f64, f64)]) -> Self {
        let n = losses.len().max(1) as f64;
        let mean = |f: &dyn Fn(&(f64, f64)) -> f64| losses.iter().map(f).sum::<f64>() / n;
        let difference = mean(&|(own, other)| other - own);
        let variance = mean(&|(own, other)| (other - own - difference).powi(2)) * n / (n - 1.0).max(1.0);
        let half = 1.96 * (variance / n).sqrt();
        Self {
            seed,
            pairs: losses.len(),
            own_loss: mean(&|(own, _)| *own),
            other_loss: mean(&|(_, other)| *other),
            difference,
            interval: [difference - half, difference + half],
            own_better: mean(&|(own, other)| f64::from(u8::from(own < other))),
        }
    }
}

/// Trains one HyperNet per seed and scores `architectures` random architectures with each, under their own
/// plane and under that of another random architecture with at least as many columns, cropped. `report` is
/// called with (seed, done, total) as work goes on.
///
/// # Errors
/// When the job has no HyperNet, or a component fails.
pub fn hypernet_input(
    registry: &Registry,
    job: &Job,
    seeds: &[u64],
    architectures: usize,
    report: &mut dyn FnMut(u64, u64, u64),
) -> Result<HypernetInput> {
    let mut all = Vec::new();
    let mut rows = Vec::new();
    for &seed in seeds {
        let job = Job { seed, ..job.clone() };
        let losses = one_seed(registry, &job, architectures, report)?;
        rows.push(PairedDifferences::of(Some(seed), &losses));
        all.extend(losses);
    }
    let question =
        "validation loss under generated weights: another architecture's plane (at least as many columns, \
                    cropped) minus the architecture's own plane"
            .to_owned();
    Ok(HypernetInput { question, seeds: rows, all: PairedDifferences::of(None, &all) })
}

fn one_seed(
    registry: &Registry,
    job: &Job,
    architectures: usize,
    report: &mut dyn FnMut(u64, u64, u64),
) -> Result<Vec<(f64, f64)>> {
    let mut estimator = HyperNetEstimator::new(hypernet(job)?);
    let Parts { space, data, mut backend, .. } = job.parts(registry)?;
    let seed = Seed::new(job.seed);
    let mut context = EstimatorContext { space: &*space, data: &data, backend: &mut *backend, seed };
    let steps = estimator.steps(&data);
    let total = steps + architectures as u64;
    for step in 0..steps {
        estimator.step(&mut context, step)?;
        report(job.seed, step + 1, total);
    }
    let draws = seed.split("study");
    let mut losses = Vec::with_capacity(architectures);
    for i in 0..architectures as u64 {
        let mut random = draws.at(i).random();
        let own = context.space.sample(&mut random, 1.0)?;
        let columns = context.space.describe(&own)?.columns;
        // Redrawn until one is long enough: the architecture itself shows that there are such.
        let other = loop {
            let other = context.space.sample(&mut random, 1.0)?;
            let plane = context.space.describe(&other)?;
            if other != own && plane.columns >= columns {
                break plane;
            }
        };
        let mut score = |swap| -> Result<f64> {
            estimator.swap_plane(swap);
            let scores = estimator.score(&mut context, std::slice::from_ref(&own))?;
            Ok(scores.first().map_or(f64::NAN, |s| s.loss))
        };
        losses.push((score(PlaneSwap::Own)?, score(PlaneSwap::Other(Box::new(other)))?));
        report(job.seed, steps + i + 1, total);
    }
    Ok(losses)
}

/// The HyperNet's configuration of a job: inside the strategy `smash`, or as the estimator of another
/// strategy.
fn hypernet(job: &Job) -> Result<HyperNetEstimatorConfig> {
    let (mut config, at) = match job.strategy.get("estimator") {
        Some(estimator) => (estimator.clone(), "/strategy/estimator"),
        None => (job.strategy.clone(), "/strategy"),
    };
    let kind = config.as_object_mut().and_then(|object| {
        object.remove("search");
        object.remove("type")
    });
    if kind.is_none_or(|kind| kind != "hypernet" && kind != "smash") {
        let message = "expected the strategy \"smash\", or one with the estimator \"hypernet\": no other has a HyperNet";
        return Err(smash_core::Error::invalid(format!("{at}/type"), message).into());
    }
    serde_json::from_value(config).map_err(|e| Error::from(smash_core::Error::invalid(at, e.to_string())))
}
