//! The one loop: steps a session and calls what has to be done between steps.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Event, Phase, Session};
use crate::error::Error;

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything is done.
    Done,
    /// A limit was reached; the session can go on or be saved.
    Paused,
    /// It was asked to stop; the session can go on or be saved.
    Cancelled,
}

/// What is done between the steps of a session: logs, checkpoints, limits, whoever watches. Every call may fail, with an error
/// of its own, and ends the drive by that.
pub trait Between<E = Error> {
    /// Called before each step; `Some` ends the drive instead.
    ///
    /// # Errors
    /// Whatever keeps the session from going on.
    fn before(&mut self, session: &Session) -> Result<Option<End>, E>;

    /// The events of a step, also of one that failed.
    ///
    /// # Errors
    /// When they cannot be written down, say. That error goes before the step's.
    fn events(&mut self, session: &Session, events: &[Event]) -> Result<(), E>;

    /// Called after each step that did not fail; `Some` ends the drive there.
    ///
    /// # Errors
    /// Whatever keeps the session from going on.
    fn after(&mut self, _session: &mut Session) -> Result<Option<End>, E> {
        Ok(None)
    }
}

/// Steps a session until everything is done, or what is called between steps ends it.
///
/// # Errors
/// As [`Session::step`], and those of `between`.
pub fn drive<E: From<Error>>(session: &mut Session, between: &mut dyn Between<E>) -> Result<End, E> {
    while session.phase() != Phase::Done {
        if let Some(end) = between.before(session)? {
            return Ok(end);
        }
        let mut events = Vec::new();
        let stepped = session.step(&mut |event: &Event| events.push(event.clone()));
        between.events(session, &events)?;
        stepped?;
        if let Some(end) = between.after(session)? {
            return Ok(end);
        }
    }
    Ok(End::Done)
}

/// Ends a drive when the flag is set.
struct Cancel<'a>(&'a AtomicBool);

impl Between for Cancel<'_> {
    fn before(&mut self, _: &Session) -> Result<Option<End>, Error> {
        Ok(self.0.load(Ordering::Relaxed).then_some(End::Cancelled))
    }

    fn events(&mut self, _: &Session, _: &[Event]) -> Result<(), Error> {
        Ok(())
    }
}

impl Session {
    /// Steps until everything is done or `cancel` is set.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(&mut self, cancel: &AtomicBool) -> crate::Result<End> {
        drive(self, &mut Cancel(cancel))
    }
}
