//! Batches are read ahead: nothing but time depends on it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use smash_core::dataset::{Augmentation, Data, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::session::{Parts, Phase, Session};
use smash_core::task::Task;
use smash_core::testing::Blobs;
use smash_core::{Error, Result};
use smash_tests::kit::{Faulty, Trace, advance, settings, small, toy};

/// Which threads have read.
type Threads = Arc<Mutex<BTreeSet<String>>>;

/// Blobs that are read in a way.
struct Read {
    inner: Blobs,
    ahead: bool,
    /// An example that cannot be read.
    torn: Option<usize>,
    /// How long reading takes.
    slow: Duration,
    threads: Threads,
}

fn name(id: ThreadId) -> String {
    format!("{id:?}")
}

impl Read {
    fn new(ahead: bool) -> Self {
        let inner = Blobs::new(4, &[6, 6], 400, 7);
        Self { inner, ahead, torn: None, slow: Duration::ZERO, threads: Threads::default() }
    }

    fn parts(self) -> Parts {
        Parts { data: Data::new(Box::new(self), Seed::new(1)).unwrap(), ..toy(&[6, 6], 1, 2, &small()) }
    }
}

impl Dataset for Read {
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
        self.threads.lock().unwrap().insert(name(thread::current().id()));
        thread::sleep(self.slow);
        if self.torn == Some(index) {
            return Err(Error::Data(format!("example {index} is torn")));
        }
        self.inner.read(index, out)
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        self.inner.splits(seed)
    }

    fn augmentation(&self) -> Augmentation {
        Augmentation { crop_padding: 1, flip: true, cutout: 2, ..Augmentation::default() }
    }

    fn allows_prefetch(&self) -> bool {
        self.ahead
    }
}

#[test]
fn the_same_bytes_as_without() {
    let [ahead, here] = [true, false].map(Read::new);
    let threads = [Arc::clone(&ahead.threads), Arc::clone(&here.threads)];
    let [ahead, here] = [ahead, here].map(|read| Trace::of(read.parts(), settings(1)));
    ahead.expect_same(&here, "read ahead");
    let [ahead, here] = threads.map(|threads| threads.lock().unwrap().clone());
    assert!(ahead.len() > 1, "nothing was read ahead");
    // What may only be read where it is needed is: a host's functions belong to the thread of its call.
    assert_eq!(here, BTreeSet::from([name(thread::current().id())]));
}

/// The steps that were made, and the error.
fn until_it_fails(ahead: bool, torn: usize) -> (u64, String) {
    let mut session =
        Session::new(Read { torn: Some(torn), ..Read::new(ahead) }.parts(), settings(1)).unwrap();
    for step in 0.. {
        if let Err(error) = session.step(&mut ()) {
            let message = error.to_string();
            // It stays where it is: the step is tried again, with the same result.
            assert_eq!(session.progress().0, step);
            assert_eq!(session.step(&mut ()).unwrap_err().to_string(), message);
            return (step, message);
        }
    }
    unreachable!()
}

#[test]
fn an_example_that_cannot_be_read_ends_the_step_that_needs_it() {
    let data = Read::new(true).parts().data;
    let trains: Vec<usize> = data.splits().train.iter().copied().step_by(40).collect();
    let mut ends = BTreeSet::new();
    for torn in trains {
        let (step, message) = until_it_fails(true, torn);
        assert_eq!(message, format!("dataset: example {torn} is torn"));
        assert_eq!((step, message), until_it_fails(false, torn));
        ends.insert(step);
    }
    assert!(ends.len() > 2, "{ends:?}");
}

#[test]
fn what_was_compiled_for_an_example_that_cannot_be_read_is_released() {
    let data = Read::new(true).parts().data;
    for (torn, fails_in) in
        [(data.splits().train[9], Phase::Training), (data.splits().valid[3], Phase::Searching)]
    {
        let mut parts = Read { torn: Some(torn), ..Read::new(true) }.parts();
        let backend = Faulty::new(parts.backend, Arc::new(|_, _| false));
        let plans = backend.plans();
        parts.backend = Box::new(backend);
        let mut session = Session::new(parts, settings(1)).unwrap();
        while session.phase() != Phase::Done && session.step(&mut ()).is_ok() {}
        assert_eq!(session.phase(), fails_in);
        let plans = *plans.lock().unwrap();
        assert_eq!((plans.most, plans.now), (2, 0), "{plans:?}");
    }
}

#[test]
fn a_session_that_is_dropped_reads_no_more() {
    let read = Read { slow: Duration::from_micros(200), ..Read::new(true) };
    let threads = Arc::clone(&read.threads);
    let mut session = Session::new(read.parts(), settings(1)).unwrap();
    advance(&mut session, 3);
    assert!(Arc::strong_count(&threads) > 1);
    drop(session);
    // The dataset is gone, and with it all who could read it.
    assert_eq!(Arc::strong_count(&threads), 1);
}

#[test]
fn waiting_is_counted() {
    let of = |slow: Duration| {
        let mut session = Session::new(Read { slow, ..Read::new(true) }.parts(), settings(1)).unwrap();
        while session.phase() == Phase::Training {
            session.step(&mut ()).unwrap();
        }
        let seconds = session.seconds();
        assert!(seconds.waiting <= seconds.total(), "{seconds:?}");
        // A resumed session counts on.
        let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
        let loaded = Session::load(Read::new(true).parts(), settings(1), &checkpoint, &weights).unwrap();
        assert_eq!(loaded.seconds(), seconds);
        seconds.waiting
    };
    // 36 steps of 20 examples, each of which takes a millisecond to read and much less to train on.
    let waiting = of(Duration::from_millis(1));
    assert!(waiting > 0.3, "waited {waiting} s");
}
