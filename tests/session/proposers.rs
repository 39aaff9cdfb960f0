//! The strategies that share the HyperNet run from end to end, and a search that is cut at any candidate and
//! goes on gives what one gives that was left alone.

use serde_json::{Value, json};
use smash_core::session::{Phase, Session};
use smash_tests::kit::{self, Trace, searching};

/// A job on the digits with another strategy of ten candidates.
fn job(kind: &str, search: &Value) -> smash_plugin::Job {
    let mut job = kit::digits(1);
    job["strategy"]["type"] = kind.into();
    job["strategy"]["search"] = search.clone();
    kit::parse(&job)
}

fn whole_and_cut_agree(kind: &str, search: &Value, phases: &[&str]) {
    let job = job(kind, search);
    let whole = Trace::of(kit::parts(&job), job.settings());
    assert_eq!(whole.ranking.len(), 10, "{kind}");
    assert!(whole.ranking.iter().all(|record| record.loss.is_some()), "{kind}");
    for phase in phases {
        assert!(whole.ranking.iter().any(|record| record.phase == *phase), "{kind}: no {phase}");
    }
    assert!(whole.ranking.iter().all(|record| phases.contains(&record.phase.as_str())), "{kind}");

    let mut session = searching(Session::new(kit::parts(&job), job.settings()).unwrap());
    while session.phase() == Phase::Searching {
        let (checkpoint, weights) = (session.save().unwrap(), session.weights().unwrap());
        let text = serde_json::to_string(&checkpoint).unwrap();
        let checkpoint = serde_json::from_str(&text).unwrap();
        session = Session::load(kit::parts(&job), job.settings(), &checkpoint, &weights).unwrap();
        session.step(&mut ()).unwrap();
    }
    assert_eq!(session.ranking(), whole.ranking, "{kind}");
}

#[test]
fn evolution() {
    let search = json!({"candidates": 10, "population": 4, "sample": 2, "rate": 0.2, "crossover": 0.5});
    whole_and_cut_agree("smash_evolution", &search, &["random", "mutation", "crossover"]);
}

#[test]
fn random_search() {
    whole_and_cut_agree("smash_random", &json!({"candidates": 10}), &["random"]);
}
