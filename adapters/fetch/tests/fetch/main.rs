#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
//! Downloads and what is unpacked from them, from servers on the loopback interface.

mod download;
mod kit;
mod unpack;
