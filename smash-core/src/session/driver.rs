//! The search loop: steps a session and calls hooks between steps.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Event, Phase, Session};
use crate::error::Error;

/// Why a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The session is done.
    Done,
    /// A limit was reached; the session can continue or be saved.
    Paused,
    /// Cancelled by the user; the session can continue or be saved.
    Cancelled,
}

/// Hooks between the steps of a session, for logs, checkpoints, limits and progress. Any of them may fail,
/// with an error of its own type, which ends the drive.
pub trait Between<E = Error> {
    /// Called before each step; `Some` ends the drive before it.
    ///
    /// # Errors
    /// When the session cannot continue.
    fn before(&mut self, session: &Session) -> Result<Option<End>, E>;

    /// Called after each step, failed ones included, with its events.
    ///
    /// # Errors
    /// When the events cannot be recorded; this error takes precedence over that of the step.
    fn events(&mut self, session: &Session, events: &[Event]) -> Result<(), E>;

    /// Called after each successful step; `Some` ends the drive.
    ///
    /// # Errors
    /// When the session cannot continue.
    fn after(&mut self, _session: &mut Session) -> Result<Option<End>, E> {
        Ok(None)
    }
}

/// Steps a session until it is done or a hook ends the drive.
///
/// # Errors
/// Those of [`Session::step`] and of the hooks.
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

/// A hook that ends the drive when the flag is set.
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
    /// Steps until the session is done or `cancel` is set.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(&mut self, cancel: &AtomicBool) -> crate::Result<End> {
        drive(self, &mut Cancel(cancel))
    }
}
