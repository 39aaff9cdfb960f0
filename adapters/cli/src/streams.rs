//! Whether standard output was there when the program began.
//!
//! The standard library opens `/dev/null` in place of a stream that is closed, before `main` runs: what is
//! written there is lost, and nothing fails. So this is looked at before that, by a function that the system
//! calls before all others.
#![allow(unsafe_code, reason = "a function that runs before main, and a descriptor by its number")]

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::BorrowedFd;
use rustix::io::{Errno, fcntl_getfd};

static CLOSED: AtomicBool = AtomicBool::new(false);

#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    // SAFETY: the descriptor is only asked for, and this is how one learns that it is not open.
    let output = unsafe { BorrowedFd::borrow_raw(1) };
    CLOSED.store(fcntl_getfd(output) == Err(Errno::BADF), Ordering::Relaxed);
}

/// Checks that standard output was open.
///
/// # Errors
/// The one that writing to a closed descriptor gives.
pub(crate) fn check_output() -> io::Result<()> {
    if CLOSED.load(Ordering::Relaxed) { Err(Errno::BADF.into()) } else { Ok(()) }
}
