//! One call that steps a session: how far it goes, and who listens.

use std::time::{Duration, Instant};

use smash_core::session::{Between, End, Event, Phase, Session};

use super::event::tell_log;
use super::status::{Control, State};
use crate::{Error, Result};

/// An event callback; returning false stops the call.
pub type Listener<'a> = &'a mut dyn FnMut(&Event) -> bool;

/// Limits of one call; without any, it goes on until the job is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Upper limit on steps.
    pub steps: Option<u64>,
    /// Upper limit on wall-clock time.
    pub time: Option<Duration>,
    /// The phase before whose first step it ends.
    pub until: Option<Phase>,
}

/// What one call does between the steps of its session: keeps its limits, publishes its status for other
/// threads, and asks the listener whether to go on.
pub(super) struct Call<'a> {
    limits: Limits,
    listener: Listener<'a>,
    control: &'a Control,
    begun: Instant,
    steps: u64,
    stop: bool,
}

impl<'a> Call<'a> {
    /// A call that begins now.
    pub(super) fn new(limits: Limits, listener: Listener<'a>, control: &'a Control) -> Self {
        Self { limits, listener, control, begun: Instant::now(), steps: 0, stop: false }
    }
}

impl Between<Error> for Call<'_> {
    fn before(&mut self, session: &Session) -> Result<Option<End>> {
        let Limits { steps, time, until } = self.limits;
        let reached = steps.is_some_and(|most| self.steps >= most)
            || time.is_some_and(|most| self.begun.elapsed() >= most)
            || until.is_some_and(|phase| session.phase() >= phase);
        self.steps += 1;
        Ok(match self.control.cancelled() {
            true => Some(End::Cancelled),
            false => reached.then_some(End::Paused),
        })
    }

    fn events(&mut self, session: &Session, events: &[Event]) -> Result<()> {
        self.control.update(session, State::Running);
        for event in events {
            tell_log(event);
            self.stop |= !(self.listener)(event);
        }
        Ok(())
    }

    fn after(&mut self, _: &mut Session) -> Result<Option<End>> {
        Ok(self.stop.then_some(End::Cancelled))
    }
}
