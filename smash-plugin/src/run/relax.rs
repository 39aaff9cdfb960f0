//! Going on with a run under constraints that are looser than those it was begun with.
//!
//! A kill at any moment leaves a folder with which either job goes on: until the next checkpoint the state
//! keeps the constraints from before, and knows no checksum of `job.json`.

use smash_core::backend::Snapshot;
use smash_core::session::{Event, Session};

use super::checkpoint::{self, SavedRun};
use super::log::EventLog;
use super::names::{BEST, HYPERNET, JOB, METRICS, MODEL, PICTURE, RANKING};
use super::{RunFolder, file, weights};
use crate::seal::sha256;
use crate::{Error, Job, Result};

/// What a finished run leaves, and a search that goes on replaces.
const RESULTS: [&str; 5] = [RANKING, BEST, MODEL, METRICS, PICTURE];

/// Whether a job relaxes the constraints of a saved run; `identity` is that of a job.
///
/// # Errors
/// When the run belongs to another job.
pub(super) fn is_relaxed(
    folder: &RunFolder,
    saved: &SavedRun,
    job: &Job,
    identity: &dyn Fn(&Job) -> String,
) -> Result<bool> {
    if saved.identity == identity(job) {
        return Ok(false);
    }
    let before = saved.constraints.filter(|before| {
        job.constraints.are_looser_than(before)
            && saved.identity == identity(&Job { constraints: *before, ..job.clone() })
    });
    if before.is_none() {
        return Err(Error::run(
            folder.path(),
            "this run folder belongs to another job (its job.json differs in more than looser constraints): choose \
             another folder with --out",
        ));
    }
    Ok(true)
}

/// The HyperNet of a run whose search is over, to search with it again; `None` for one that goes on where it
/// is.
///
/// # Errors
/// When the HyperNet is not there any more, or was damaged.
pub(super) fn hypernet(folder: &RunFolder, saved: &SavedRun) -> Result<Option<Snapshot>> {
    if !saved.session.is_searched() {
        return Ok(None);
    }
    let path = folder.file(HYPERNET);
    let gone = || {
        let message = "is missing, and without it the search cannot be made again: restore it from a copy, or begin \
                       a new run in another folder with --out";
        Error::run(&path, message)
    };
    let (tensors, _) = weights::decode(&path, &folder.read(HYPERNET)?.ok_or_else(gone)?)?;
    weights::expect_finite(&path, &tensors)?;
    Ok(Some(Snapshot { tensors, ..Snapshot::default() }))
}

/// Records the job whose constraints are looser, in the log, in `job.json` and in a checkpoint. The results
/// of a search that is over stay in a folder of their own.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn record(
    folder: &RunFolder,
    (session, log): (&Session, &mut EventLog),
    saved: &mut SavedRun,
    (job, identity): (&Job, String),
) -> Result<()> {
    let again = saved.session.is_searched();
    if again {
        keep_results(folder)?;
    }
    saved.files.remove(JOB);
    checkpoint::commit(folder, saved)?;
    let text = file::json(JOB.as_ref(), &job.resolved())?;
    folder.write(JOB, &text)?;
    saved.files.insert(JOB.to_owned(), sha256(text));
    (saved.identity, saved.constraints) = (identity, Some(job.constraints));
    if again {
        (saved.metrics, saved.card) = (None, None);
        saved.files.retain(|name, _| !RESULTS.contains(&&**name));
    }
    log.append(&[Event::Relaxed { constraints: job.constraints }])?;
    if again {
        log.append(&[session.search_begins()])?;
    }
    log.sync()?;
    checkpoint::save(folder, (session, log), saved)?;
    if again {
        RESULTS.iter().try_for_each(|name| folder.remove(name))?;
    }
    Ok(())
}

/// Copies the results of a search that is over to the first of the folders `earlier-1`, `earlier-2` … that
/// holds no others; one that a killed process began is completed.
fn keep_results(folder: &RunFolder) -> Result<()> {
    let mut results = Vec::new();
    for name in RESULTS {
        results.extend(folder.read(name)?.map(|bytes| (name, bytes)));
    }
    for number in 1_u32.. {
        let earlier = folder.inner(&format!("earlier-{number}"))?;
        let io = |name: &str, source| Error::io(earlier.file(name), source);
        let (mut missing, mut others) = (Vec::new(), false);
        for (name, bytes) in &results {
            match earlier.has(name).and_then(|has| has.then(|| earlier.read(name)).transpose()) {
                Ok(None) => missing.push((*name, bytes)),
                Ok(Some(found)) => others |= found != *bytes,
                Err(source) => return Err(io(name, source)),
            }
        }
        if !others {
            return missing
                .into_iter()
                .try_for_each(|(name, bytes)| earlier.write(name, bytes).map_err(|source| io(name, source)));
        }
    }
    Ok(())
}
