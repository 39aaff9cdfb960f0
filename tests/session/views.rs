//! Examples with several views: training draws one, candidates are compared by one, the test averages over
//! all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use smash_backend_native::NativeConfig;
use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode};
use smash_core::dataset::{Data, Dataset, Split, Splits};
use smash_core::random::Seed;
use smash_core::session::{Parts, Phase, Session, Settings};
use smash_core::space::{self, SearchSpace};
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_core::testing::{Blobs, ToySpace};
use smash_core::train::{Classifier, Recipe, Views, argmax, initialize};
use smash_tests::kit::{Trace, settings, small, toy};

const CLASSES: usize = 4;
const VIEWS: usize = 3;

/// How often each view of each example was read; `None` stands for the view of [`Dataset::read`].
type Reads = Arc<Mutex<BTreeMap<(usize, Option<usize>), u32>>>;

/// Blobs; the views of one are the next ones of its class.
struct Viewed {
    inner: Blobs,
    reads: Reads,
}

impl Viewed {
    fn new(reads: &Reads) -> Self {
        Self { inner: Blobs::new(CLASSES, &[6, 6], 400, 7), reads: Arc::clone(reads) }
    }

    fn note(&self, index: usize, view: Option<usize>) {
        *self.reads.lock().unwrap().entry((index, view)).or_default() += 1;
    }
}

impl Dataset for Viewed {
    fn task(&self) -> &Task {
        self.inner.task()
    }

    fn len(&self) -> usize {
        self.inner.len()
    }

    fn label(&self, index: usize) -> usize {
        self.inner.label(index)
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        self.note(index, None);
        self.inner.read(index, out)
    }

    fn views(&self) -> usize {
        VIEWS
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        self.note(index, Some(view));
        self.inner.read((index + CLASSES * view) % self.len(), out)
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        self.inner.splits(seed)
    }
}

#[test]
fn each_phase_reads_its_views() {
    let reads = Reads::default();
    let data = Data::new(Box::new(Viewed::new(&reads)), Seed::new(1)).unwrap();
    let splits = data.splits().clone();
    let recipe = Recipe { use_validation: false, ..settings(1).retrain };
    let parts = Parts { data, ..toy(&[6, 6], 1, 1, &small()) };
    let mut session = Session::new(parts, Settings { retrain: recipe, ..settings(1) }).unwrap();
    Trace::default().advance(&mut session, u64::MAX);
    assert_eq!(session.phase(), Phase::Done);
    let reads = reads.lock().unwrap();
    let read = |part: Split, view: Option<usize>| -> Vec<u32> {
        splits.of(part).iter().map(|&index| reads.get(&(index, view)).copied().unwrap_or(0)).collect()
    };
    for view in 0..VIEWS {
        assert!(read(Split::Train, Some(view)).iter().sum::<u32>() > 100, "training draws view {view}");
        assert!(
            read(Split::Valid, Some(view)).iter().all(|n| *n == 0),
            "candidates are compared by one view"
        );
        assert!(read(Split::Test, Some(view)).iter().all(|n| *n == 1), "the test reads view {view} once");
    }
    assert!(read(Split::Valid, None).iter().all(|n| *n > 0));
    assert!(read(Split::Test, None).iter().all(|n| *n == 0));
}

#[test]
fn an_answer_is_that_of_the_mean_log_probability() {
    let data = Data::new(Box::new(Viewed::new(&Reads::default())), Seed::new(1)).unwrap();
    let toy = ToySpace::new(data.task());
    let architecture = toy.sample(&mut Seed::new(2).random(), 1.0).unwrap();
    let graph = toy.build(&architecture, space::WeightScheme::Standalone).unwrap();
    let mut backend = NativeConfig::default().open(1).unwrap();
    initialize(&mut backend, &graph, Seed::new(3)).unwrap();
    let network = Classifier::compile(&mut backend, graph).unwrap();
    let indices: Vec<usize> = (0..50).collect();
    let score = network.evaluate(&mut backend, &data, (&indices, Views::All), 20, &[]).unwrap();
    let (mut sum, mut loss) = (Tensor::zeros(&[50, CLASSES]), 0.0);
    for view in 0..VIEWS {
        let batch = data.view(&indices, view).unwrap();
        let inputs = [("x", Feed::Host(&batch.x)), ("labels", Feed::Host(&batch.labels))];
        let outputs = [("log_probs", Fetch::Host)];
        let outputs = backend.run(network.plan(), Mode::Eval, &inputs, &outputs).unwrap();
        sum.add(outputs[0].as_ref().unwrap());
        let (mean, _) = network.run(&mut backend, Mode::Eval, (&batch.x, &batch.labels), &[]).unwrap();
        loss += mean / VIEWS as f64;
    }
    let rows = sum.data().chunks_exact(CLASSES).zip(&indices);
    let wrong = rows.filter(|(row, index)| argmax(row) != data.dataset().label(**index)).count();
    assert_eq!(score.error, wrong as f64 / 50.0);
    assert!((score.loss - loss).abs() < 1e-5, "{} and {loss}", score.loss);
    let one = network.evaluate(&mut backend, &data, (&indices, Views::One), 20, &[]).unwrap();
    assert_ne!(one.loss, score.loss);
}
