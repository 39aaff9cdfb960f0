#![forbid(unsafe_code)]
//! Public datasets from where their authors keep them: downloaded, checked, and unpacked where a loader needs that.
//!
//! A download goes on where it was cut off, is compared with its published size and SHA-256 before it gets its name, and
//! never replaces a file that is already there. This crate is the only one that speaks HTTP: what embeds SMASH as a
//! library does not link it.

mod archive;
mod catalogue;
mod checksum;
mod client;
mod control;
mod download;
mod error;
mod part;
mod settings;
mod source;
mod unpack;

pub use catalogue::{SOURCES, find};
pub use control::{Control, Progress};
pub use error::{Error, Result};
pub use settings::Settings;
pub use source::{File, Source, Unpack};
