//! Training of one network with its own weights (method section 7), and its evaluation.

mod calibration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Feed, Fetch, Mode, Optimizer, Plan, StepGroup};
use crate::dataset::{Data, Order, Split, Steps};
use crate::error::{Error, Result};
use crate::graph::{Graph, Role};
use crate::random::Seed;
use crate::schedule::Schedule;
use crate::strategy::{Score, TrainStep};
use crate::tensor::Tensor;

/// Training recipe of a network with its own weights. The defaults are the paper's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Epochs; 0 skips training.
    #[schemars(range(max = 100_000))]
    pub epochs: u64,
    /// Batch size.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Initial learning rate.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub lr: f64,
    /// Nesterov momentum.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub momentum: f64,
    /// L2 weight decay of every parameter.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight_decay: f64,
    /// Learning-rate schedule.
    pub schedule: Schedule,
    /// Train on the validation split too, as for final results; the test split is never trained on.
    pub use_validation: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 50,
            lr: 0.1,
            momentum: 0.9,
            weight_decay: 1e-4,
            schedule: Schedule::Cosine,
            use_validation: true,
        }
    }
}

/// Initialises every parameter of a graph that the backend does not hold yet.
///
/// # Errors
/// When the engine fails.
pub fn initialize(backend: &mut dyn Backend, graph: &Graph, seed: Seed) -> Result<()> {
    for parameter in &graph.parameters {
        if !backend.contains(&parameter.name) {
            backend.write(&parameter.name, &parameter.initial(seed))?;
        }
    }
    Ok(())
}

/// Names of the weights (not the buffers) of a graph: sorted, without duplicates.
pub fn weights(graph: &Graph) -> Vec<String> {
    let mut names: Vec<String> =
        graph.parameters.iter().filter(|p| p.role == Role::Weight).map(|p| p.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Which [views](crate::dataset::Dataset::views) of each example an evaluation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Views {
    /// One fixed view: enough to compare networks, at the cost of one.
    One,
    /// All views, whose predictions are averaged.
    All,
}

/// A network with its loss, compiled for one engine. Its inputs are `x`, `labels` and any further feeds.
#[derive(Clone, Copy, Debug)]
pub struct Classifier {
    plan: Plan,
}

impl Classifier {
    /// Adds the loss to a graph with the output `logits` and compiles it.
    ///
    /// # Errors
    /// When there is no such output, or the engine lacks an op.
    pub fn compile(backend: &mut dyn Backend, graph: Graph) -> Result<Self> {
        let logits =
            graph.output("logits").ok_or_else(|| Error::graph("the network has no output \"logits\""))?;
        let graph = graph.extend().with_loss(logits)?;
        Ok(Self { plan: backend.compile(&graph)? })
    }

    /// The compiled plan, which takes the output gradient of `loss`.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Runs a batch; returns the mean loss and the number of misclassified examples.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn run(
        &self,
        backend: &mut dyn Backend,
        mode: Mode,
        data: (&Tensor, &Tensor),
        more: &[(&str, Feed<'_>)],
    ) -> Result<(f64, usize)> {
        let (loss, log_probs) = self.forward(backend, mode, data, more)?;
        Ok((loss, misclassified(&log_probs, data.1)))
    }

    /// Runs a batch; returns the mean loss and the log-probabilities `[batch, classes]`.
    fn forward(
        &self,
        backend: &mut dyn Backend,
        mode: Mode,
        data: (&Tensor, &Tensor),
        more: &[(&str, Feed<'_>)],
    ) -> Result<(f64, Tensor)> {
        let mut inputs = vec![("x", Feed::Host(data.0)), ("labels", Feed::Host(data.1))];
        inputs.extend_from_slice(more);
        let outputs =
            backend.run(self.plan, mode, &inputs, &[("loss", Fetch::Host), ("log_probs", Fetch::Host)])?;
        let mut outputs = outputs.into_iter().flatten();
        let (Some(loss), Some(log_probs)) = (outputs.next(), outputs.next()) else {
            return Err(Error::backend("a run did not return the loss and log_probs that were asked for"));
        };
        let loss = loss.data().first().copied().map_or(f64::NAN, f64::from);
        Ok((loss, log_probs))
    }

    /// Mean loss and error over a list of examples, in batches, without augmentation. With all [`Views`], the
    /// loss is the mean over them, and the prediction of an example is the class with the largest mean
    /// log-probability.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn evaluate(
        &self,
        backend: &mut dyn Backend,
        data: &Data,
        (indices, views): (&[usize], Views),
        batch: usize,
        more: &[(&str, Feed<'_>)],
    ) -> Result<Score> {
        let count = match views {
            Views::One => 1,
            Views::All => data.dataset().views().max(1),
        };
        let chunks: Vec<Vec<usize>> = indices.chunks(batch.max(1)).map(<[usize]>::to_vec).collect();
        let read = move |data: &Data, number: u64| {
            let (chunk, view) = (&chunks[number as usize / count], number as usize % count);
            match views {
                Views::One => data.batch(chunk, None),
                Views::All => data.view(chunk, view),
            }
        };
        let chunks = indices.len().div_ceil(batch.max(1));
        let mut batches = data.prefetch(0..(chunks * count) as u64, read);
        let (mut loss, mut errors) = (0.0, 0);
        for _ in 0..chunks {
            let mut answers: Option<(Tensor, Tensor)> = None;
            for batch in batches.by_ref().take(count) {
                let batch = batch?;
                let (mean, log_probs) = self.forward(backend, Mode::Eval, (&batch.x, &batch.labels), more)?;
                loss += mean * batch.labels.data().len() as f64 / count as f64;
                match &mut answers {
                    None => answers = Some((log_probs, batch.labels)),
                    Some((sum, _)) => sum.add(&log_probs),
                }
            }
            errors += answers.map_or(0, |(sum, labels)| misclassified(&sum, &labels));
        }
        let count = indices.len().max(1) as f64;
        Ok(Score { loss: loss / count, error: errors as f64 / count })
    }
}

/// Number of misclassified examples of a batch; of equal log-probabilities the first is the prediction.
fn misclassified(log_probs: &Tensor, labels: &Tensor) -> usize {
    let classes = log_probs.data().len() / labels.data().len().max(1);
    let rows = log_probs.data().chunks_exact(classes.max(1));
    rows.zip(labels.data()).filter(|(row, label)| argmax(row) != **label as usize).count()
}

/// Index of the largest value, the first of equals; NaN never wins.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] || values[best].is_nan() {
            best = i;
        }
    }
    best
}

/// The training of one stand-alone network. Its state is the backend's tensors and the step number.
pub struct Training {
    network: Classifier,
    graph: Graph,
    order: Order,
    batches: Steps,
    steps: u64,
    recipe: Recipe,
    names: Vec<String>,
}

impl Training {
    /// Prepares the training of a stand-alone graph with the output `logits`.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn new(
        backend: &mut dyn Backend,
        graph: Graph,
        data: &Data,
        recipe: Recipe,
        seed: Seed,
    ) -> Result<Self> {
        let seed = seed.split("retrain");
        initialize(backend, &graph, seed)?;
        let network = Classifier::compile(backend, graph.clone())?;
        let valid = if recipe.use_validation { &data.splits().valid[..] } else { &[] };
        let order = Order::new(&[&data.splits().train, valid], recipe.batch, seed);
        let steps = recipe.epochs * order.steps();
        let batches = Steps::new(data, order.clone(), steps);
        let names = weights(&graph);
        Ok(Self { network, graph, order, batches, steps, recipe, names })
    }

    /// The number of [steps](Self::steps) of a training by a recipe, before anything is prepared.
    pub fn steps_of(data: &Data, recipe: &Recipe) -> u64 {
        let valid = if recipe.use_validation { data.splits().valid.len() } else { 0 };
        recipe.epochs.saturating_mul(Order::steps_of(data.splits().train.len() + valid, recipe.batch))
    }

    /// Steps of the whole training: epochs times steps per epoch.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether an epoch ends with this step, counted from 0.
    pub fn epoch_ends(&self, step: u64) -> bool {
        (step + 1).is_multiple_of(self.order.steps().max(1))
    }

    /// The network that is trained.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Makes training step number `step`, counted from 0.
    ///
    /// # Errors
    /// When the engine fails, or an example cannot be read.
    pub fn step(&mut self, backend: &mut dyn Backend, step: u64) -> Result<TrainStep> {
        let batch = self.batches.at(step)?;
        let (loss, wrong) = self.network.run(backend, Mode::Train, (&batch.x, &batch.labels), &[])?;
        let error = wrong as f64 / batch.labels.data().len().max(1) as f64;
        let one = Tensor::scalar(1.0);
        backend.backward(self.network.plan(), &[("loss", Feed::Host(&one))], &[])?;
        let optimizer = Optimizer::Sgd {
            lr: self.recipe.schedule.at(self.recipe.lr, step, self.steps()),
            momentum: self.recipe.momentum,
            nesterov: true,
            weight_decay: self.recipe.weight_decay,
        };
        let report = backend.step(&[StepGroup { parameters: self.names.clone(), optimizer }], None)?;
        Ok(TrainStep { loss, error, applied: report.applied && loss.is_finite() })
    }

    /// Sets the batch-norm statistics to those of all training examples, once the last step is made: running
    /// averages lag behind the weights, far behind after a short training. One pass, so about a third of an
    /// epoch; a training without steps has nothing to calibrate.
    ///
    /// # Errors
    /// When the engine fails, or an example cannot be read.
    pub fn calibrate(&self, backend: &mut dyn Backend, data: &Data) -> Result<()> {
        if self.steps == 0 {
            return Ok(());
        }
        calibration::calibrate(
            backend,
            (self.network.plan(), &self.graph),
            data,
            (&self.order, self.recipe.batch),
        )
    }

    /// Drops what the engine has compiled for this training, and its activations.
    pub fn release(self, backend: &mut dyn Backend) {
        backend.release(self.network.plan());
    }

    /// Loss and error on a split, over all views of its examples.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn evaluate(&self, backend: &mut dyn Backend, data: &Data, part: Split) -> Result<Score> {
        self.network.evaluate(backend, data, (data.splits().of(part), Views::All), 100, &[])
    }
}
