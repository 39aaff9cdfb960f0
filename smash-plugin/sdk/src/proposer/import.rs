//! A plugin's proposer as a [`Proposer`].

use std::collections::BTreeSet;
use std::ffi::c_void;

use serde::Deserialize;
use serde_json::Value;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::strategy::{Next, Outcome, Proposal, Proposer, Trial};
use smash_core::{Error, Result};

use crate::abi::{self, ProposerVtable, TellFn, UNKNOWN};
use crate::error::faulty;
use crate::space::export::BorrowedSpace;
use crate::vtable::Handle;

/// A proposer behind a vtable.
pub(crate) struct ForeignProposer(Handle<ProposerVtable>);

impl ForeignProposer {
    /// # Safety
    /// As [`Handle::new`].
    pub(crate) unsafe fn new(vtable: *const ProposerVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self(unsafe { Handle::new(vtable, this) }?))
    }
}

impl ForeignProposer {
    fn inform(&self, tell: TellFn, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        let proposal = serde_json::to_string(proposal).map_err(|e| Error::State(e.to_string()))?;
        let outcome = abi::Outcome {
            struct_size: size_of::<abi::Outcome>(),
            values: outcome.values.as_ptr(),
            n_values: outcome.values.len(),
            error: outcome.error.unwrap_or(f64::NAN),
            latency: outcome.latency.unwrap_or(f64::NAN),
            params: outcome.params.unwrap_or(UNKNOWN),
            macs: outcome.macs.unwrap_or(UNKNOWN),
        };
        self.0.call(|_, this, err| {
            // SAFETY: as in `ask`.
            unsafe { tell(this, proposal.as_ptr().cast(), proposal.len(), &raw const outcome, err) }
        })
    }
}

/// The answer of the vtable's `ask`.
#[derive(Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
enum Answer {
    Proposal(Proposal),
    Wait {},
    Done {},
}

impl Proposer for ForeignProposer {
    fn ask(&mut self, space: &dyn SearchSpace, seed: Seed) -> Result<Next> {
        let seed = seed.random().bits();
        let borrowed = BorrowedSpace::new(space);
        let answer = self.0.json("ask", |v, this, out, err| {
            // SAFETY: `this` belongs to the vtable; the space and the out-pointers are valid for the call.
            unsafe { (v.ask)(this, seed, borrowed.vtable(), borrowed.this(), out, err) }
        })?;
        match answer {
            Answer::Wait {} => Ok(Next::Wait),
            Answer::Done {} => Ok(Next::Done),
            Answer::Proposal(proposal) => {
                // A plugin may build an architecture without the space: check it.
                space
                    .validate(&proposal.architecture)
                    .map_err(|error| faulty(format!("ask: it proposes what is not valid: {error}")))?;
                Ok(Next::Proposal(Box::new(proposal)))
            }
        }
    }

    fn tell(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        self.inform(self.0.vtable.tell, proposal, outcome)
    }

    fn add(&mut self, proposal: &Proposal, outcome: &Outcome) -> Result<()> {
        self.0.vtable.add.map_or(Ok(()), |add| self.inform(add, proposal, outcome))
    }

    fn rank(&self, trials: &[Trial]) -> Result<Option<Vec<u64>>> {
        let Some(rank) = self.0.vtable.rank else { return Ok(None) };
        let text = serde_json::to_string(trials).map_err(|e| Error::State(e.to_string()))?;
        let order: Option<Vec<u64>> = self.0.json("rank", |_, this, out, err| {
            // SAFETY: as in `ask`.
            unsafe { rank(this, text.as_ptr().cast(), text.len(), out, err) }
        })?;
        let mut open: BTreeSet<u64> = trials.iter().map(|trial| trial.trial_id).collect();
        match order.iter().flatten().find(|id| !open.remove(id)) {
            None => Ok(order),
            Some(id) => Err(faulty(format!("rank: expected each trial once, found {id}"))),
        }
    }

    /// Counting is cheap beside a call to another library.
    fn looks_at_counts(&self) -> bool {
        true
    }

    fn total(&self) -> Option<u64> {
        // SAFETY: as in `ask`.
        let total = self.0.peek(|v, this| v.total.map(|total| unsafe { total(this) }));
        total.filter(|&total| total != UNKNOWN)
    }

    fn save(&self) -> Result<Value> {
        // SAFETY: as in `ask`.
        self.0.json("save", |v, this, out, err| unsafe { (v.save)(this, out, err) })
    }

    fn load(&mut self, state: &Value) -> Result<()> {
        let state = state.to_string();
        // SAFETY: as in `ask`.
        self.0.call(|v, this, err| unsafe { (v.load)(this, state.as_ptr().cast(), state.len(), err) })
    }
}
