//! Hosts that evaluate candidates themselves, constraints, and budgets.

use smash_core::constraint::Constraints;
use smash_core::session::{Budget, Event, Parts, Phase, Session, Settings};
use smash_core::{Error, Result};
use smash_tests::dry::Dry;
use smash_tests::kit::{Trace, advance, searching, settings, small, toy};

fn make() -> Parts {
    toy(&[4, 4], 0, 1, &small())
}

/// What a call that is to fail says; nothing if it did not fail.
fn text(result: Result<impl Sized>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_host_can_evaluate_everything_itself() {
    let mut session = searching(Session::new(make(), settings(0)).unwrap());
    let (mut phases, mut told) = (Vec::new(), 0);
    loop {
        // 12 random ones at once, then 6 perturbations, then a chain one by one.
        let asked = session.ask(100).unwrap();
        if asked.is_empty() {
            break;
        }
        phases.push(asked.len());
        for candidate in asked.into_iter().rev() {
            told += 1;
            // Every fifth evaluation fails; that must not stall anything.
            let value = (told % 5 != 0).then(|| vec![f64::from(1000 - told), 7.0]);
            session.tell(candidate.trial_id, value).unwrap();
        }
    }
    assert_eq!(phases, [vec![12, 6], vec![1; 6]].concat());
    assert_eq!(session.step(&mut ()).unwrap(), Phase::Retraining);
    let ranking = session.ranking();
    assert_eq!(ranking.len(), 24);
    assert_eq!((ranking[0].loss, ranking[0].values().to_vec()), (Some(976.0), vec![976.0, 7.0]));
    assert_eq!(ranking[0].error, None);
    assert_eq!(session.chosen(), Some(&ranking[0].architecture));
    assert!(ranking[20..].iter().all(|r| r.loss.is_none()), "failed evaluations rank last");
    assert_eq!(ranking.iter().filter(|r| r.loss.is_none()).count(), 4);
    while session.step(&mut ()).unwrap() != Phase::Done {}
    assert!(session.test_score().is_some());
}

#[test]
fn a_host_can_mix_its_own_values_with_scores() {
    let mut session = Session::new(make(), settings(0)).unwrap();
    assert!(text(session.ask(1)).contains("this is training"));
    assert!(text(session.tell(0, None)).contains("candidate 0 was not asked for"));
    let mut session = searching(session);
    let mine = session.ask(3).unwrap();
    assert_eq!(mine.iter().map(|c| c.trial_id).collect::<Vec<_>>(), [0, 1, 2]);
    session.step(&mut ()).unwrap();
    session.step(&mut ()).unwrap();
    session.tell(1, Some(vec![1e9])).unwrap();
    for id in [1, 3, 99] {
        assert!(text(session.tell(id, None)).contains("was not asked for, or was told before"), "{id}");
    }

    // Open candidates are part of a checkpoint.
    let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
    let mut session = Session::load(make(), settings(0), &checkpoint, &weights).unwrap();
    while session.ranking().len() < 10 {
        session.step(&mut ()).unwrap();
    }
    // Random candidates 0 and 2 are open: no perturbation can begin, and nothing is lost by trying.
    let before = session.save().unwrap();
    assert!(session.ask(5).unwrap().is_empty());
    assert!(text(session.step(&mut ())).contains("candidate 0 was asked for and is still to be told"));
    assert_eq!(session.phase(), Phase::Searching);
    assert_eq!(session.ranking().len(), 10);
    assert_eq!(before.weights, session.save().unwrap().weights);
    session.tell(2, Some(vec![f64::NAN])).unwrap();
    session.tell(0, Some(vec![-1.0])).unwrap();
    while session.step(&mut ()).unwrap() != Phase::Done {}
    let ranking = session.ranking();
    assert_eq!((ranking.len(), ranking[0].trial_id, ranking[23].trial_id), (24, 0, 2));
    assert_eq!(ranking[22].trial_id, 1);
    assert_eq!(session.chosen(), Some(&mine[0].proposal.architecture));
}

#[test]
fn an_ask_that_fails_loses_no_candidate() {
    let mut dry = make();
    let training = dry.strategy.estimator.steps(&dry.data);
    dry.space = Box::new(Dry::after(training + 2, dry.space));
    let mut session = searching(Session::new(dry, settings(0)).unwrap());
    // The third fails; whether the call fails or gives two, no candidate may stay open that the host does not
    // know.
    let known = session.ask(5).unwrap_or_default();
    for candidate in known {
        session.tell(candidate.trial_id, Some(vec![1.0])).unwrap();
    }
    let mut trace = Trace::default();
    trace.advance(&mut session, u64::MAX);
    assert_eq!(trace.ranking.len(), 24);
}

#[test]
fn a_search_that_finds_no_further_candidate_ends_with_those_there_are() {
    let steps = make().strategy.estimator.steps(&make().data);
    for (dry, trained, candidates) in [(steps + 5, steps, 5), (steps - 1, steps - 1, 0)] {
        let mut parts = make();
        parts.space = Box::new(Dry::for_good(dry, parts.space));
        let mut session = Session::new(parts, settings(0)).unwrap();
        let mut events = Vec::new();
        let ended = loop {
            match session.step(&mut |event: &Event| events.push(event.clone())) {
                Ok(Phase::Done) => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        let exhausted = |phase, step| Event::Exhausted { phase, step, reason: "dry".into() };
        assert_eq!(session.ranking().len(), candidates);
        if candidates > 0 {
            ended.unwrap();
            assert!(events.contains(&exhausted(Phase::Searching, candidates as u64)));
            assert!(session.test_score().is_some());
        } else {
            // The estimator is trained as far as it came; without a candidate nothing can be retrained.
            assert!(events.contains(&exhausted(Phase::Training, trained)));
            assert!(matches!(ended, Err(Error::Infeasible(_))));
        }
    }
}

#[test]
fn constraints_hold_for_everything_that_is_proposed() {
    let free = Trace::of(make(), settings(0));
    let mut params: Vec<u64> = free.ranking.iter().map(|r| r.params).collect();
    params.sort_unstable();
    let (min, max) = (params[params.len() / 3], params[2 * params.len() / 3]);
    let macs = free.ranking.iter().map(|r| r.macs).max().unwrap() - 1;
    let constraints = Constraints {
        min_params: Some(min),
        max_params: Some(max),
        max_macs: Some(macs),
        ..Constraints::default()
    };
    let bound = Trace::of(make(), Settings { constraints, ..settings(0) });
    assert_eq!(bound.ranking.len(), 24);
    for record in &bound.ranking {
        assert!((min..=max).contains(&record.params) && record.macs <= macs, "{record:?}");
    }
    assert!(free.ranking.iter().any(|r| r.params < min), "the bounds were to mean something");
}

#[test]
fn constraints_that_nothing_meets_are_counted() {
    let settings = |constraints| Settings { constraints, ..settings(0) };
    let none = Constraints::default();
    // Upper bounds already hold for training.
    let mut session = Session::new(make(), settings(Constraints { max_macs: Some(1), ..none })).unwrap();
    let error = session.step(&mut ()).unwrap_err();
    assert!(matches!(error, Error::Infeasible(_)));
    assert!(error.to_string().contains("1000 of 1000 samples were rejected (1000 by max_macs)"), "{error}");
    // Lower bounds are met from the search on, and looked at before.
    let constraints = Constraints { min_params: Some(1 << 40), ..none };
    let mut session = Session::new(make(), settings(constraints)).unwrap();
    let error = text(session.step(&mut ()));
    assert!(error.contains("(1000 by min_params)"), "{error}");
    assert_eq!(session.progress().0, 0, "nothing is trained for them");
    let constraints = Constraints { min_params: Some(2), max_params: Some(1), ..none };
    let error = text(Session::new(make(), settings(constraints)));
    assert!(error.starts_with("/constraints/min_params: min_params 2 exceeds max_params 1"), "{error}");
}

#[test]
fn budgets_end_phases_and_are_recorded() {
    let budget = Budget { training_seconds: Some(0.0), ..Budget::default() };
    let trace = Trace::of(make(), Settings { budget, ..settings(0) });
    assert_eq!((trace.steps["training"], trace.ranking.len()), (1, 24));
    let struck = serde_json::to_string(&Event::Budget { phase: Phase::Training, step: 0 }).unwrap();
    assert!(trace.events.contains(&struck));

    // The search ends after five candidates; the best of them is retrained.
    let mut session = searching(Session::new(make(), settings(0)).unwrap());
    advance(&mut session, 5);
    let budget = Budget { search_seconds: Some(0.0), ..Budget::default() };
    let weights = session.weights().unwrap();
    let short = Settings { budget, ..settings(0) };
    let mut session = Session::load(make(), short.clone(), &session.save().unwrap(), &weights).unwrap();
    let mut trace = Trace::default();
    trace.advance(&mut session, u64::MAX);
    assert_eq!(trace.ranking.len(), 5);
    assert!(trace.test.is_some());
    let struck = serde_json::to_string(&Event::Budget { phase: Phase::Searching, step: 5 }).unwrap();
    assert!(trace.events.contains(&struck));

    let error = text(searching(Session::new(make(), short).unwrap()).step(&mut ()));
    assert!(error.contains("no candidate of 0 has a finite score"), "{error}");
}
