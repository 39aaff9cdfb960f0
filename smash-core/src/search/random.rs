//! Random search: the baseline of every search algorithm.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SearchStrategy;
use crate::component::{Component, Kind, StrategyConfig};
use crate::error::{Error, Result};
use crate::random::Seed;
use crate::space::SearchSpace;
use crate::strategy::{Next, Outcome, Proposal, Proposer};

/// The phase of proposals that are sampled from the space, in every search.
pub(super) const SAMPLED: &str = "random";

/// Random search: independent random architectures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RandomConfig {
    /// Number of candidates.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub candidates: u64,
}

impl Default for RandomConfig {
    fn default() -> Self {
        Self { candidates: 700 }
    }
}

/// The proposer of random search, which never waits.
pub struct RandomSearch {
    config: RandomConfig,
    asked: u64,
}

impl RandomSearch {
    /// A search before its first proposal.
    pub fn new(config: RandomConfig) -> Self {
        Self { config, asked: 0 }
    }
}

impl Proposer for RandomSearch {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        if self.asked >= self.config.candidates {
            return Ok(Next::Done);
        }
        let architecture = space.sample(&mut seed.random(), 1.0)?;
        self.asked += 1;
        Ok(Next::Proposal(Box::new(Proposal { architecture, phase: SAMPLED.to_owned() })))
    }

    fn tell(&mut self, _proposal: &Proposal, _outcome: &Outcome) -> Result<()> {
        Ok(())
    }

    fn total(&self) -> Option<u64> {
        Some(self.config.candidates)
    }

    fn save(&self) -> Result<Value> {
        Ok(self.asked.into())
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        let expected = || Error::checkpoint("state of the random search: expected a number");
        self.asked = state.as_u64().ok_or_else(expected)?;
        Ok(())
    }
}

#[typetag::serde(name = "random")]
impl StrategyConfig for SearchStrategy<RandomConfig> {
    fn proposer(&self) -> Result<Box<dyn Proposer>> {
        Ok(Box::new(RandomSearch::new(self.search.clone())))
    }
}

inventory::submit! {
    Component::new::<SearchStrategy<RandomConfig>>(
        Kind::Strategy,
        "random",
        "Random search, the baseline; the host evaluates unless an estimator is named.",
    )
    .default_estimator("host")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use crate::testing::ToySpace;

    #[test]
    fn never_waits_and_survives_a_reload() {
        let space = ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 });
        let config = RandomConfig { candidates: 5 };
        let mut search = RandomSearch::new(config.clone());
        assert_eq!(search.total(), Some(5));
        for i in 0..5 {
            let saved = search.save().unwrap();
            let next = search.ask(&space, Seed::new(i)).unwrap();
            assert!(matches!(&next, Next::Proposal(p) if space.validate(&p.architecture).is_ok()));
            let mut again = RandomSearch::new(config.clone());
            again.load(&saved).unwrap();
            assert_eq!(again.ask(&space, Seed::new(i)).unwrap(), next);
            assert_eq!(again.save().unwrap(), search.save().unwrap());
        }
        assert_eq!(search.ask(&space, Seed::new(9)).unwrap(), Next::Done);
        assert!(search.load(&Value::Null).is_err());
    }
}
