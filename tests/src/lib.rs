#![allow(clippy::unwrap_used, reason = "what tests are made of may fail loudly")]
//! What the cross-crate tests share.

pub mod artifact;
pub mod dry;
pub mod fixture;
pub mod header;
pub mod kit;
#[cfg(unix)]
pub mod plugins;
pub mod python;
pub mod source;
