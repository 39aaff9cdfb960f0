//! Random search, then perturbations of the best, then a greedy chain: hill climbing (method section 6.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SearchStrategy;
use super::random::SAMPLED;
use crate::architecture::Architecture;
use crate::component::{Component, Kind, StrategyConfig};
use crate::error::{Error, Result};
use crate::random::Seed;
use crate::space::SearchSpace;
use crate::strategy::{Next, Outcome, Proposal, Proposer};

const PERTURBATION: &str = "perturbation";
const CHAIN: &str = "chain";

/// The search of method section 6.1: random sampling, perturbations of the best sample, then a greedy chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PerturbationChainConfig {
    /// Number of random architectures.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub random: u64,
    /// Number of independent perturbations of the best random architecture.
    #[schemars(range(max = 10_000_000))]
    pub perturbation: u64,
    /// Steps of a greedy chain (hill climbing), which moves to each perturbation that is better.
    #[schemars(range(max = 10_000_000))]
    pub chain: u64,
    /// Probability of redrawing each decision in a perturbation (mutation rate).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
}

impl Default for PerturbationChainConfig {
    fn default() -> Self {
        Self { random: 500, perturbation: 100, chain: 100, rate: 0.05 }
    }
}

/// The proposer of the paper's search.
pub struct PerturbationChain {
    config: PerturbationChainConfig,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    asked: u64,
    told: u64,
    /// The best random sample, the base of all perturbations.
    base: Option<(Architecture, f64)>,
    /// The best candidate so far, the current position of the chain.
    best: Option<(Architecture, f64)>,
}

impl PerturbationChain {
    /// A search before its first proposal.
    pub fn new(config: PerturbationChainConfig) -> Self {
        Self { config, state: State::default() }
    }

    fn phase(&self) -> Option<&'static str> {
        let PerturbationChainConfig { random, perturbation, chain, .. } = self.config;
        match self.state.asked {
            n if n < random => Some(SAMPLED),
            n if n < random + perturbation => Some(PERTURBATION),
            n if n < random + perturbation + chain => Some(CHAIN),
            _ => None,
        }
    }

    /// Keeps a candidate that is better than all before it: for the chain, and as the base of perturbations
    /// if it may be one.
    fn compare(&mut self, proposal: &Proposal, outcome: &Outcome, base: bool) {
        let Some(value) = outcome.loss() else { return };
        for (counts, place) in [(base, &mut self.state.base), (true, &mut self.state.best)] {
            if counts && place.as_ref().is_none_or(|(_, best)| value < *best) {
                *place = Some((proposal.architecture.clone(), value));
            }
        }
    }

    /// Perturbations wait until all random samples are told, the chain until its last step is.
    fn must_wait(&self, phase: &str) -> bool {
        let open = self.state.asked - self.state.told;
        match phase {
            SAMPLED => false,
            PERTURBATION => self.state.told < self.config.random,
            _ => open > 0,
        }
    }
}

impl Proposer for PerturbationChain {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        let Some(phase) = self.phase() else {
            return Ok(Next::Done);
        };
        if self.must_wait(phase) {
            return Ok(Next::Wait);
        }
        let mut random = seed.random();
        let base = if phase == CHAIN { &self.state.best } else { &self.state.base };
        let architecture = match base {
            Some((base, _)) if phase != SAMPLED => space.mutate(base, &mut random, self.config.rate)?,
            // With no finite score there is nothing to perturb.
            _ => space.sample(&mut random, 1.0)?,
        };
        self.state.asked += 1;
        Ok(Next::Proposal(Box::new(Proposal { architecture, phase: phase.to_owned() })))
    }

    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        self.state.told += 1;
        self.compare(proposal, outcome, proposal.phase == SAMPLED);
        Ok(())
    }

    fn add(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        self.compare(proposal, outcome, true);
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        Some(self.config.random + self.config.perturbation + self.config.chain)
    }

    fn save(&self) -> Result<Value> {
        serde_json::to_value(&self.state)
            .map_err(|e| Error::checkpoint(format!("state of the perturbation chain: {e}")))
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        self.state = serde_json::from_value(state.clone())
            .map_err(|e| Error::checkpoint(format!("state of the perturbation chain: {e}")))?;
        Ok(())
    }
}

#[typetag::serde(name = "perturbation_chain")]
impl StrategyConfig for SearchStrategy<PerturbationChainConfig> {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(PerturbationChain::new(self.search.clone())))
    }
}

inventory::submit! {
    Component::new::<SearchStrategy<PerturbationChainConfig>>(
        Kind::Strategy,
        "perturbation_chain",
        "Random search, perturbations of the best and a greedy chain (Brock et al. 2018), with any estimator.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use crate::testing::ToySpace;

    #[test]
    fn phases_follow_the_paper_and_survive_a_reload() {
        let space = ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 });
        let config = PerturbationChainConfig { random: 4, perturbation: 3, chain: 3, rate: 0.5 };
        let mut chain = PerturbationChain::new(config.clone());
        let mut phases = Vec::new();
        for i in 0.. {
            let saved = chain.save().unwrap();
            chain = PerturbationChain::new(config.clone());
            chain.load(&saved).unwrap();
            match chain.ask(&space, Seed::new(i)).unwrap() {
                Next::Proposal(p) => {
                    assert!(space.validate(&p.architecture).is_ok());
                    phases.push(p.phase.clone());
                    chain.tell(&p, &Outcome::of([f64::from(u32::try_from(i).unwrap() % 3)])).unwrap();
                }
                Next::Done => break,
                Next::Wait => panic!("everything was told"),
            }
        }
        assert_eq!(phases.iter().filter(|p| *p == CHAIN).count(), 3);
        assert_eq!(phases.len(), 10);
    }

    #[test]
    fn perturbations_wait_for_the_random_samples() {
        let space = ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 });
        let mut chain = PerturbationChain::new(PerturbationChainConfig {
            random: 1,
            perturbation: 1,
            chain: 0,
            rate: 0.5,
        });
        let Next::Proposal(first) = chain.ask(&space, Seed::new(0)).unwrap() else { panic!() };
        assert_eq!(chain.ask(&space, Seed::new(1)).unwrap(), Next::Wait);
        chain.tell(&first, &Outcome::default()).unwrap();
        assert!(matches!(chain.ask(&space, Seed::new(1)).unwrap(), Next::Proposal(_)));
        assert_eq!(chain.ask(&space, Seed::new(2)).unwrap(), Next::Done);
    }
}
