//! The vtable of a Rust proposer.

use std::ffi::{c_char, c_void};

use serde_json::{Value, json};
use smash_core::Error as Core;
use smash_core::random::Seed;
use smash_core::strategy::{Next, Outcome, Proposal, Proposer, Trial};

use crate::abi::{
    Buf, Code, ERR_INVALID_ARGUMENT, Error, Outcome as RawOutcome, ProposerVtable, SpaceVtable, UNKNOWN,
};
use crate::buf::{slice, text};
use crate::guard::{Failure, write_out};
use crate::instance::Instance;
use crate::sized;
use crate::space::import::ForeignSpace;

/// What stands behind the opaque `this` pointer.
pub(crate) type Search = Box<dyn Proposer>;

/// The vtable of a proposer.
pub(crate) static VTABLE: ProposerVtable = ProposerVtable {
    struct_size: size_of::<ProposerVtable>(),
    ask,
    tell,
    add: Some(add),
    rank: Some(rank),
    total: Some(total),
    save,
    load,
    destroy,
};

unsafe extern "C" fn ask(
    this: *mut c_void,
    seed: u64,
    space: *const SpaceVtable,
    space_this: *mut c_void,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: the host promises that `this`, the space, texts and out-pointers are valid, as in every
    // function below.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let space = ForeignSpace::borrowed(space, space_this)?;
            let answer = match search.ask(&space, Seed::new(seed))? {
                Next::Wait => json!({"next": "wait"}),
                Next::Done => json!({"next": "done"}),
                Next::Proposal(proposal) => {
                    json!({"next": "proposal", "architecture": proposal.architecture, "phase": proposal.phase})
                }
            };
            write_out(out, "out", Buf::text(answer.to_string()))
        })
    }
}

unsafe extern "C" fn tell(
    this: *mut c_void,
    proposal: *const c_char,
    len: usize,
    outcome: *const RawOutcome,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let proposal: Proposal = parse(text(proposal, len, "proposal")?, "proposal")?;
            search.tell(&proposal, &read(outcome)?)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn add(
    this: *mut c_void,
    proposal: *const c_char,
    len: usize,
    outcome: *const RawOutcome,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let proposal: Proposal = parse(text(proposal, len, "proposal")?, "proposal")?;
            search.add(&proposal, &read(outcome)?)?;
            Ok(())
        })
    }
}

/// # Safety
/// The outcome and its values are valid for this call.
unsafe fn read(outcome: *const RawOutcome) -> Result<Outcome, Failure> {
    // SAFETY: promised by the caller.
    let outcome = unsafe { sized::read(outcome, "outcome") }?;
    let known = |number: u64| (number != UNKNOWN).then_some(number);
    let finite = |number: f64| number.is_finite().then_some(number);
    Ok(Outcome {
        // SAFETY: promised by the caller.
        values: unsafe { slice(outcome.values, outcome.n_values) }.to_vec(),
        error: finite(outcome.error),
        params: known(outcome.params),
        macs: known(outcome.macs),
        latency: finite(outcome.latency),
    })
}

unsafe extern "C" fn rank(
    this: *mut c_void,
    trials: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let trials: Vec<Trial> = parse(text(trials, len, "trials")?, "trials")?;
            write_out(out, "out", Buf::text(json!(search.rank(&trials)?).to_string()))
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    smash_core::json::from_str(text).map_err(|e| (ERR_INVALID_ARGUMENT, format!("{what}: {e}")).into())
}

unsafe extern "C" fn total(this: *mut c_void) -> u64 {
    let mut total = None;
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, std::ptr::null_mut(), |search| {
            total = search.total();
            Ok(())
        });
    }
    total.unwrap_or(UNKNOWN)
}

unsafe extern "C" fn save(this: *mut c_void, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let text = serde_json::to_string(&search.save()?).map_err(|e| Core::checkpoint(e.to_string()))?;
            write_out(out, "out", Buf::text(text))
        })
    }
}

unsafe extern "C" fn load(this: *mut c_void, state: *const c_char, len: usize, err: *mut *mut Error) -> Code {
    // SAFETY: as in `ask`.
    unsafe {
        Instance::<Search>::call(this, err, |search| {
            let state: Value = parse(text(state, len, "state")?, "state")?;
            search.load(&state)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: as in `ask`.
    unsafe { Instance::<Search>::destroy(this) }
}
