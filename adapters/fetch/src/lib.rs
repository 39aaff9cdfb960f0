#![forbid(unsafe_code)]
//! Downloads public datasets from their authors' servers, verifies their checksums, and unpacks archives
//! where a loader needs that.
//!
//! An interrupted download is resumed, is verified against its published size and SHA-256 before it gets its
//! final name, and never replaces an existing file. This crate is the only one that speaks HTTP: programs
//! that embed SMASH as a library do not link it.

mod archive;
mod catalogue;
mod checksum;
mod client;
mod control;
mod download;
mod error;
mod partial_file;
mod settings;
mod source;
mod unpack;

pub use catalogue::{SOURCES, find};
pub use control::{Control, Progress};
pub use error::{Error, Result};
pub use settings::Settings;
pub use source::{File, Source, Unpack};
