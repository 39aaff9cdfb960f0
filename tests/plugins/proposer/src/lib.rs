//! A sample plugin: a proposer, which looks around the best network found so far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::component::{Component, Kind, StrategyConfig};
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::strategy::{Next, Outcome, Proposal, Proposer};
use smash_core::{Error, Result};

/// Local search: neighbours of the best so far, and a fresh start when many in a row were no better.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct LocalConfig {
    /// Networks in all.
    #[schemars(range(min = 1, max = 10_000_000))]
    candidates: u64,
    /// Neighbours that are no better before it starts again elsewhere.
    #[schemars(range(min = 1))]
    patience: u64,
    /// Probability with which a neighbour redraws each decision.
    #[schemars(range(min = 0.0, max = 1.0))]
    rate: f64,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self { candidates: 200, patience: 20, rate: 0.1 }
    }
}

#[typetag::serde(name = "local")]
impl StrategyConfig for LocalConfig {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(Local { config: self.clone(), state: State::default() }))
    }
}

inventory::submit! { Component::new::<LocalConfig>(Kind::Strategy, "local", "Local search with restarts.") }

smash_sdk::export_plugin!(Proposer "local");

struct Local {
    config: LocalConfig,
    state: State,
}

/// All that a search remembers: what `save` gives and `load` takes.
#[derive(Default, Serialize, Deserialize)]
struct State {
    asked: u64,
    told: u64,
    /// Where it stands, and what that is worth.
    place: Option<(Architecture, f64)>,
    /// Neighbours in a row that were no better.
    failures: u64,
}

impl Proposer for Local {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        let State { asked, told, place, failures } = &mut self.state;
        if *asked == self.config.candidates {
            return Ok(Next::Done);
        }
        if asked > told {
            return Ok(Next::Wait); // each step starts from the outcome of the last
        }
        if *failures >= self.config.patience {
            (*place, *failures) = (None, 0);
        }
        let mut random = seed.random();
        let (architecture, phase) = match place {
            Some((place, _)) => (space.mutate(place, &mut random, self.config.rate)?, "neighbour"),
            None => (space.sample(&mut random, 1.0)?, "start"),
        };
        *asked += 1;
        Ok(Next::Proposal(Box::new(Proposal { architecture, phase: phase.to_owned() })))
    }

    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        let State { told, place, failures, .. } = &mut self.state;
        *told += 1;
        match outcome.loss() {
            Some(value) if place.as_ref().is_none_or(|(_, best)| value < *best) => {
                (*place, *failures) = (Some((proposal.architecture.clone(), value)), 0);
            }
            _ => *failures += 1,
        }
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        Some(self.config.candidates)
    }

    fn save(&self) -> Result<Value> {
        serde_json::to_value(&self.state).map_err(|e| Error::checkpoint(e.to_string()))
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        self.state = State::deserialize(state).map_err(|e| Error::checkpoint(e.to_string()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_proposer() {
        let mut open = || LocalConfig::default().proposer();
        for promise in smash_core::conformance::proposer(&mut open) {
            assert!(promise.outcome.is_ok(), "{promise}");
        }
    }
}
