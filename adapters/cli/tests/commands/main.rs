#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
//! The built program, command by command.

mod bad_input;
mod baselines;
mod convert;
mod data;
mod ends;
mod export;
mod fetch;
mod fetch_secure;
mod kit;
mod look;
mod model_files;
mod own_data;
mod picture;
mod predict_arrays;
mod predict_files;
mod runs;
mod untrusted_text;
