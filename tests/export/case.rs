//! A network to export, with weights as after training.

use std::collections::BTreeMap;

use smash_backend_native::NativeConfig;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Snapshot};
use smash_core::graph::{Graph, Init, Parameter};
use smash_core::random::Seed;
use smash_core::tensor::Tensor;
use smash_export::Card;

/// A network to export.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) graph: Graph,
    pub(crate) weights: BTreeMap<String, Tensor>,
    pub(crate) card: Card,
}

impl Case {
    /// A network with seeded weights; the statistics of its batch norms are those of some examples.
    pub(crate) fn new(name: &str, graph: Graph, card: Card) -> Self {
        let weights = graph.parameters.iter().map(|p| (p.name.clone(), drawn(p))).collect();
        let mut case = Self { name: name.to_owned(), graph, weights, card };
        let x = case.examples(16);
        case.weights = case.run(&x, Mode::Calibrate).1;
        case
    }

    /// Inputs before normalisation.
    pub(crate) fn examples(&self, count: usize) -> Tensor {
        let mut random = Seed::new(11).split(&self.name).random();
        let mut x = Tensor::zeros(&[&[count], &self.input().1[..]].concat());
        x.data_mut().iter_mut().for_each(|v| *v = random.unit() as f32);
        x
    }

    /// The class probabilities that the native engine gives for inputs before normalisation.
    pub(crate) fn probabilities(&self, x: &Tensor) -> Tensor {
        let mut probabilities = self.run(x, Mode::Eval).0;
        probabilities.data_mut().iter_mut().for_each(|v| *v = v.exp());
        probabilities
    }

    fn input(&self) -> (&str, Vec<usize>) {
        let (name, shape) = self.graph.inputs().next().unwrap();
        (name, shape.dims.clone())
    }

    /// Log-probabilities, and the engine's parameters and buffers after the run.
    fn run(&self, x: &Tensor, mode: Mode) -> (Tensor, BTreeMap<String, Tensor>) {
        let logits = self.graph.output("logits").unwrap();
        let graph = self.graph.clone().extend().with_loss(logits).unwrap().select(&["log_probs"]).unwrap();
        let mut engine = NativeConfig::default().open(2).unwrap();
        engine.restore(&Snapshot { tensors: self.weights.clone(), ..Snapshot::default() }).unwrap();
        let plan = engine.compile(&graph).unwrap();
        let (x, (name, _)) = (self.normalised(x), self.input());
        let fetched = engine.run(plan, mode, &[(name, Feed::Host(&x))], &[("log_probs", Fetch::Host)]);
        (fetched.unwrap().remove(0).unwrap(), engine.snapshot().unwrap().tensors)
    }

    fn normalised(&self, x: &Tensor) -> Tensor {
        let mut x = x.clone();
        if self.card.normalises() {
            let (_, dims) = self.input();
            for (i, plane) in x.data_mut().chunks_exact_mut(dims[1..].iter().product()).enumerate() {
                let (mean, std) = (self.card.mean[i % dims[0]], self.card.std[i % dims[0]]);
                plane.iter_mut().for_each(|v| *v = (*v - mean) / std);
            }
        }
        x
    }
}

/// Seeded values, different for every channel of a batch norm.
fn drawn(parameter: &Parameter) -> Tensor {
    let mut random = Seed::new(7).split(&parameter.name).random();
    let mut tensor = Tensor::zeros(&parameter.stored);
    let fan_in: usize = parameter.stored[1..].iter().product();
    let (low, high) = match parameter.init {
        Init::Constant { value: 0.0 } => (-0.4, 0.4),
        Init::Constant { .. } => (0.6, 1.6),
        // Of variance 2 / fan-in, as ReLUs need it.
        _ => (-(6.0 / fan_in as f64).sqrt(), (6.0 / fan_in as f64).sqrt()),
    };
    tensor.data_mut().iter_mut().for_each(|v| *v = random.range(low, high) as f32);
    tensor
}
