//! A plugin's space, or one that the host lends, as a [`SearchSpace`].

use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use smash_core::architecture::Architecture;
use smash_core::decision::{self, Decide, Made, RandomDecide};
use smash_core::graph::Graph;
use smash_core::random::Random;
use smash_core::space::{Description, PartOutline, PlaneSpec, SearchSpace, WeightScheme, undescribed};
use smash_core::task::Task;
use smash_core::{Error, Result};

use super::description::{ARCHITECTURE, DescriptionHead, SpaceInfo, check_outline};
use crate::abi::{self, Buf, Code, SpaceVtable};
use crate::buf::OwnedBuf;
use crate::decide::LentDecide;
use crate::error::faulty;
use crate::vtable::Handle;
use crate::{graph, network, tensor};

/// A space behind a vtable.
pub(crate) struct ForeignSpace {
    info: SpaceInfo,
    /// The task that it was made for; not known of a borrowed space.
    task: Option<Task>,
    handle: Mutex<Handle<SpaceVtable>>,
}

impl ForeignSpace {
    /// An owned space, destroyed with the value; on an error too.
    ///
    /// # Safety
    /// As [`Handle::new`].
    pub(crate) unsafe fn new(vtable: *const SpaceVtable, this: *mut c_void, task: &Task) -> Result<Self> {
        // SAFETY: promised by the caller.
        Self::open(unsafe { Handle::new(vtable, this) }?, Some(task.clone()))
    }

    /// A space that is borrowed for a call.
    ///
    /// # Safety
    /// As [`Handle::new`]; `this` outlives the result.
    pub(crate) unsafe fn borrowed(vtable: *const SpaceVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Self::open(unsafe { Handle::borrowed(vtable, this) }?, None)
    }

    fn open(handle: Handle<SpaceVtable>, task: Option<Task>) -> Result<Self> {
        // SAFETY: `this` belongs to the vtable; texts and out-pointers are valid for the call, as in every
        // call below.
        let info: SpaceInfo = handle.json("info", |v, this, out, err| unsafe { (v.info)(this, out, err) })?;
        info.check().map_err(faulty)?;
        Ok(Self { info, task, handle: Mutex::new(handle) })
    }

    fn handle(&self) -> MutexGuard<'_, Handle<SpaceVtable>> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that returns an architecture of this space.
    fn architecture(
        &self,
        what: &str,
        call: impl FnOnce(&SpaceVtable, *mut c_void, *mut Buf, *mut *mut abi::Error) -> Code,
    ) -> Result<Architecture> {
        let bytes = self.handle().bytes(call)?;
        if bytes.as_bytes().len() > ARCHITECTURE {
            return Err(faulty(format!("{what}: an architecture has at most {ARCHITECTURE} bytes")));
        }
        let architecture: Architecture = json(what, &bytes)?;
        if architecture.space != self.info.id {
            let (expected, found) = (&self.info.id, &architecture.space);
            return Err(faulty(format!(
                "{what}: expected an architecture of the space {expected:?}, found {found:?}"
            )));
        }
        Ok(architecture)
    }

    fn description(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        let describe = self.handle().vtable.describe;
        let Some(describe) = describe else {
            return Err(undescribed(self.id()));
        };
        let text = text(architecture)?;
        let mut plane = ptr::null_mut();
        let place = &raw mut plane;
        let head = self.handle().bytes(|_, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { describe(this, text.as_ptr().cast(), text.len(), progress, out, place, err) }
        });
        let head = head?;
        // SAFETY: the plugin handed it over in a call that succeeded.
        let plane = unsafe { tensor::import(plane, "plane") };
        let plane = plane.map_err(|(_, message)| faulty(format!("describe: {message}")))?;
        let head: DescriptionHead = json("describe", &head)?;
        head.with(plane, self.info.plane()).map_err(|message| faulty(format!("describe: {message}")))
    }
}

fn text(architecture: &Architecture) -> Result<String> {
    serde_json::to_string(architecture).map_err(|e| Error::invalid("", e.to_string()))
}

fn json<T: serde::de::DeserializeOwned>(what: &str, bytes: &OwnedBuf) -> Result<T> {
    smash_core::json::from_slice(bytes.as_bytes()).map_err(|e| faulty(format!("{what}: {e}")))
}

impl SearchSpace for ForeignSpace {
    fn id(&self) -> &str {
        &self.info.id
    }

    fn choices_schema(&self) -> Value {
        self.info.choices.clone().unwrap_or(Value::Bool(true))
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let mut lent = LentDecide::new(decide);
        let (function, user) = (lent.function(), lent.user());
        let drawn = self.architecture("draw", |v, this, out, err| {
            // SAFETY: as in `open`; what is lent lives until the call is over.
            unsafe { (v.draw)(this, function, user, out, err) }
        });
        lent.result(drawn)
    }

    fn decisions(&self, architecture: &Architecture) -> Result<Vec<Made>> {
        let decisions = self.handle().vtable.decisions;
        let Some(decisions) = decisions else {
            return decision::recall(&|decide| self.draw(decide), architecture, &decision::lookup);
        };
        let text = text(architecture)?;
        let bytes = self.handle().bytes(|_, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { decisions(this, text.as_ptr().cast(), text.len(), out, err) }
        })?;
        json("decisions", &bytes)
    }

    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        let sample = self.handle().vtable.sample;
        let Some(sample) = sample else { return self.draw(&mut RandomDecide(random)) };
        let seed = random.bits();
        // SAFETY: as in `open`.
        self.architecture("sample", |_, this, out, err| unsafe { sample(this, seed, progress, out, err) })
    }

    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        let mutate = self.handle().vtable.mutate;
        let Some(mutate) = mutate else {
            let base = self.decisions(architecture)?;
            return decision::mutate(&|decide| self.draw(decide), &base, random, rate);
        };
        let (text, seed) = (text(architecture)?, random.bits());
        self.architecture("mutate", |_, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { mutate(this, text.as_ptr().cast(), text.len(), seed, rate, out, err) }
        })
    }

    fn crossover(
        &self,
        first: &Architecture,
        second: &Architecture,
        random: &mut Random,
        rate: f64,
    ) -> Result<Architecture> {
        let crossover = self.handle().vtable.crossover;
        let Some(crossover) = crossover else {
            let (first, second) = (self.decisions(first)?, self.decisions(second)?);
            return decision::crossover(&|decide| self.draw(decide), &first, &second, random, rate);
        };
        let (first, second, seed) = (text(first)?, text(second)?, random.bits());
        self.architecture("crossover", |_, this, out, err| {
            let (a, b) = (first.as_ptr().cast(), second.as_ptr().cast());
            // SAFETY: as in `open`.
            unsafe { crossover(this, a, first.len(), b, second.len(), seed, rate, out, err) }
        })
    }

    fn convert(&self, architecture: &Architecture) -> Result<Architecture> {
        let convert = self.handle().vtable.convert;
        let Some(convert) = convert else {
            return Err(Error::invalid(
                "/space",
                format!("the space {:?} cannot convert architectures", self.id()),
            ));
        };
        let text = text(architecture)?;
        self.architecture("convert", |_, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { convert(this, text.as_ptr().cast(), text.len(), out, err) }
        })
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        let validate = self.handle().vtable.validate;
        let Some(validate) = validate else { return self.decisions(architecture).map(drop) };
        let text = text(architecture)?;
        // SAFETY: as in `open`.
        self.handle().call(|_, this, err| unsafe { validate(this, text.as_ptr().cast(), text.len(), err) })
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let text = text(architecture)?;
        let network = network::number(scheme);
        let bytes = self.handle().bytes(|v, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { (v.build)(this, text.as_ptr().cast(), text.len(), network, out, err) }
        })?;
        graph::read(bytes.as_bytes(), self.task.as_ref())
            .map_err(|message| faulty(format!("build: {message}")))
    }

    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        self.description(architecture, 1.0)
    }

    fn describe_at(&self, architecture: &Architecture, progress: f64) -> Result<Description> {
        self.description(architecture, progress)
    }

    fn graph_travels(&self) -> bool {
        true
    }

    fn plane(&self) -> PlaneSpec {
        self.info.plane()
    }

    fn outline(&self, architecture: &Architecture) -> Result<Vec<PartOutline>> {
        let outline = self.handle().vtable.outline;
        let Some(outline) = outline else { return Ok(Vec::new()) };
        let text = text(architecture)?;
        let bytes = self.handle().bytes(|_, this, out, err| {
            // SAFETY: as in `open`.
            unsafe { outline(this, text.as_ptr().cast(), text.len(), out, err) }
        })?;
        let outline: Vec<PartOutline> = json("outline", &bytes)?;
        check_outline(&outline).map_err(|message| faulty(format!("outline: {message}")))?;
        Ok(outline)
    }
}
