//! A plugin's or a host's dataset as a [`Dataset`].

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::{Mutex, MutexGuard, PoisonError};

use smash_core::dataset::{Augmentation, Dataset, Normalise, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::{Error, Result};

use super::description::{DatasetDescription, FRACTION, Ranges};
use crate::abi::DatasetVtable;
use crate::vtable::Handle;

/// Number of labels that are asked for in one call.
const CHUNK: usize = 1 << 16;
/// Limit on the indices that a message lists.
const LISTED: usize = 5;

/// A dataset behind a vtable. Calls are made one at a time, on the thread that reads.
struct ForeignDataset {
    name: String,
    task: Task,
    views: usize,
    ranges: Option<Ranges>,
    augmentation: Augmentation,
    normalise: Option<Normalise>,
    class_names: Option<Vec<String>>,
    labels: Vec<u32>,
    handle: Mutex<Handle<DatasetVtable>>,
}

/// Makes the dataset of a vtable and its `this` pointer, which the result owns and destroys; on an error the
/// caller still owns it. `name` is its name in messages. The vtable is copied.
///
/// # Errors
/// When the vtable is incomplete, or the dataset's description is impossible.
///
/// # Safety
/// `vtable` is null or as large as it says, its functions do what `smash.h` says and stay loaded, and `this`
/// belongs to it.
pub unsafe fn import(
    name: &str,
    vtable: *const DatasetVtable,
    this: *mut c_void,
) -> Result<Box<dyn Dataset>> {
    // SAFETY: promised by the caller. A failure below must not destroy what the caller still owns.
    let handle = ManuallyDrop::new(unsafe { Handle::new(vtable, this) }.map_err(|e| told(name, e))?);
    let about = ForeignDataset::describe(name, &handle)?;
    Ok(Box::new(about(ManuallyDrop::into_inner(handle))))
}

/// A dataset that is borrowed.
///
/// # Errors
/// As [`import`].
///
/// # Safety
/// As [`import`]; `this` outlives the result.
pub(crate) unsafe fn borrow(
    name: &str,
    vtable: *const DatasetVtable,
    this: *mut c_void,
) -> Result<Box<dyn Dataset>> {
    // SAFETY: promised by the caller.
    let handle = unsafe { Handle::borrowed(vtable, this) }.map_err(|e| told(name, e))?;
    let about = ForeignDataset::describe(name, &handle)?;
    Ok(Box::new(about(handle)))
}

/// Adds the name of the dataset to an error.
fn told(name: &str, error: Error) -> Error {
    Error::Data(format!("{name:?}: {}", said(error)))
}

/// The message alone, without the prefix that marks it as a dataset error: that is added once.
fn said(error: Error) -> String {
    match error {
        Error::Data(text) | Error::Plugin(text) => text,
        other => other.to_string(),
    }
}

/// Reads and checks the labels of all examples.
fn labels(handle: &Handle<DatasetVtable>, examples: usize, classes: usize) -> Result<Vec<u32>> {
    let mut labels = Vec::new();
    while labels.len() < examples {
        let first = labels.len();
        // An invalid class, which shows labels that the dataset did not write.
        labels.resize(examples.min(first + CHUNK), u32::MAX);
        let out = &mut labels[first..];
        // SAFETY: as in `import`.
        handle.call(|v, this, err| unsafe {
            (v.labels)(this, first as u64, out.as_mut_ptr(), out.len(), err)
        })?;
        if let Some(i) = out.iter().position(|&label| label as usize >= classes) {
            let (index, found) = (first + i, out[i]);
            return Err(Error::Data(format!(
                "labels: expected a class below {classes} for example {index}, found {found}"
            )));
        }
    }
    Ok(labels)
}

impl ForeignDataset {
    /// Asks for all that does not change; what is returned makes the dataset.
    fn describe(
        name: &str,
        handle: &Handle<DatasetVtable>,
    ) -> Result<impl FnOnce(Handle<DatasetVtable>) -> Self + use<>> {
        let told = |error| told(name, error);
        // SAFETY: `this` belongs to the vtable; out-pointers are valid for the call, as in every call below.
        let about: DatasetDescription = handle
            .json("describe", |v, this, out, err| unsafe { (v.describe)(this, out, err) })
            .map_err(told)?;
        let examples = about.checked().map_err(|message| told(Error::Data(message)))?;
        let labels = labels(handle, examples, about.task.classes).map_err(told)?;
        let name = name.to_owned();
        Ok(move |handle| Self {
            name,
            task: about.task,
            views: about.views as usize,
            ranges: about.splits,
            augmentation: about.augmentation,
            normalise: about.normalise,
            class_names: about.class_names,
            labels,
            handle: Mutex::new(handle),
        })
    }

    fn handle(&self) -> MutexGuard<'_, Handle<DatasetVtable>> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the indices that were to be read to an error.
    fn unread(&self, indices: &[usize], error: Error) -> Error {
        let examples = match indices {
            [index] => format!("example {index}"),
            _ => {
                let listed: Vec<String> = indices.iter().take(LISTED).map(usize::to_string).collect();
                let more = if indices.len() > LISTED { ", …" } else { "" };
                format!("{} examples ({}{more})", indices.len(), listed.join(", "))
            }
        };
        Error::Data(format!("{:?}: reading {examples}: {}", self.name, said(error)))
    }
}

impl Dataset for ForeignDataset {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index] as usize
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        self.read_batch(&[index], None, out)
    }

    fn views(&self) -> usize {
        self.views
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        self.read_batch(&[index], Some(&[view]), out)
    }

    fn read_batch(&self, indices: &[usize], views: Option<&[usize]>, out: &mut [f32]) -> Result<()> {
        let length = self.task.example_len();
        let n = indices.len();
        if out.len() != n * length || views.is_some_and(|views| views.len() != n) {
            let found = out.len();
            let message =
                format!("expected a place for {n} times {length} values and a view each, found {found}");
            return Err(self.unread(indices, Error::Data(message)));
        }
        let numbers: Vec<u64> = indices.iter().map(|&index| index as u64).collect();
        let views: Option<Vec<u32>> = views.map(|views| views.iter().map(|&view| view as u32).collect());
        let views = views.as_ref().map_or(std::ptr::null(), |views| views.as_ptr());
        // NaN shows values that the dataset did not write.
        out.fill(f32::NAN);
        let done = self.handle().call(|v, this, err| {
            // SAFETY: as in `import`.
            unsafe { (v.read)(this, numbers.as_ptr(), views, n, out.as_mut_ptr(), out.len(), err) }
        });
        done.map_err(|error| self.unread(indices, error))?;
        match out.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => {
                let message = format!(
                    "value {}: expected a number, found {}, or none was written",
                    at % length,
                    out[at]
                );
                Err(self.unread(&indices[at / length..=at / length], Error::Data(message)))
            }
        }
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        let handle = self.handle();
        let drawn = handle.vtable.splits.map(|splits| {
            let seed = seed.random().bits();
            // SAFETY: as in `import`.
            handle.json::<Ranges>("splits", |_, this, out, err| unsafe { splits(this, seed, out, err) })
        });
        let drawn = drawn.transpose().map_err(|error| told(&self.name, error))?;
        match drawn.as_ref().or(self.ranges.as_ref()) {
            Some(ranges) => {
                ranges.splits(self.len()).map_err(|message| told(&self.name, Error::Data(message)))
            }
            None => {
                Ok(Splits::stratified(0..self.len(), |index| self.label(index), FRACTION, FRACTION, seed))
            }
        }
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }

    fn normalise(&self) -> Option<Normalise> {
        self.normalise.clone()
    }

    fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    /// No prefetching: the callbacks run on the thread that is inside a call, as `smash.h` promises (thread
    /// affinity). It may be that of a host's interpreter, which holds a lock of its own.
    fn allows_prefetch(&self) -> bool {
        false
    }
}
