//! Training and scoring that break down: losses, gradients and scores that are not finite.

use std::sync::Arc;

use smash_core::Error;
use smash_core::backend::Mode;
use smash_core::session::{Checkpoint, Parts, Phase, Session, Settings};
use smash_core::train::Recipe;
use smash_tests::kit::{
    Faults, Faulty, Trace, advance, bits, digits, parse, parts, searching, settings, small, toy,
};

fn make() -> Parts {
    toy(&[4, 4], 0, 1, &small())
}

/// The same parts on an engine with faults.
fn spoil(mut parts: Parts, faults: Faults) -> Parts {
    parts.backend = Box::new(Faulty::new(parts.backend, faults));
    parts
}

#[test]
fn ten_steps_that_are_not_finite_end_the_run() {
    // Nine in a row are skipped, twice.
    let faults: Faults =
        Arc::new(|mode, n| mode == Mode::Train && ((3..12).contains(&n) || (13..22).contains(&n)));
    let mut session = Session::new(spoil(make(), faults), settings(0)).unwrap();
    advance(&mut session, 3);
    let before = bits(&session.weights().unwrap());
    advance(&mut session, 9);
    assert_eq!(bits(&session.weights().unwrap()), before, "a step that is not finite changes nothing");
    let mut trace = Trace::default();
    trace.advance(&mut session, u64::MAX);
    assert_eq!(session.skipped_steps(), 18);
    assert!(trace.test.is_some());
    let events = &trace.events;
    let skipped = events.iter().filter(|e| e.contains(r#""loss":null"#) && e.contains(r#""applied":false"#));
    assert_eq!(skipped.count(), 9);

    // Ten are too many, in training and in retraining; the weights are the last good ones.
    let training = make().strategy.estimator.steps(&make().data);
    for first in [5, training + 4] {
        let faults: Faults = Arc::new(move |mode, n| mode == Mode::Train && n >= first);
        let mut session = Session::new(spoil(make(), faults), settings(0)).unwrap();
        let mut steps = 0;
        let mut good = None;
        let error = loop {
            let phase = session.phase();
            match session.step(&mut ()) {
                Ok(_) if phase != Phase::Searching && session.phase() == phase => {
                    steps += 1;
                    if steps == first {
                        good = Some(bits(&session.weights().unwrap()));
                    }
                }
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Diverged(_)), "{error}");
        assert!(error.to_string().contains("10 steps in a row"), "{error}");
        assert_eq!(steps, first + 9);
        assert_eq!(session.skipped_steps(), 10);
        assert_eq!(good, Some(bits(&session.weights().unwrap())));
        // The host can still save it.
        let saved = serde_json::to_string(&session.save().unwrap()).unwrap();
        serde_json::from_str::<Checkpoint>(&saved).unwrap();
    }
}

#[test]
fn one_bad_batch_does_not_break_the_retrained_model() {
    let job = parse(&digits(1));
    let training = parts(&job).strategy.estimator.steps(&parts(&job).data);
    let faults: Faults = Arc::new(move |mode, n| mode == Mode::Train && n == training + 5);
    let mut trace = Trace::default();
    let mut session = Session::new(spoil(parts(&job), faults), job.settings()).unwrap();
    trace.advance(&mut session, u64::MAX);
    assert_eq!(session.skipped_steps(), 1);
    assert!(trace.test.is_some(), "the test score is not finite: a skipped step spoilt the model");
}

#[test]
fn an_absurd_learning_rate_ends_the_run() {
    let retrain = Recipe { lr: 1e30, ..settings(0).retrain };
    let mut session = Session::new(make(), Settings { retrain, ..settings(0) }).unwrap();
    let error = loop {
        if let Err(error) = session.step(&mut ()) {
            break error;
        }
    };
    assert!(matches!(error, Error::Diverged(_)), "{error}");
    let weights = session.weights().unwrap();
    assert!(weights.tensors.values().all(smash_core::tensor::Tensor::is_finite));
}

#[test]
fn a_score_that_is_not_finite_ranks_last() {
    // Three batches of 30 a candidate: the 3rd and the 20th candidate are spoilt.
    let faults: Faults = Arc::new(|mode, n| mode == Mode::Eval && [6, 57].contains(&n));
    let trace = Trace::of(spoil(make(), faults), settings(0));
    let last: Vec<_> = trace.ranking[22..].iter().map(|r| (r.trial_id, r.loss)).collect();
    assert_eq!(last, [(2, None), (19, None)]);
    assert!(trace.ranking[..22].iter().all(|r| r.loss.is_some()));
    assert!(trace.test.is_some());

    let faults: Faults = Arc::new(|mode, _| mode == Mode::Eval);
    let mut session = searching(Session::new(spoil(make(), faults), settings(0)).unwrap());
    let error = loop {
        if let Err(error) = session.step(&mut ()) {
            break error;
        }
    };
    assert!(error.to_string().contains("no candidate of 24 has a finite score"), "{error}");
    // Candidates and their order survive a checkpoint.
    let text = serde_json::to_string(&session.save().unwrap()).unwrap();
    let weights = session.weights().unwrap();
    let loaded = Session::load(make(), settings(0), &serde_json::from_str(&text).unwrap(), &weights).unwrap();
    assert_eq!(loaded.ranking(), session.ranking());
}
