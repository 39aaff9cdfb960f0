//! Proposers through the vtable and back, with a space that is lent to them.

use serde_json::{Value, json};
use smash_core::architecture::Architecture;
use smash_core::component::{Component, Kind, StrategyConfig};
use smash_core::constraint::{Constrained, Constraints};
use smash_core::random::Seed;
use smash_core::search::{PerturbationChain, PerturbationChainConfig};
use smash_core::space::SearchSpace;
use smash_core::strategy::{Next, Outcome, Proposal, Proposer, Trial};
use smash_core::testing::ToySpace;
use smash_core::{Error, Result};

use super::space::task;
use crate::abi::{self, Code, Host, Plugin};
use crate::plugin::ForeignPlugin;

/// The paper's search with an injected fault.
struct Odd {
    chain: PerturbationChain,
    fault: String,
}

impl Proposer for Odd {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        assert_ne!(self.fault, "panic", "nothing comes to mind");
        let next = self.chain.ask(space, seed)?;
        match next {
            Next::Proposal(mut proposal) if self.fault == "invalid" => {
                proposal.architecture.choices = json!([]).into();
                Ok(Next::Proposal(proposal))
            }
            next => Ok(next),
        }
    }
    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        if self.fault == "tell" {
            return Err(Error::State(format!("{outcome:?} is not to be believed")));
        }
        self.chain.tell(proposal, outcome)
    }
    fn add(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        self.tell(proposal, outcome)
    }
    /// The fewest parameters first.
    fn rank(&self, trials: &[Trial]) -> Result<Option<Vec<u64>>> {
        let mut trials = trials.to_vec();
        trials.sort_by_key(|trial| trial.outcome.params);
        Ok((self.fault == "small").then(|| trials.iter().map(|trial| trial.trial_id).collect()))
    }
    fn total(&self) -> Option<u64> {
        (self.fault != "unknown").then(|| self.chain.total()).flatten()
    }
    fn save(&self) -> Result<Value> {
        if self.fault == "save" { Err(Error::checkpoint("too much to tell")) } else { self.chain.save() }
    }
    fn load(&mut self, state: &Value) -> Result<()> {
        self.chain.load(state)
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct OddConfig {
    fault: String,
}

#[typetag::serde(name = "odd")]
impl StrategyConfig for OddConfig {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        if self.fault == "build" {
            return Err(Error::invalid("/fault", "cannot be built"));
        }
        let config = PerturbationChainConfig { random: 6, perturbation: 3, chain: 3, rate: 0.4 };
        Ok(Box::new(Odd { chain: PerturbationChain::new(config), fault: self.fault.clone() }))
    }
}

inventory::submit! { Component::new::<OddConfig>(Kind::Strategy, "odd", "Something is wrong.") }

unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", &[("Proposer", "odd")], host, out, err) }
}

fn there(fault: &str) -> Box<dyn Proposer> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    plugin.components[0].proposer(&json!({"type": "odd", "fault": fault})).unwrap()
}

fn value(architecture: &Architecture) -> f64 {
    architecture.choices.text().len() as f64
}

/// All proposals of a search; with `again`, it is saved and reloaded before each step.
fn story(space: &dyn SearchSpace, again: bool) -> Vec<Proposal> {
    let mut search = there("");
    let mut found = Vec::new();
    for i in 0.. {
        if again {
            let state = search.save().unwrap();
            search = there("");
            search.load(&state).unwrap();
        }
        match search.ask(space, Seed::new(i)).unwrap() {
            Next::Proposal(proposal) => {
                let values = vec![value(&proposal.architecture)];
                search.tell(&proposal, &Outcome::from((i % 4 != 3).then_some(values))).unwrap();
                found.push(*proposal);
            }
            Next::Wait => panic!("everything was told"),
            Next::Done => break,
        }
    }
    found
}

#[test]
fn a_search_goes_the_same_way_with_or_without_reloading() {
    let toy = ToySpace::new(&task());
    let found = story(&toy, false);
    assert_eq!(found.len(), 12);
    assert!(["random", "perturbation", "chain"].iter().all(|phase| found.iter().any(|p| p.phase == *phase)));
    assert_eq!(found, story(&toy, true));
    assert_eq!(there("").total(), Some(12));
    assert_eq!(there("unknown").total(), None);
}

#[test]
fn it_may_rank_by_what_it_likes() {
    let trial = |trial_id, params| {
        let outcome = Outcome { params: Some(params), ..Outcome::of([trial_id as f64]) };
        Trial { trial_id, phase: "random".into(), outcome }
    };
    let trials = [trial(3, 30), trial(5, 10), trial(8, 20)];
    assert_eq!(there("small").rank(&trials).unwrap(), Some(vec![5, 8, 3]));
    assert_eq!(there("").rank(&trials).unwrap(), None);
}

#[test]
fn it_waits_like_any_other() {
    let toy = ToySpace::new(&task());
    let mut search = there("");
    for i in 0..6 {
        assert!(matches!(search.ask(&toy, Seed::new(i)).unwrap(), Next::Proposal(_)));
    }
    assert_eq!(search.ask(&toy, Seed::new(6)).unwrap(), Next::Wait);
}

#[test]
fn errors_of_the_space_that_is_lent_come_back_whole() {
    let toy = ToySpace::new(&task());
    let impossible = Constraints { max_macs: Some(1), ..Constraints::default() };
    let error = there("").ask(&Constrained::new(&toy, impossible), Seed::new(0)).unwrap_err();
    assert!(matches!(&error, Error::Infeasible(text) if text.contains("1000 by max_macs")), "{error}");
    let few = Constraints { max_params: Some(700), ..Constraints::default() };
    for proposal in story(&Constrained::new(&toy, few), false) {
        let network = toy.build(&proposal.architecture, smash_core::space::WeightScheme::Standalone).unwrap();
        assert!(network.count().params <= 700);
    }
}

#[test]
fn faults_are_errors_and_a_panic_poisons() {
    let toy = ToySpace::new(&task());
    let error = there("invalid").ask(&toy, Seed::new(0)).unwrap_err().to_string();
    assert!(error.contains("it proposes what is not valid: /choices/depth: expected 1 to 4"), "{error}");
    let mut tell = there("tell");
    let Next::Proposal(proposal) = tell.ask(&toy, Seed::new(0)).unwrap() else {
        panic!("expected a proposal")
    };
    let whole =
        Outcome { error: Some(0.25), params: Some(7), latency: Some(1e-3), ..Outcome::of([0.5, 2.0]) };
    for outcome in [whole, Outcome { macs: Some(9), ..Outcome::default() }] {
        for error in [tell.tell(&proposal, &outcome), tell.add(&proposal, &outcome)] {
            let error = error.unwrap_err();
            assert!(
                matches!(&error, Error::State(text) if text.contains(&format!("{outcome:?}"))),
                "{error}"
            );
        }
    }
    let error = there("save").save().unwrap_err();
    assert!(matches!(&error, Error::Checkpoint(text) if text == "too much to tell"), "{error}");
    assert!(matches!(there("").load(&json!("nonsense")), Err(Error::Checkpoint(_))));
    let mut panicking = there("panic");
    let error = panicking.ask(&toy, Seed::new(0)).unwrap_err().to_string();
    assert!(error.contains("nothing comes to mind") && error.contains("PANIC"), "{error}");
    assert!(matches!(panicking.save(), Err(Error::State(text)) if text.contains("an earlier call panicked")));
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    let error = plugin.components[0].resolve(&json!({"type": "odd", "fault": "build"})).unwrap_err();
    assert!(matches!(&error, Error::Invalid(problem) if problem.pointer == "/fault"), "{error}");
}
