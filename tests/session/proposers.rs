//! Any search goes with any estimator. With the HyperNet it runs from end to end, and a search that is cut at
//! any candidate and goes on gives what one gives that was left alone; with the host it is asked and told.

use serde_json::{Value, json};
use smash_core::session::{Phase, Session};
use smash_tests::kit::{self, Trace, searching};

/// Each search with ten candidates, and the phases of its proposals.
fn searches() -> [(&'static str, Value, &'static [&'static str]); 3] {
    let evolution = json!({"candidates": 10, "population": 4, "sample": 2, "rate": 0.2, "crossover": 0.5});
    let chain = json!({"random": 4, "perturbation": 3, "chain": 3, "rate": 0.2});
    [
        ("random", json!({"candidates": 10}), &["random"]),
        ("evolution", evolution, &["random", "mutation", "crossover"]),
        ("perturbation_chain", chain, &["random", "perturbation", "chain"]),
    ]
}

/// A job on the digits with that strategy.
fn job(strategy: Value) -> smash_plugin::Job {
    let mut job = kit::digits(1);
    job["strategy"] = strategy;
    kit::parse(&job)
}

/// The HyperNet of [`kit::digits`].
fn hypernet(kind: &str) -> Value {
    json!({"type": kind, "epochs": 1, "batch": 60, "scoring": {"examples": 90, "calibration": 50}})
}

fn whole_and_cut_agree(kind: &str, job: &smash_plugin::Job, phases: &[&str]) -> Trace {
    let whole = Trace::of(kit::parts(job), job.settings());
    assert_eq!(whole.ranking.len(), 10, "{kind}");
    assert!(whole.test.is_some(), "{kind}: no test score");
    assert!(whole.ranking.iter().all(|record| record.loss.is_some()), "{kind}");
    for phase in phases {
        assert!(whole.ranking.iter().any(|record| record.phase == *phase), "{kind}: no {phase}");
    }
    assert!(whole.ranking.iter().all(|record| phases.contains(&record.phase.as_str())), "{kind}");

    let mut session = searching(Session::new(kit::parts(job), job.settings()).unwrap());
    while session.phase() == Phase::Searching {
        let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
        let text = serde_json::to_string(&checkpoint).unwrap();
        let checkpoint = serde_json::from_str(&text).unwrap();
        session = Session::load(kit::parts(job), job.settings(), &checkpoint, &weights).unwrap();
        session.step(&mut ()).unwrap();
    }
    assert_eq!(session.ranking(), whole.ranking, "{kind}");
    whole
}

#[test]
fn every_search_goes_with_the_hypernet() {
    for (kind, search, phases) in searches() {
        let job = job(json!({"type": kind, "search": search, "estimator": hypernet("hypernet")}));
        whole_and_cut_agree(kind, &job, phases);
    }
}

#[test]
fn every_search_goes_with_the_host() {
    for (kind, search, phases) in searches() {
        let job = job(json!({"type": kind, "search": search, "estimator": {"type": "host"}}));
        let mut session = Session::new(kit::parts(&job), job.settings()).unwrap();
        let mut told = 0;
        while let Some(candidate) = session.ask(1).unwrap().pop() {
            assert!(phases.contains(&candidate.proposal.phase.as_str()), "{kind}");
            session.tell(candidate.trial_id, Some(vec![f64::from(told % 3)])).unwrap();
            told += 1;
        }
        assert_eq!(told, 10, "{kind}");
        let mut trace = Trace::default();
        trace.advance(&mut session, u64::MAX);
        assert!(trace.test.is_some(), "{kind}: no test score");
    }
}

#[test]
fn the_short_form_is_the_pair_that_it_stands_for() {
    let [.., (kind, search, phases)] = searches();
    let long = json!({"type": kind, "search": search, "estimator": hypernet("hypernet")});
    let mut short = hypernet("smash");
    short["search"] = search;
    let traces = [long, short].map(|strategy| {
        let job = job(strategy);
        whole_and_cut_agree(kind, &job, phases)
    });
    traces[0].expect_same(&traces[1], "smash");
}

#[test]
fn what_a_search_goes_with_where_nothing_is_named() {
    for (kind, usual) in [("random", "host"), ("evolution", "host"), ("perturbation_chain", "hypernet")] {
        assert_eq!(job(json!({"type": kind})).strategy["estimator"]["type"], usual, "{kind}");
    }
    assert!(job(json!({"type": "smash"})).strategy.get("estimator").is_none());
}

#[test]
fn pairs_of_earlier_versions_are_the_same_job() {
    for (old, kind) in [("smash_evolution", "evolution"), ("smash_random", "random")] {
        let old = job(hypernet(old));
        let now = job(json!({"type": kind, "estimator": hypernet("hypernet")}));
        assert_eq!(old, now);
        assert_eq!(old.identity(), now.identity());
    }
}
