//! Search spaces: the functions `space_*` of the table.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use smash_sdk::abi::{self, Buf, Code, DecideFn, ERR_INVALID_ARGUMENT, Error};
use smash_sdk::buf;
use smash_sdk::decide::RemoteDecide;
use smash_sdk::guard::{Failure, guard};
use smash_sdk::handle::{self, acquire};
use smash_sdk::host_functions::with_log;
use smash_sdk::network;

use super::arguments::{OutParam, on_context};
use crate::Result;
use crate::embed::{Context, Space};

/// Runs a call on a space, which several threads may use at once.
///
/// # Safety
/// As [`open`].
unsafe fn on_space(
    space: *const abi::Space,
    err: *mut *mut Error,
    call: impl FnOnce(&Space) -> Result<(), Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller; `into_handle` was given a `Space`.
        let space = unsafe { acquire::<Space, _>(space, "space") }?;
        with_log(space.context().log(), || call(&space))
    })
}

/// Runs a call on a space that makes a text of another one.
///
/// # Safety
/// As [`open`].
unsafe fn of_text(
    space: *const abi::Space,
    (text, len, name): (*const c_char, usize, &str),
    out: *mut Buf,
    err: *mut *mut Error,
    call: impl FnOnce(&Space, &str) -> Result<String>,
) -> Code {
    let call = |space: &Space| {
        // SAFETY: promised by the caller.
        let (out, text) = unsafe { (OutParam::new(out, "out")?, buf::text(text, len, name)?) };
        out.text(call(space, text)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, call) }
}

/// # Safety
/// As `smash.h` asks of every caller: each pointer is null or valid for the call, as its type says.
pub(super) unsafe extern "C" fn open(
    context: *const abi::Context,
    request: *const c_char,
    len: usize,
    out: *mut *mut abi::Space,
    err: *mut *mut Error,
) -> Code {
    let call = |context: Arc<Context>| {
        // SAFETY: promised by the caller.
        let (out, request) = unsafe { (OutParam::new(out, "out")?, buf::text(request, len, "request")?) };
        out.handle(Space::open(context, request)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_context(context, err, call) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn schema(
    space: *const abi::Space,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, |space| OutParam::new(out, "out")?.text(space.schema()?)) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn sample(
    space: *const abi::Space,
    seed: u64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, |space| OutParam::new(out, "out")?.text(space.sample(seed)?)) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn mutate(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    seed: u64,
    rate: f64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |space: &Space, architecture: &str| space.mutate(architecture, seed, rate);
    // SAFETY: promised by the caller.
    unsafe { of_text(space, (architecture, len, "architecture"), out, err, call) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn crossover(
    space: *const abi::Space,
    first: *const c_char,
    first_len: usize,
    second: *const c_char,
    second_len: usize,
    seed: u64,
    rate: f64,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |space: &Space| {
        // SAFETY: promised by the caller.
        let (out, first, second) = unsafe {
            (
                OutParam::new(out, "out")?,
                buf::text(first, first_len, "first")?,
                buf::text(second, second_len, "second")?,
            )
        };
        out.text(space.crossover(first, second, seed, rate)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, call) }
}

/// # Safety
/// As [`open`]; the callback may be called with `user` during the call.
pub(super) unsafe extern "C" fn draw(
    space: *const abi::Space,
    decide: Option<DecideFn>,
    user: *mut c_void,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |space: &Space| {
        let decide = decide.ok_or((ERR_INVALID_ARGUMENT, "decide: found a null pointer".to_owned()))?;
        // SAFETY: promised by the caller.
        let (out, mut decide) = unsafe { (OutParam::new(out, "out")?, RemoteDecide::new(decide, user)) };
        out.text(space.draw(&mut decide)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, call) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn validate(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    err: *mut *mut Error,
) -> Code {
    let call = |space: &Space| {
        // SAFETY: promised by the caller.
        Ok(space.validate(unsafe { buf::text(architecture, len, "architecture") }?)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, call) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn graph(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    network: u32,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    let call = |space: &Space| {
        // SAFETY: promised by the caller.
        let (out, architecture) =
            unsafe { (OutParam::new(out, "out")?, buf::text(architecture, len, "architecture")?) };
        out.text(space.graph(architecture, network::scheme(network)?)?)
    };
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, call) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn count(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { of_text(space, (architecture, len, "architecture"), out, err, Space::count) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn decisions(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { of_text(space, (architecture, len, "architecture"), out, err, Space::decisions) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn parameters(
    space: *const abi::Space,
    architecture: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { of_text(space, (architecture, len, "architecture"), out, err, Space::parameters) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn from_parameters(
    space: *const abi::Space,
    parameters: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller.
    unsafe { of_text(space, (parameters, len, "parameters"), out, err, Space::with_parameters) }
}

/// # Safety
/// As [`open`].
pub(super) unsafe extern "C" fn size(space: *const abi::Space, out: *mut Buf, err: *mut *mut Error) -> Code {
    // SAFETY: promised by the caller.
    unsafe { on_space(space, err, |space| OutParam::new(out, "out")?.text(space.size()?)) }
}

/// # Safety
/// As [`open`]; the space is not used again.
pub(super) unsafe extern "C" fn free(space: *mut abi::Space) {
    // SAFETY: promised by the caller.
    unsafe { handle::free::<Space, _>(space) }
}
