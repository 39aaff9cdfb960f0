//! The networks of one architecture, by their numbers `NETWORK_…`.

use smash_core::space::WeightScheme;

use crate::abi::{ERR_INVALID_ARGUMENT, NETWORK_ONE_SHOT, NETWORK_STANDALONE};
use crate::guard::Failure;

/// The network of a number.
///
/// # Errors
/// No network has this number.
pub fn scheme(number: u32) -> Result<WeightScheme, Failure> {
    match number {
        NETWORK_ONE_SHOT => Ok(WeightScheme::OneShot),
        NETWORK_STANDALONE => Ok(WeightScheme::Standalone),
        _ => Err((ERR_INVALID_ARGUMENT, format!("network: expected 0 or 1, found {number}")).into()),
    }
}

pub(crate) fn number(scheme: WeightScheme) -> u32 {
    match scheme {
        WeightScheme::OneShot => NETWORK_ONE_SHOT,
        WeightScheme::Standalone => NETWORK_STANDALONE,
    }
}
