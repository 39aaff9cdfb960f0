//! Files as earlier versions wrote them, for runs that they began.

use serde::Serialize;
use smash_core::architecture::Architecture;
use smash_core::session::Record;

use super::file;
use super::names::RANKING;
use crate::Result;

/// The first format of sessions whose trials have a `trial_id` and all their `values`.
pub(super) const NAMED: u32 = 3;

/// A line of the ranking before [`NAMED`].
#[derive(Serialize)]
struct Line<'a> {
    id: u64,
    hash: &'a str,
    phase: &'a str,
    loss: Option<f64>,
    error: Option<f64>,
    params: u64,
    macs: u64,
    architecture: &'a Architecture,
}

impl<'a> From<&'a Record> for Line<'a> {
    fn from(record: &'a Record) -> Self {
        let Record { trial_id, hash, phase, loss, error, values: _, params, macs, architecture } = record;
        Self {
            id: *trial_id,
            hash,
            phase,
            loss: *loss,
            error: *error,
            params: *params,
            macs: *macs,
            architecture,
        }
    }
}

/// The ranking before [`NAMED`], whose checksum a checkpoint of then has.
pub(super) fn ranking(records: &[Record]) -> Result<Vec<u8>> {
    file::json_lines(RANKING.as_ref(), &records.iter().map(Line::from).collect::<Vec<_>>())
}
