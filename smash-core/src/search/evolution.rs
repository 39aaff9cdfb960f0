//! Regularised (aging) evolution: the oldest of the population is removed, not the worst (Real et al. 2019).

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SearchStrategy;
use super::random::SAMPLED;
use crate::architecture::Architecture;
use crate::component::{Component, Kind, StrategyConfig};
use crate::error::{Error, Result};
use crate::random::{Random, Seed};
use crate::space::SearchSpace;
use crate::strategy::{Next, Outcome, Proposal, Proposer};

const MUTATION: &str = "mutation";
const CROSSOVER: &str = "crossover";

/// Regularised (aging) evolution: a population of random architectures, then children of parents chosen by
/// tournament selection; each child replaces the oldest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvolutionConfig {
    /// Candidates in all, including the initial population.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub candidates: u64,
    /// Population size.
    #[schemars(range(min = 1, max = 100_000))]
    pub population: u64,
    /// Tournament size: members drawn for each parent, which is the best of them.
    #[schemars(range(min = 1, max = 100_000))]
    pub sample: u64,
    /// Mutation rate: probability of redrawing each decision of a child.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
    /// Crossover rate: probability that a child has two parents.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub crossover: f64,
}

impl Default for EvolutionConfig {
    fn default() -> Self {
        Self { candidates: 700, population: 50, sample: 10, rate: 0.05, crossover: 0.25 }
    }
}

/// The proposer of regularised evolution.
pub struct Evolution {
    config: EvolutionConfig,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    asked: u64,
    /// Members of the initial population that were told.
    founders: u64,
    /// The population, oldest first.
    living: VecDeque<(Architecture, f64)>,
}

impl Evolution {
    /// A search before its first proposal.
    pub fn new(config: EvolutionConfig) -> Self {
        Self { config, state: State::default() }
    }

    /// Tournament selection: the best of a random sample of the population; of equals the youngest.
    fn parent(&self, random: &mut Random) -> Option<&Architecture> {
        let size = usize::try_from(self.config.sample).unwrap_or(usize::MAX);
        let drawn = random.distinct(self.state.living.len(), size);
        let drawn = drawn.into_iter().rev().filter_map(|i| self.state.living.get(i));
        drawn.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(architecture, _)| architecture)
    }

    fn child(&self, space: &dyn SearchSpace, random: &mut Random) -> Result<(Architecture, &'static str)> {
        let Some(first) = self.parent(random) else {
            // With no finite score there is no parent.
            return Ok((space.sample(random, 1.0)?, SAMPLED));
        };
        if random.coin(self.config.crossover)
            && let Some(second) = self.parent(random)
        {
            return Ok((space.crossover(first, second, random, self.config.rate)?, CROSSOVER));
        }
        Ok((space.mutate(first, random, self.config.rate)?, MUTATION))
    }

    /// Size of the initial population.
    fn founders(&self) -> u64 {
        self.config.population.min(self.config.candidates)
    }
}

impl Proposer for Evolution {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        if self.state.asked >= self.config.candidates {
            return Ok(Next::Done);
        }
        let mut random = seed.random();
        let (architecture, phase) = if self.state.asked < self.founders() {
            (space.sample(&mut random, 1.0)?, SAMPLED)
        } else if self.state.founders < self.founders() {
            // The first children need the whole initial population; later ones do not wait for each other.
            return Ok(Next::Wait);
        } else {
            self.child(space, &mut random)?
        };
        self.state.asked += 1;
        Ok(Next::Proposal(Box::new(Proposal { architecture, phase: phase.to_owned() })))
    }

    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        // No children are proposed before the initial population is complete, so only its members count here.
        self.state.founders = (self.state.founders + 1).min(self.founders());
        self.add(proposal, outcome)
    }

    fn add(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        if let Some(value) = outcome.loss() {
            self.state.living.push_back((proposal.architecture.clone(), value));
        }
        while self.state.living.len() as u64 > self.config.population {
            self.state.living.pop_front();
        }
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        Some(self.config.candidates)
    }

    fn save(&self) -> Result<Value> {
        serde_json::to_value(&self.state)
            .map_err(|e| Error::checkpoint(format!("state of the evolution: {e}")))
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        self.state = serde_json::from_value(state.clone())
            .map_err(|e| Error::checkpoint(format!("state of the evolution: {e}")))?;
        Ok(())
    }
}

#[typetag::serde(name = "evolution")]
impl StrategyConfig for SearchStrategy<EvolutionConfig> {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(Evolution::new(self.search.clone())))
    }
}

inventory::submit! {
    Component::new::<SearchStrategy<EvolutionConfig>>(
        Kind::Strategy,
        "evolution",
        "Regularised evolution (Real et al. 2019); the host evaluates unless an estimator is named.",
    )
    .default_estimator("host")
}

#[cfg(test)]
mod tests;
