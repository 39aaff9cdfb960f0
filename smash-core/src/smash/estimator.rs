//! One-shot estimation: training the HyperNet, and scoring architectures under the weights it generates.

use super::hypernet::PREFIX;
use super::{HyperNetEstimatorConfig, WeightNorm};
use crate::architecture::Architecture;
use crate::backend::{Backend, Feed, Fetch, InputGradient, Mode, Plan, StepGroup};
use crate::dataset::{Batch, Data, Order, Steps};
use crate::error::{Error, Result};
use crate::random::Random;
use crate::space::{self, Description, SearchSpace};
use crate::space::{GENERATED, bind_generated};
use crate::strategy::{Estimator, EstimatorContext, Score, TrainStep};
use crate::tensor::Tensor;
use crate::train::{Classifier, Views, initialize, weights};

/// Names of the device values that join the HyperNet to the network: the generated weights and their
/// gradient.
const W: &str = "smash.w";
const DW: &str = "smash.dw";

/// The HyperNet estimator. Its trained state is the backend's parameters.
pub struct HyperNetEstimator {
    config: HyperNetEstimatorConfig,
    swap: PlaneSwap,
    /// The training batches, while training lasts.
    batches: Option<Steps>,
}

/// Which plane the HyperNet reads when an architecture is scored: the control experiment of the paper's
/// section 4.1, which asks whether the HyperNet uses its input at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PlaneSwap {
    /// The plane of the architecture itself.
    #[default]
    Own,
    /// The first columns of another plane, which must have at least as many.
    Other(Box<Description>),
}

/// The compiled HyperNet and network of one architecture.
struct CompiledPair {
    hypernet: Plan,
    network: Classifier,
    hypernet_weights: Vec<String>,
    shared_weights: Vec<String>,
}

impl CompiledPair {
    fn release(&self, backend: &mut dyn Backend) {
        backend.release(self.hypernet);
        backend.release(self.network.plan());
    }
}

impl HyperNetEstimator {
    /// An estimator with an untrained HyperNet.
    pub fn new(config: HyperNetEstimatorConfig) -> Self {
        Self { config, swap: PlaneSwap::Own, batches: None }
    }

    /// Sets the plane that is read when scoring.
    pub fn swap_plane(&mut self, swap: PlaneSwap) {
        self.swap = swap;
    }

    /// The training batch of the architecture with number `draw` of `total`.
    fn batch(&mut self, context: &EstimatorContext<'_>, (draw, total): (u64, u64)) -> Result<Batch> {
        let seed = context.seed.split("hypernet");
        if let Some(batches) = self.batches.as_mut().filter(|batches| batches.are_of(context.data, seed)) {
            return batches.at(draw);
        }
        let order = Order::new(&[&context.data.splits().train], self.config.batch, seed);
        self.batches.insert(Steps::new(context.data, order, total)).at(draw)
    }

    fn compile(
        &self,
        context: &mut EstimatorContext<'_>,
        architecture: &Architecture,
        description: &Description,
    ) -> Result<CompiledPair> {
        let spec = context.space.plane();
        let hypernet = self.config.hypernet.build(spec, description.columns)?;
        let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        let norm: fn(usize) -> f32 = match self.config.hypernet.weight_norm {
            WeightNorm::Frobenius => |_| 1.0,
            WeightNorm::Variance => |outputs| (2.0 * outputs as f32).sqrt(),
        };
        let graph = context.space.build(architecture, space::WeightScheme::OneShot)?;
        let graph = bind_generated(&graph, description, matrix, norm)?;
        let seed = context.seed.split("one-shot");
        initialize(context.backend, &hypernet, seed)?;
        initialize(context.backend, &graph, seed)?;
        let (hypernet_weights, shared_weights) = (weights(&hypernet), weights(&graph));
        let hypernet = context.backend.compile(&hypernet)?;
        let network = Classifier::compile(context.backend, graph);
        let network = network.inspect_err(|_| context.backend.release(hypernet))?;
        Ok(CompiledPair { hypernet, network, hypernet_weights, shared_weights })
    }

    /// Runs the HyperNet: afterwards the device value [`W`] holds the generated weights.
    fn generate(
        &self,
        context: &mut EstimatorContext<'_>,
        pair: &CompiledPair,
        description: &Description,
        noise: Option<Random>,
    ) -> Result<()> {
        let spec = context.space.plane();
        let cells = spec.rows * description.columns;
        let mut values = vec![0.0; cells];
        let mode = if let Some(mut random) = noise {
            if self.config.hypernet.noise {
                values.iter_mut().for_each(|v| *v = random.normal() as f32);
            }
            Mode::Train
        } else {
            Mode::Eval
        };
        values.extend_from_slice(&description.plane);
        let plane = Tensor::new(vec![1 + spec.channels, spec.rows, description.columns], values).ok_or_else(
            || Error::graph("the description's plane does not have the space's channels and rows"),
        )?;
        context.backend.run(
            pair.hypernet,
            mode,
            &[("plane", Feed::Host(&plane))],
            &[("generated", Fetch::Device(W))],
        )?;
        Ok(())
    }

    /// Forward and backward pass of one architecture on one batch; gradients accumulate with weight `share`.
    fn accumulate(
        &mut self,
        context: &mut EstimatorContext<'_>,
        at: (u64, u64),
        share: f32,
        groups: &mut [Vec<String>; 2],
    ) -> Result<TrainStep> {
        let (draw, total) = at;
        let mut random = context.seed.split("hypernet").split("architecture").at(draw).random();
        let progress = draw as f64 / total.max(1) as f64;
        let architecture = context.space.sample(&mut random, progress)?;
        let description = context.space.describe_at(&architecture, progress)?;
        let pair = self.compile(context, &architecture, &description)?;
        let step = self.forward_backward(context, (&pair, &description), at, share);
        pair.release(context.backend);
        groups[0].extend(pair.hypernet_weights);
        groups[1].extend(pair.shared_weights);
        step
    }

    /// Forward and backward pass of a compiled pair. The caller releases it, after an error too.
    fn forward_backward(
        &mut self,
        context: &mut EstimatorContext<'_>,
        (pair, description): (&CompiledPair, &Description),
        at: (u64, u64),
        share: f32,
    ) -> Result<TrainStep> {
        let noise = context.seed.split("hypernet").split("noise").at(at.0).random();
        self.generate(context, pair, description, Some(noise))?;
        let batch = self.batch(context, at)?;
        let more = [(GENERATED, Feed::Device(W))];
        let (loss, wrong) =
            pair.network.run(context.backend, Mode::Train, (&batch.x, &batch.labels), &more)?;
        let gradient = Tensor::scalar(share);
        let wanted = [(GENERATED, Fetch::Device(DW))];
        let gradients =
            context.backend.backward(pair.network.plan(), &[("loss", Feed::Host(&gradient))], &wanted)?;
        // A network without generated weights gives the HyperNet no gradient.
        if gradients.first() == Some(&InputGradient::Device) {
            context.backend.backward(pair.hypernet, &[("generated", Feed::Device(DW))], &[])?;
        }
        let error = wrong as f64 / batch.labels.data().len().max(1) as f64;
        Ok(TrainStep { loss, error, applied: true })
    }

    fn score_one(&self, context: &mut EstimatorContext<'_>, architecture: &Architecture) -> Result<Score> {
        let own = context.space.describe(architecture)?;
        let shown = match &self.swap {
            PlaneSwap::Own => own.clone(),
            PlaneSwap::Other(other) => crop(&own, other, context.space)?,
        };
        let pair = self.compile(context, architecture, &own)?;
        let score = self.evaluate(context, &pair, &shown);
        pair.release(context.backend);
        context.backend.drop_value(W);
        score
    }

    /// Loss and error of a compiled pair. The caller releases it, after an error too.
    fn evaluate(
        &self,
        context: &mut EstimatorContext<'_>,
        pair: &CompiledPair,
        shown: &Description,
    ) -> Result<Score> {
        self.generate(context, pair, shown, None)?;
        let more = [(GENERATED, Feed::Device(W))];
        let train = &context.data.splits().train;
        let calibration = &train[..self.config.scoring.calibration.min(train.len())];
        let calibration = context.data.wait(|| context.data.batch(calibration, None))?;
        pair.network.run(context.backend, Mode::Calibrate, (&calibration.x, &calibration.labels), &more)?;
        let valid = &context.data.splits().valid;
        let count = match self.config.scoring.examples {
            0 => valid.len(),
            n => n.min(valid.len()),
        };
        let batch = self.config.scoring.batch;
        let examples = (&valid[..count], Views::One);
        pair.network.evaluate(context.backend, context.data, examples, batch, &more)
    }
}

/// `other`'s plane cropped to the columns of `own`.
fn crop(own: &Description, other: &Description, space: &dyn SearchSpace) -> Result<Description> {
    if other.columns < own.columns {
        let text = format!("expected a plane of at least {} columns, found {}", own.columns, other.columns);
        return Err(Error::State(text));
    }
    let spec = space.plane();
    let rows = other.plane.chunks_exact(other.columns).take(spec.channels * spec.rows);
    let plane = rows.flat_map(|row| &row[..own.columns]).copied().collect();
    Ok(Description { plane, ..own.clone() })
}

impl Estimator for HyperNetEstimator {
    fn steps(&self, data: &Data) -> u64 {
        let epoch = Order::steps_of(data.splits().train.len(), self.config.batch);
        self.config.epochs * epoch / self.config.architectures_per_step
    }

    fn step(&mut self, context: &mut EstimatorContext<'_>, step: u64) -> Result<TrainStep> {
        let steps = self.steps(context.data);
        let count = self.config.architectures_per_step;
        let mut groups = [Vec::new(), Vec::new()];
        let mut sum = TrainStep { loss: 0.0, error: 0.0, applied: true };
        for i in 0..count {
            let share = 1.0 / count as f32;
            let one = self.accumulate(context, (step * count + i, steps * count), share, &mut groups)?;
            sum.loss += one.loss / count as f64;
            sum.error += one.error / count as f64;
        }
        let optimizer = |weight_decay| self.config.optimizer(step, steps, weight_decay);
        let [hypernet, shared] = groups.map(|mut names| {
            names.sort_unstable();
            names.dedup();
            names
        });
        debug_assert!(hypernet.iter().all(|name| name.starts_with(PREFIX)));
        let groups = [
            StepGroup { parameters: hypernet, optimizer: optimizer(0.0) },
            StepGroup { parameters: shared, optimizer: optimizer(self.config.weight_decay) },
        ];
        let report = context.backend.step(&groups, self.config.clip)?;
        sum.applied = report.applied && sum.loss.is_finite();
        Ok(sum)
    }

    fn score(
        &mut self,
        context: &mut EstimatorContext<'_>,
        architectures: &[Architecture],
    ) -> Result<Vec<Score>> {
        // Frees the prefetching thread; further training would resume at its step.
        self.batches = None;
        architectures.iter().map(|architecture| self.score_one(context, architecture)).collect()
    }
}
