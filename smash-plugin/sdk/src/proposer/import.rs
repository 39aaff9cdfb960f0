//! A plugin's proposer as a [`Proposer`].

use std::ffi::c_void;

use serde::Deserialize;
use serde_json::Value;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::strategy::{Next, Proposal, Proposer};
use smash_core::{Error, Result};

use crate::abi::{ProposerVtable, TOTAL_UNKNOWN};
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

    fn tell(&mut self, proposal: &Proposal, values: Option<&[f64]>) -> Result<()> {
        let proposal = serde_json::to_string(proposal).map_err(|e| Error::State(e.to_string()))?;
        let (data, n) = values.map_or((std::ptr::null(), 0), |values| (values.as_ptr(), values.len()));
        self.0.call(|v, this, err| {
            // SAFETY: as in `ask`.
            unsafe { (v.tell)(this, proposal.as_ptr().cast(), proposal.len(), data, n, err) }
        })
    }

    fn total(&self) -> Option<u64> {
        // SAFETY: as in `ask`.
        let total = self.0.peek(|v, this| v.total.map(|total| unsafe { total(this) }));
        total.filter(|&total| total != TOTAL_UNKNOWN)
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
