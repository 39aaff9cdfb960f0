//! The test part is read once, at the very end; the validation part never trains the HyperNet. However the
//! job splits its examples, and though batches are read ahead.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use smash_core::Result;
use smash_core::dataset::{Augmentation, Dataset, Split, Splits};
use smash_core::random::Seed;
use smash_core::session::{Parts, Phase, Session};
use smash_core::task::Task;
use smash_datasets::{Digits, DigitsConfig};
use smash_plugin::Job;
use smash_tests::kit::{advance, digits, parse, parts};

/// How often each example was read.
type Reads = Arc<Mutex<Vec<u32>>>;

struct Watched {
    inner: Digits,
    reads: Reads,
    /// How many were read ahead.
    ahead: Arc<AtomicU32>,
}

impl Dataset for Watched {
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
        self.reads.lock().unwrap()[index] += 1;
        if std::thread::current().name() == Some("smash-data") {
            self.ahead.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.read(index, out)
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        self.inner.splits(seed)
    }

    fn augmentation(&self) -> Augmentation {
        self.inner.augmentation()
    }
}

fn watched(job: &Job, reads: &Reads, ahead: &Arc<AtomicU32>) -> Parts {
    let inner = Digits::new(&DigitsConfig::default());
    reads.lock().unwrap().resize(inner.len(), 0);
    let watched = Watched { inner, reads: Arc::clone(reads), ahead: Arc::clone(ahead) };
    Parts { data: job.data_of(Box::new(watched)).unwrap(), ..parts(job) }
}

/// Fewest and most reads of the examples of a part since the last call for it.
fn read(session: &Session, reads: &Reads, part: Split) -> (u32, u32) {
    let mut reads = reads.lock().unwrap();
    let counts = session.data().splits().of(part).iter().map(|&i| std::mem::take(&mut reads[i]));
    counts.fold((u32::MAX, 0), |(least, most), n| (least.min(n), most.max(n)))
}

fn check(use_validation: bool, splits: &Value) {
    let mut job = digits(2);
    job["splits"] = splits.clone();
    job["retrain"]["use_validation"] = use_validation.into();
    job["strategy"]["scoring"]["examples"] = 0.into();
    let job = parse(&job);
    let (reads, ahead) = (Reads::default(), Arc::default());
    let mut session = Session::new(watched(&job, &reads, &ahead), job.settings()).unwrap();
    let official = Digits::new(&DigitsConfig::default()).splits(Seed::new(job.seed).split("splits")).unwrap();
    assert_eq!(session.data().splits().test, official.test, "{splits}");
    let step_while = |session: &mut Session, phase| {
        while session.phase() == phase {
            session.step(&mut ()).unwrap();
        }
    };
    // What is read ahead in the middle of a phase is of no other part either.
    advance(&mut session, 5);
    let so_far = |part: Split| -> u32 {
        let reads = reads.lock().unwrap();
        session.data().splits().of(part).iter().map(|&i| reads[i]).sum()
    };
    assert_eq!((so_far(Split::Valid), so_far(Split::Test)), (0, 0));
    assert!((5 * 60..=9 * 60).contains(&so_far(Split::Train)), "at most four batches ahead");
    step_while(&mut session, Phase::Training);
    assert_eq!(read(&session, &reads, Split::Valid), (0, 0), "validation examples train the HyperNet");
    assert_eq!(read(&session, &reads, Split::Train).1, 1, "one epoch reads each example once");
    step_while(&mut session, Phase::Searching);
    assert_eq!(read(&session, &reads, Split::Valid), (12, 12), "each of 12 candidates reads each once");
    // All steps but the last, which evaluates.
    session.step(&mut ()).unwrap();
    let steps = session.progress().1.unwrap();
    (1..steps).for_each(|_| assert_eq!(session.step(&mut ()).unwrap(), Phase::Retraining));
    let most = read(&session, &reads, Split::Valid).1;
    assert_eq!(most, u32::from(use_validation), "validation examples retrain only when the job says so");

    // A resumed session is no second look.
    let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
    let mut session =
        Session::load(watched(&job, &reads, &ahead), job.settings(), &checkpoint, &weights).unwrap();
    assert_eq!(read(&session, &reads, Split::Test), (0, 0), "test examples were read before the end");
    read(&session, &reads, Split::Train);
    assert_eq!(session.step(&mut ()).unwrap(), Phase::Done);
    let calibrated = read(&session, &reads, Split::Train);
    assert_eq!(calibrated, (1, 1), "calibration reads each training example once");
    let trained = u32::from(use_validation);
    assert_eq!(read(&session, &reads, Split::Valid), (trained, trained), "and validation where it trained");
    assert_eq!(read(&session, &reads, Split::Test), (1, 1), "each test example is read once");
    let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
    let mut session =
        Session::load(watched(&job, &reads, &ahead), job.settings(), &checkpoint, &weights).unwrap();
    assert_eq!(session.step(&mut ()).unwrap(), Phase::Done);
    assert_eq!(read(&session, &reads, Split::Test), (0, 0));
    assert!(ahead.load(Ordering::Relaxed) > 0, "nothing was read ahead");
}

#[test]
fn the_test_part_is_read_once_at_the_end() {
    let dataset = json!({"type": "dataset"});
    check(true, &dataset);
    check(false, &dataset);
}

#[test]
fn however_the_job_splits() {
    for splits in [
        json!({"type": "last", "validation": 0.2}),
        json!({"type": "stratified", "validation": 0.05}),
        json!({"type": "k_fold", "folds": 4, "fold": 3}),
    ] {
        check(false, &splits);
    }
}
