//! The kinds of components that a plugin brings: by number in its table, by word in its manifest.
//!
//! They are what a plugin has, a job's keys are what it is used for: a proposer stands under `strategy` in a
//! job, with an estimator of the host.

use smash_core::component::Kind;

use super::layout::{KIND_BACKEND, KIND_DATASET, KIND_ESTIMATOR, KIND_PROPOSER, KIND_SPACE};

/// The words, in the order of the numbers.
pub const WORDS: [&str; 5] = ["space", "proposer", "estimator", "dataset", "backend"];

/// The number of a kind.
pub const fn number(kind: Kind) -> u32 {
    match kind {
        Kind::Space => KIND_SPACE,
        Kind::Strategy => KIND_PROPOSER,
        Kind::Estimator => KIND_ESTIMATOR,
        Kind::Dataset => KIND_DATASET,
        Kind::Backend => KIND_BACKEND,
    }
}

/// The word for a kind.
pub const fn word(kind: Kind) -> &'static str {
    WORDS[number(kind) as usize - 1]
}

/// The kind with a number.
pub fn of_number(found: u32) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| number(*kind) == found)
}

/// The kind that a word stands for.
///
/// # Errors
/// Which words there are, and what to do with one of before version 1.0 of the ABI.
pub fn of_word(found: &str) -> Result<Kind, String> {
    let kind = Kind::ALL.into_iter().find(|kind| word(*kind) == found);
    kind.ok_or_else(|| match found {
        "strategy" | "search_space" => {
            let now = if found == "strategy" { "proposer" } else { "space" };
            format!(
                "expected the kind {now:?}, found {found:?}, as before version 1.0 of the ABI: build the plugin with \
                 the smash.h or the smash-sdk of this SMASH, then write its manifest again (smash plugin manifest LIBRARY)"
            )
        }
        _ => format!("expected one of the kinds {}, found {found:?}", WORDS.join(", ")),
    })
}
