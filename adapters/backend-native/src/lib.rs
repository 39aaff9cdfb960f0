//! See the crate's README.
mod kernel;
