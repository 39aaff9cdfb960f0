//! Batch-norm calibration after training.

use serde_json::json;
use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode};
use smash_core::component::{SpaceConfig, StrategyConfig};
use smash_core::dataset::{Data, Dataset, Splits};
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Parameter};
use smash_core::random::Seed;
use smash_core::session::{Parts, Settings};
use smash_core::task::Task;
use smash_core::testing::Blobs;
use smash_core::train::{Recipe, Training};
use smash_search_spaces::memory_bank::MemoryBankConfig;
use smash_tests::kit::{Trace, smash};

/// A network with one batch norm, after a convolution.
fn network(task: &Task) -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &task.dims());
    let own = |name: &str, dims: &[usize]| Parameter::own(name, dims, Init::Orthogonal);
    let constant = |name: &str, value| Parameter::own(name, &[5], Init::Constant { value });
    let w = b.parameter(own("w", &[5, task.channels, 3, 3])).unwrap();
    let h = b.conv(x, w, ConvSpec::default()).unwrap();
    let statistics = [
        constant("gamma", 1.0),
        constant("beta", 0.0),
        constant("mean", 0.0).buffer(),
        constant("variance", 1.0).buffer(),
    ];
    let h = b.batch_norm(h, statistics).unwrap();
    let h = b.relu(h).unwrap();
    let h = b.global_average_pool(h).unwrap();
    let w = b.parameter(own("last.w", &[task.classes, 5])).unwrap();
    let bias = b.parameter(Parameter::own("last.b", &[task.classes], Init::Constant { value: 0.0 })).unwrap();
    let y = b.linear(h, w, bias).unwrap();
    b.finish([("logits", y)])
}

/// Pooled over batches of unequal size, the statistics are those of one batch that holds everything.
#[test]
fn statistics_are_those_of_all_training_examples() {
    for (count, batch) in [(137, 10), (400, 150), (60, 500)] {
        let blobs = Blobs::new(4, &[6, 5], count, 3);
        let graph = network(blobs.task());
        let data = Data::new(Box::new(blobs), Seed::new(1)).unwrap();
        let mut backend = NativeConfig::default().open(1).unwrap();
        let recipe = Recipe { epochs: 2, batch, ..Recipe::default() };
        let mut training =
            Training::new(&mut backend, graph.clone(), &data, recipe.clone(), Seed::new(2)).unwrap();
        for step in 0..training.steps() {
            training.step(&mut backend, step).unwrap();
        }
        let lagging = backend.read("mean").unwrap();
        training.calibrate(&mut backend, &data).unwrap();
        let found = ["mean", "variance"].map(|name| backend.read(name).unwrap());
        assert_ne!(found[0], lagging);

        let all: Vec<usize> = [data.splits().train.clone(), data.splits().valid.clone()].concat();
        let whole = data.batch(&all, None).unwrap();
        let plan = backend.compile(&graph).unwrap();
        let inputs = [("x", Feed::Host(&whole.x))];
        backend.run(plan, Mode::Calibrate, &inputs, &[("logits", Fetch::Host)]).unwrap();
        for (found, name) in found.iter().zip(["mean", "variance"]) {
            let expected = backend.read(name).unwrap();
            for (found, expected) in found.data().iter().zip(expected.data()) {
                let close = (found - expected).abs() <= 1e-5 * expected.abs().max(1.0);
                assert!(close, "{count} in batches of {batch}: {name} {found}, expected {expected}");
            }
        }
    }
}

/// Boxes, balls and crosses in noise, as voxels.
struct Shapes {
    task: Task,
    count: usize,
}

impl Shapes {
    const EXTENT: usize = 16;

    fn new(count: usize) -> Self {
        Self { task: Task { channels: 1, extents: vec![Self::EXTENT; 3], classes: 3 }, count }
    }
}

impl Dataset for Shapes {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.count
    }

    fn label(&self, index: usize) -> usize {
        index % 3
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let mut random = Seed::new(9).at(index as u64).random();
        let centre = [(); 3].map(|()| random.range(6.0, 9.0));
        let size = random.range(3.0, 4.5);
        for (at, value) in out.iter_mut().enumerate() {
            let place = [at / 256, at / 16 % 16, at % 16];
            let d = [0, 1, 2].map(|axis| (place[axis] as f64 - centre[axis]).abs());
            let inside = match index % 3 {
                0 => d.iter().all(|d| *d <= size),
                1 => d.iter().map(|d| d * d).sum::<f64>() <= (1.24 * size).powi(2),
                _ => {
                    d.iter().filter(|d| **d <= 0.4 * size).count() >= 2 && d.iter().all(|d| *d <= 1.5 * size)
                }
            };
            *value = (f64::from(u8::from(inside)) + random.range(-0.5, 0.5)) as f32;
        }
        Ok(())
    }

    fn splits(&self, _: Seed) -> Result<Splits> {
        let half = self.count / 2;
        Ok(Splits {
            train: (0..half * 4 / 5).collect(),
            valid: (half * 4 / 5..half).collect(),
            test: (half..self.count).collect(),
        })
    }
}

/// 25 steps of training: the running averages have not come far from where they began.
#[test]
fn a_short_training_on_voxels_gives_a_model_that_works() {
    for seed in 1..=3 {
        let shapes = Shapes::new(600);
        let space: MemoryBankConfig = serde_json::from_value(json!({"preset": "tiny_3d"})).unwrap();
        let strategy = smash(json!({
            "epochs": 1, "batch": 60, "scoring": {"examples": 60, "calibration": 60},
            "search": {"random": 4, "perturbation": 2, "chain": 2},
        }));
        let parts = Parts {
            space: SpaceConfig::build(&space, shapes.task()).unwrap(),
            strategy: strategy.pair().unwrap(),
            data: Data::new(Box::new(shapes), Seed::new(seed)).unwrap(),
            backend: Box::new(NativeConfig::default().open(2).unwrap()),
        };
        let retrain = Recipe { epochs: 5, batch: 60, ..Recipe::default() };
        let trace = Trace::of(parts, Settings { seed, retrain, ..Settings::default() });
        // 25 of training, and the one that calibrates and tests.
        assert_eq!(trace.steps["retraining"], 26);
        let error = f64::from_bits(trace.test.unwrap().1);
        println!("seed {seed}: test error {error}");
        assert!(error <= 0.25, "seed {seed}: test error {error}");
    }
}
