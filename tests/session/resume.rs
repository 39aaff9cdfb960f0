//! A session that was saved and resumed, or that ran on more threads, gives the same bits as one that was
//! not.

use std::sync::atomic::AtomicBool;

use smash_core::architecture::Architecture;
use smash_core::random::Seed;
use smash_core::session::{Checkpoint, End, Parts, Phase, Session, Settings};
use smash_core::strategy::Score;
use smash_tests::kit::{Trace, bits, digits, parse, parts, settings, small, toy};

/// Runs, but is saved and resumed in new parts before each of the given steps.
fn interrupted(make: &dyn Fn() -> Parts, settings: &Settings, at: &[u64]) -> Trace {
    let mut trace = Trace::default();
    let mut session = Session::new(make(), settings.clone()).unwrap();
    let mut done = 0;
    for &step in at {
        trace.advance(&mut session, step - done);
        done = step;
        let text = serde_json::to_string(&session.save().unwrap()).unwrap();
        let weights = session.weights().unwrap();
        drop(session);
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        session = Session::load(make(), settings.clone(), &checkpoint, &weights).unwrap();
        assert_eq!(
            serde_json::to_string(&session.save().unwrap()).unwrap(),
            text,
            "a loaded session saves the same"
        );
        assert_eq!(bits(&session.weights().unwrap()), bits(&weights), "and holds the same weights");
    }
    trace.advance(&mut session, u64::MAX);
    trace
}

/// Resumes at the borders of each phase and at `count` random steps within.
fn resumes(make: &dyn Fn() -> Parts, settings: &Settings, count: usize, seed: u64) {
    let whole = Trace::of(make(), settings.clone());
    let mut random = Seed::new(seed).random();
    let (mut begin, mut points) = (0, Vec::new());
    for phase in ["training", "searching", "retraining"] {
        let steps = whole.steps[phase];
        points.push(begin);
        points.extend((0..count).map(|_| begin + 1 + random.below(steps as usize - 1) as u64));
        begin += steps;
    }
    points.push(begin);
    points.sort_unstable();
    points.dedup();
    for &point in &points {
        interrupted(make, settings, &[point]).expect_same(&whole, &format!("saved before step {point}"));
    }
    interrupted(make, settings, &points).expect_same(&whole, &format!("saved before each of {points:?}"));
}

#[test]
fn a_resumed_toy_session_equals_an_uninterrupted_one() {
    for seed in 0..2 {
        resumes(&|| toy(&[4, 4], seed, 1, &small()), &settings(seed), 4, seed);
    }
}

#[test]
fn a_resumed_memory_bank_session_equals_an_uninterrupted_one() {
    let job = parse(&digits(1));
    resumes(&|| parts(&job), &job.settings(), 1, 2);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let make = |threads| Trace::of(toy(&[9, 9], 3, threads, &small()), settings(3));
    make(1).expect_same(&make(2), "toy on 1 and 2 threads");
    let make = |threads| {
        let job = parse(&digits(threads));
        Trace::of(parts(&job), job.settings())
    };
    let one = make(1);
    for threads in [2, 3] {
        one.expect_same(&make(threads), &format!("memory banks on 1 and {threads} threads"));
    }
}

#[test]
fn seeds_differ() {
    let make = |seed| Trace::of(toy(&[4, 4], seed, 1, &small()), settings(seed));
    assert_ne!(make(0).ranking, make(1).ranking);
}

#[test]
fn a_cancelled_session_goes_on() {
    let whole = Trace::of(toy(&[4, 4], 1, 1, &small()), settings(1));
    let mut session = Session::new(toy(&[4, 4], 1, 1, &small()), settings(1)).unwrap();
    assert_eq!(session.run(&AtomicBool::new(true)).unwrap(), End::Cancelled);
    assert_eq!(session.run(&AtomicBool::new(false)).unwrap(), End::Done);
    assert_eq!(session.ranking(), whole.ranking);
}

fn score_bits(scores: &[Score]) -> Vec<(u64, u64)> {
    scores.iter().map(|s| (s.loss.to_bits(), s.error.to_bits())).collect()
}

/// A session whose estimator is trained.
fn trained(parts: Parts, settings: Settings) -> Session {
    let mut session = Session::new(parts, settings).unwrap();
    while session.phase() == Phase::Training {
        session.step(&mut ()).unwrap();
    }
    session
}

fn order_does_not_matter(make: &dyn Fn() -> Parts, settings: &Settings, count: u64) {
    let mut session = trained(make(), settings.clone());
    let draw = |i| session.space().sample(&mut Seed::new(i).random(), 1.0).unwrap();
    let all: Vec<Architecture> = (0..count).map(draw).collect();
    let scores = score_bits(&session.score(&all).unwrap());
    assert_eq!(score_bits(&session.score(&all).unwrap()), scores, "scored twice");

    let mut order: Vec<usize> = (0..all.len()).collect();
    Seed::new(9).random().shuffle(&mut order);
    let shuffled: Vec<Architecture> = order.iter().map(|&i| all[i].clone()).collect();
    let expected: Vec<_> = order.iter().map(|&i| scores[i]).collect();
    assert_eq!(score_bits(&session.score(&shuffled).unwrap()), expected, "shuffled");

    // Another session, trained alike, that has scored nothing yet; the last one alone.
    let mut other = trained(make(), settings.clone());
    assert_eq!(score_bits(&other.score(&all[all.len() - 1..]).unwrap()), scores[all.len() - 1..]);

    // What the search recorded: half of the candidates were scored after others of all kinds.
    let mut found = trained(make(), settings.clone());
    while found.phase() == Phase::Searching {
        found.step(&mut ()).unwrap();
    }
    let ranking = found.ranking();
    let all: Vec<Architecture> = ranking.iter().map(|r| r.architecture.clone()).collect();
    let scores = session.score(&all).unwrap();
    for (score, record) in scores.iter().zip(&ranking) {
        assert_eq!((Some(score.loss), Some(score.error)), (record.loss, record.error));
    }
}

#[test]
fn scores_do_not_depend_on_their_order() {
    order_does_not_matter(&|| toy(&[4, 4], 0, 2, &small()), &settings(0), 20);
    let job = parse(&digits(2));
    order_does_not_matter(&|| parts(&job), &job.settings(), 8);
}

#[test]
fn scoring_while_training_changes_nothing() {
    let whole = Trace::of(toy(&[4, 4], 0, 1, &small()), settings(0));
    let mut session = Session::new(toy(&[4, 4], 0, 1, &small()), settings(0)).unwrap();
    let architecture = session.space().sample(&mut Seed::new(3).random(), 1.0).unwrap();
    let mut trace = Trace::default();
    while session.phase() == Phase::Training {
        session.score(std::slice::from_ref(&architecture)).unwrap();
        trace.advance(&mut session, 1);
    }
    trace.advance(&mut session, u64::MAX);
    trace.expect_same(&whole, "scored between the steps");
    let error = session.score(&[architecture]).unwrap_err().to_string();
    assert!(error.contains("retraining has replaced"), "{error}");
}

#[test]
fn a_checkpoint_is_refused_where_it_does_not_fit() {
    let session = Session::new(toy(&[4, 4], 0, 1, &small()), settings(0)).unwrap();
    let saved = serde_json::to_value(session.save().unwrap()).unwrap();
    let weights = session.weights().unwrap();
    let refused = |pointer: &str, value: serde_json::Value| {
        let mut changed = saved.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let checkpoint: Checkpoint = serde_json::from_value(changed).unwrap();
        match Session::load(toy(&[4, 4], 0, 1, &small()), settings(0), &checkpoint, &weights) {
            Ok(_) => panic!("{pointer}: was loaded"),
            Err(error) => error.to_string(),
        }
    };
    let error = refused("/format", 99.into());
    assert!(error.contains("found 99"), "{error}");
    let error = refused("/backend/level", "abacus".into());
    assert!(error.contains("level abacus"), "{error}");
    refused("/proposer", "nonsense".into());
}
