//! The conformance suite for proposers.

use serde_json::Value;

use super::promise::{Promise, expect};
use crate::error::{Error, Result};
use crate::random::Seed;
use crate::space::SearchSpace;
use crate::strategy::{Next, Outcome, Proposal, Proposer};
use crate::task::Task;
use crate::testing::ToySpace;

/// Maximum number of proposals in each check.
const MAX_PROPOSALS: u64 = 60;

/// Opens a proposer before its first proposal.
type Open<'a> = dyn FnMut() -> Result<Box<dyn Proposer>> + 'a;
type Check = fn(&mut Open<'_>) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("proposals_are_valid", proposals_are_valid),
    ("as_many_as_it_says", as_many_as_it_says),
    ("the_seed_decides", the_seed_decides),
    ("saved_and_loaded_it_goes_on", saved_and_loaded_it_goes_on),
    ("it_waits_or_proposes", it_waits_or_proposes),
    ("failed_evaluations", failed_evaluations),
    ("wrong_states_are_refused", wrong_states_are_refused),
];

/// Runs the checks lazily, each when the iterator reaches it.
pub fn proposer<'a>(
    open: &'a mut (dyn FnMut() -> Result<Box<dyn Proposer>> + 'a),
) -> impl Iterator<Item = Promise> + 'a {
    CHECKS.iter().map(|&(name, check)| Promise { name, outcome: check(open) })
}

fn space() -> ToySpace {
    ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 })
}

/// A reproducible score of a candidate.
fn score_of(proposal: &Proposal) -> f64 {
    let hash = proposal.architecture.hash();
    f64::from(u32::from_str_radix(&hash[..4], 16).unwrap_or(0)) / 65_536.0
}

/// Asks and tells until the search is done, at most [`MAX_PROPOSALS`] times; `between` may replace the
/// proposer.
fn search(
    proposer: &mut Box<dyn Proposer>,
    value: impl Fn(&Proposal) -> Option<f64>,
    mut between: impl FnMut(&mut Box<dyn Proposer>) -> Result<()>,
) -> Result<(Vec<Proposal>, bool)> {
    let space = space();
    let mut proposals = Vec::new();
    for i in 0..MAX_PROPOSALS {
        between(proposer)?;
        match proposer.ask(&space, Seed::new(i))? {
            Next::Proposal(proposal) => {
                space.validate(&proposal.architecture)?;
                let value = value(&proposal);
                proposer.tell(&proposal, &Outcome::from(value.map(|value| vec![value])))?;
                proposals.push(*proposal);
            }
            Next::Wait => return Err(Error::conformance("it waits although everything was told")),
            Next::Done => return Ok((proposals, true)),
        }
    }
    Ok((proposals, false))
}

fn plain(open: &mut Open<'_>) -> Result<(Vec<Proposal>, bool)> {
    search(&mut open()?, |proposal| Some(score_of(proposal)), |_| Ok(()))
}

fn proposals_are_valid(open: &mut Open<'_>) -> Result<()> {
    let (proposals, _) = plain(open)?;
    expect(!proposals.is_empty(), || "it proposes nothing".into())
}

fn as_many_as_it_says(open: &mut Open<'_>) -> Result<()> {
    let Some(total) = open()?.total() else { return Ok(()) };
    let (proposals, done) = plain(open)?;
    let found = proposals.len() as u64;
    let fits = if done { found == total } else { total >= MAX_PROPOSALS };
    expect(fits, || format!("it promises {total} proposals and made {found}"))
}

fn the_seed_decides(open: &mut Open<'_>) -> Result<()> {
    expect(plain(open)? == plain(open)?, || "the same seeds gave other proposals".into())
}

fn saved_and_loaded_it_goes_on(open: &mut Open<'_>) -> Result<()> {
    let expected = plain(open)?;
    let found = search(
        &mut open()?,
        |proposal| Some(score_of(proposal)),
        |proposer| {
            let text = proposer.save()?.to_string();
            let state: Value = serde_json::from_str(&text).map_err(|e| Error::conformance(e.to_string()))?;
            *proposer = open()?;
            proposer.load(&state)
        },
    )?;
    expect(found == expected, || "saved and loaded before each proposal, it makes others".into())
}

fn it_waits_or_proposes(open: &mut Open<'_>) -> Result<()> {
    let (space, mut proposer) = (space(), open()?);
    let mut pending = Vec::new();
    for i in 0..MAX_PROPOSALS {
        match proposer.ask(&space, Seed::new(i))? {
            Next::Proposal(proposal) => pending.push(proposal),
            Next::Wait | Next::Done => break,
        }
    }
    expect(!pending.is_empty(), || "it waits before it has proposed anything".into())?;
    // Told in the reverse order.
    pending
        .iter()
        .rev()
        .try_for_each(|proposal| proposer.tell(proposal, &Outcome::of([score_of(proposal)])))?;
    let next = proposer.ask(&space, Seed::new(MAX_PROPOSALS))?;
    expect(next != Next::Wait, || "it waits although everything was told".into())
}

fn failed_evaluations(open: &mut Open<'_>) -> Result<()> {
    for value in [None, Some(f64::NAN), Some(f64::INFINITY)] {
        search(&mut open()?, |_| value, |_| Ok(()))?;
    }
    Ok(())
}

fn wrong_states_are_refused(open: &mut Open<'_>) -> Result<()> {
    for state in [Value::from("nonsense"), Value::from(vec![1, 2])] {
        expect(open()?.load(&state).is_err(), || format!("it loads {state}"))?;
    }
    Ok(())
}
