//! Training steps and scoring passes of a space's networks.

use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, StepGroup};
use smash_core::graph::Graph;
use smash_core::random::Seed;
use smash_core::smash::{HyperNetConfig, HyperNetEstimatorConfig};
use smash_core::space::{self, SearchSpace};
use smash_core::space::{GENERATED, bind_generated};
use smash_core::tensor::Tensor;
use smash_core::train::{Classifier, Recipe, initialize, weights};

use super::{Settings, Workload};

/// Batch size of training.
const BATCH: usize = 50;
/// Batch size of scoring.
const SCORING: usize = 100;

/// The kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A training step of the HyperNet and the shared weights: both networks compiled, forward, backward,
    /// AdamW.
    SmashStep,
    /// Scoring a candidate: both networks compiled, the weights generated once, 200 images to calibrate batch
    /// norm, 1,000 to score.
    ScoringPass,
    /// A retraining step of the found network, which is compiled before.
    RetrainStep,
}

/// A network, alone or with the HyperNet that generates its weights.
struct BenchItem {
    hypernet: Option<(Graph, Tensor)>,
    network: Graph,
}

/// One kind of step on each of the architectures of some settings.
pub struct Networks {
    settings: Settings,
    kind: Kind,
    items: Vec<BenchItem>,
}

impl Networks {
    /// Builds the networks of the first `count` architectures.
    ///
    /// # Errors
    /// When the space refuses one.
    pub fn new(settings: Settings, kind: Kind, count: usize) -> Result<Self> {
        let space = settings.space()?;
        let spec = space.plane();
        let mut items = Vec::new();
        for architecture in settings.architectures()?.iter().take(count) {
            if kind == Kind::RetrainStep {
                let mut network = space.build(architecture, space::WeightScheme::Standalone)?;
                // Every network has its own weights, which an engine holds at the same time.
                let own = items.len();
                network.parameters.iter_mut().for_each(|p| p.name = format!("network{own}.{}", p.name));
                items.push(BenchItem { hypernet: None, network });
                continue;
            }
            let description = space.describe(architecture)?;
            let hypernet = HyperNetConfig::default().build(spec, description.columns)?;
            let matrix = [description.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
            let network = space.build(architecture, space::WeightScheme::OneShot)?;
            let network = bind_generated(&network, &description, matrix, |n| (2.0 * n as f32).sqrt())?;
            let mut plane = vec![0.0; spec.rows * description.columns];
            plane.extend_from_slice(&description.plane);
            let plane = Tensor::new(vec![1 + spec.channels, spec.rows, description.columns], plane)
                .unwrap_or_else(|| Tensor::scalar(0.0));
            items.push(BenchItem { hypernet: Some((hypernet, plane)), network });
        }
        Ok(Self { settings, kind, items })
    }

    fn batch(count: usize) -> (Tensor, Tensor) {
        let mut random = Seed::new(1).random();
        let mut x = Tensor::zeros(&[count, 3, 32, 32]);
        x.data_mut().iter_mut().for_each(|v| *v = random.range(-1.7, 1.7) as f32);
        let mut labels = Tensor::zeros(&[count]);
        labels.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i % 10) as f32);
        (x, labels)
    }
}

impl BenchItem {
    fn train(&self, backend: &mut dyn Backend) -> Result<()> {
        let (x, labels) = Networks::batch(BATCH);
        initialize(backend, &self.network, Seed::new(0))?;
        let network = Classifier::compile(backend, self.network.clone())?;
        let one = Tensor::scalar(1.0);
        let output_gradients = [("loss", Feed::Host(&one))];
        let Some((graph, plane)) = &self.hypernet else {
            network.run(backend, Mode::Train, (&x, &labels), &[])?;
            backend.backward(network.plan(), &output_gradients, &[])?;
            let Recipe { lr, momentum, weight_decay, .. } = Recipe::default();
            let optimizer = Optimizer::Sgd { lr, momentum, nesterov: true, weight_decay };
            backend.step(&[StepGroup { parameters: weights(&self.network), optimizer }], None)?;
            return Ok(());
        };
        initialize(backend, graph, Seed::new(0))?;
        let hypernet = backend.compile(graph)?;
        let inputs = [("plane", Feed::Host(plane))];
        backend.run(hypernet, Mode::Train, &inputs, &[("generated", Fetch::Device("w"))])?;
        network.run(backend, Mode::Train, (&x, &labels), &[(GENERATED, Feed::Device("w"))])?;
        backend.backward(network.plan(), &output_gradients, &[(GENERATED, Fetch::Device("dw"))])?;
        backend.backward(hypernet, &[("generated", Feed::Device("dw"))], &[])?;
        let config = HyperNetEstimatorConfig::default();
        let optimizer = |weight_decay| Optimizer::Adam {
            lr: config.lr,
            beta1: config.betas[0],
            beta2: config.betas[1],
            epsilon: config.epsilon,
            weight_decay,
            decoupled: true,
        };
        let groups = [
            StepGroup { parameters: weights(graph), optimizer: optimizer(0.0) },
            StepGroup { parameters: weights(&self.network), optimizer: optimizer(config.weight_decay) },
        ];
        backend.step(&groups, None)?;
        backend.release(hypernet);
        backend.release(network.plan());
        Ok(())
    }

    fn score(&self, backend: &mut dyn Backend) -> Result<()> {
        let Some((graph, plane)) = &self.hypernet else { return Ok(()) };
        initialize(backend, graph, Seed::new(0))?;
        initialize(backend, &self.network, Seed::new(0))?;
        let hypernet = backend.compile(graph)?;
        let network = Classifier::compile(backend, self.network.clone())?;
        let inputs = [("plane", Feed::Host(plane))];
        backend.run(hypernet, Mode::Eval, &inputs, &[("generated", Fetch::Device("w"))])?;
        let more = [(GENERATED, Feed::Device("w"))];
        let (x, labels) = Networks::batch(2 * SCORING);
        network.run(backend, Mode::Calibrate, (&x, &labels), &more)?;
        let (x, labels) = Networks::batch(SCORING);
        for _ in 0..10 {
            network.run(backend, Mode::Eval, (&x, &labels), &more)?;
        }
        backend.release(hypernet);
        backend.release(network.plan());
        Ok(())
    }

    /// The backward pass costs twice the forward pass.
    fn flops(&self, kind: Kind) -> f64 {
        let network = self.network.count().macs as f64;
        let hypernet = self.hypernet.as_ref().map_or(0.0, |(graph, _)| graph.count().macs as f64);
        2.0 * match kind {
            Kind::ScoringPass => network * (12 * SCORING) as f64 + hypernet,
            Kind::SmashStep | Kind::RetrainStep => 3.0 * (network * BATCH as f64 + hypernet),
        }
    }
}

impl Workload for Networks {
    fn name(&self) -> String {
        let kind = match self.kind {
            Kind::SmashStep => "smash_step",
            Kind::ScoringPass => "scoring_pass",
            Kind::RetrainStep => "retrain_step",
        };
        format!("{kind}_{}", self.settings.name())
    }

    fn items(&self) -> usize {
        self.items.len()
    }

    fn flops(&self) -> f64 {
        self.items.iter().map(|item| item.flops(self.kind)).sum()
    }

    fn run(&self, item: usize, backend: &mut dyn Backend) -> Result<()> {
        match self.kind {
            Kind::ScoringPass => self.items[item].score(backend),
            Kind::SmashStep | Kind::RetrainStep => self.items[item].train(backend),
        }
    }
}
