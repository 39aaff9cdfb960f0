#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The built program, and the files that it leaves behind.

#[cfg(unix)]
mod faults;
mod formats;
mod golden;
mod modelnet10;
#[cfg(unix)]
mod resume;
mod starting;
mod validate;
