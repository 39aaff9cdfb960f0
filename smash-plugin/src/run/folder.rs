//! The run folder: claimed, opened and locked.

use std::fs;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use smash_core::architecture::ArchitectureFile;
use smash_files::{Lock, LockError, Room, is_temporary};

use super::names::{BEST, JOB, LOCK, METRICS};
use super::record::Record;
use super::{Metrics, file};
use crate::{Error, Format, Job, Registry, Result};

/// A run folder, locked for this process (file lock) as long as the value lives. It is held by its
/// descriptor: whatever its path comes to name, nothing outside it is written.
#[derive(Debug)]
pub struct RunFolder {
    room: Room,
    lock: Lock,
}

impl RunFolder {
    /// Creates the folder (and its parents) for a job. An existing folder is never touched.
    ///
    /// # Errors
    /// When it exists or cannot be written.
    pub fn create(path: &Path, job: &Job) -> Result<Self> {
        if let Some(folder) = Self::claim(path, job)? {
            return Ok(folder);
        }
        let message = if path.join(JOB).is_file() {
            "exists already: pass --resume to go on with it, or choose another folder"
        } else {
            "exists already and holds no job.json: it is no run folder, or one whose process is just starting or \
             died then: choose another folder, or remove it if nothing in it is needed"
        };
        Err(Error::run(path, message))
    }

    /// Creates the first of the folders `stem`, `stem-2`, `stem-3` … that does not exist. Of several
    /// processes at once, each gets one of its own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create_next(stem: &Path, job: &Job) -> Result<Self> {
        for path in names(stem) {
            if let Some(folder) = Self::claim(&path, job)? {
                return Ok(folder);
            }
        }
        Err(Error::run(stem, "expected a free name for a run folder, found none: choose one with --out"))
    }

    /// Creates the folder, which claims it: of several processes one succeeds. `None` when it exists.
    fn claim(path: &Path, job: &Job) -> Result<Option<Self>> {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|source| Error::io(parent, source))?;
        }
        let room = match Room::create(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            created => created.map_err(|source| Error::io(path, source))?,
        };
        let lock = match room.lock(LOCK) {
            // Another process found the new folder and was first to begin in it.
            Err(LockError::Taken) => return Ok(None),
            Err(error) => {
                let _ = fs::remove_dir(path);
                return Err(lock_error(&room, error));
            }
            Ok(lock) => lock,
        };
        Self { room, lock }.begin(job).map(Some)
    }

    /// Writes the job into a folder that has none. Where that fails, what was made is removed again.
    fn begin(self, job: &Job) -> Result<Self> {
        let path = self.file(JOB);
        let begun = file::json(&path, &job.resolved())
            .and_then(|text| self.room.write(JOB, &text).map_err(|source| Error::io(&path, source)));
        if let Err(error) = begun {
            let _ = self.room.remove(LOCK);
            if self.room.is_in_place() {
                // Removes an empty folder only.
                let _ = fs::remove_dir(self.path());
            }
            return Err(error);
        }
        Ok(self)
    }

    /// Opens an existing run folder.
    ///
    /// # Errors
    /// When it is no run folder, or another process holds its lock.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            return Err(Error::run(path, "no such run folder"));
        }
        let room = Room::open(path).map_err(|source| Error::io(path, source))?;
        let lock = room.lock(LOCK).map_err(|error| lock_error(&room, error))?;
        room.sweep();
        Ok(Self { room, lock })
    }

    /// Opens a folder whose process died before it wrote its job, and begins the job there. A folder that
    /// holds anything else is not touched.
    ///
    /// # Errors
    /// When it holds anything else, or a process is just starting in it.
    pub fn open_unbegun(path: &Path, job: &Job) -> Result<Self> {
        let no_run = || {
            Error::run(
                path,
                "expected a run folder, found no job.json in it: choose another folder with --out",
            )
        };
        let room = Room::open(path).map_err(|source| Error::io(path, source))?;
        let names = room.names().map_err(|source| Error::io(path, source))?;
        if !names.iter().all(|name| name == LOCK || is_temporary(name)) {
            return Err(no_run());
        }
        let folder = Self::open(path)?;
        match folder.read(JOB)? {
            None => folder.begin(job),
            Some(_) => Err(Error::run(path, "another process has begun a run in this folder: try again")),
        }
    }

    /// Those of `stem`, `stem-2`, `stem-3` … that exist, up to the first that does not: names are taken
    /// without gaps.
    pub fn existing_names(stem: &Path) -> Vec<PathBuf> {
        names(stem).take_while(|path| fs::symlink_metadata(path).is_ok()).collect()
    }

    /// The job of a run.
    ///
    /// # Errors
    /// When the folder holds none, one that was changed, or one that this version cannot read.
    pub fn read_job(path: &Path, registry: &Registry) -> Result<Job> {
        let file = path.join(JOB);
        let bytes = Record::read(path)?.file(&file)?;
        Job::from_text(registry, &file::text(&file, bytes)?, &file.display().to_string())
    }

    /// Whether the folder seems to hold a run that a job goes on with. Nothing is verified: going on does
    /// that.
    ///
    /// # Errors
    /// When its job cannot be read.
    pub fn may_continue(path: &Path, registry: &Registry, job: &Job) -> Result<bool> {
        let file = path.join(JOB);
        let bytes = file::read(&file)?;
        let parse = |text: &str| Job::from_text(registry, text, &file.display().to_string());
        let before = file::text(&file, bytes).and_then(|text| parse(&text));
        Ok(before.is_ok_and(|before| job.goes_on_with(&before)))
    }

    /// The best architecture of a run.
    ///
    /// # Errors
    /// When the run has not chosen its best architecture yet, or the file was changed.
    pub fn read_best(path: &Path) -> Result<ArchitectureFile> {
        let file = path.join(BEST);
        let bytes = Record::read(path)?.file(&file)?;
        file::parse(&file, &file::text(&file, bytes)?, Format::Architecture)
    }

    /// The metrics of a run; `None` when it is not finished.
    ///
    /// # Errors
    /// When the file was changed.
    pub fn read_metrics(path: &Path) -> Result<Option<Metrics>> {
        let record = Record::read(path)?;
        if let Some(metrics) = record.metrics() {
            return Ok(Some(metrics.clone()));
        }
        let file = path.join(METRICS);
        if !file.exists() {
            return Ok(None);
        }
        file::parse(&file, &file::text(&file, record.file(&file)?)?, Format::Metrics).map(Some)
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        self.room.path()
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.room.file(name)
    }

    /// Checks that the path still names this folder, and the lock is still its lock.
    pub(super) fn check(&self) -> Result<()> {
        if !self.room.is_in_place() {
            return Err(Error::damaged(
                self.path(),
                "the run folder was deleted, moved or replaced while this process worked in it: nothing more is \
                 written; where it was moved, go on there with --out and --resume from its last checkpoint",
            ));
        }
        if !self.room.holds(&self.lock) {
            return Err(Error::damaged(
                self.file(LOCK),
                "was deleted or replaced while this process worked in the folder, so that another one may work there \
                 too: nothing more is written; resume from the last checkpoint when none does",
            ));
        }
        Ok(())
    }

    /// Reads a file; `None` when it is missing.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.room.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(|source| Error::io(self.file(name), source)),
        }
    }

    /// Writes a whole file, if the folder still is ours.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.check()?;
        self.room.write(name, bytes).map_err(|source| file::unwritten(self.file(name), source))
    }

    /// Removes a file, if the folder still is ours; one that is missing is as it should be.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        self.check()?;
        match self.room.remove(name) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(self.file(name), error)),
            _ => Ok(()),
        }
    }

    /// Opens a file for appending.
    pub(super) fn append(&self, name: &str) -> Result<File> {
        self.room.append(name).map_err(|source| file::unwritten(self.file(name), source))
    }

    /// A folder in this one, created when it is missing.
    pub(super) fn inner(&self, name: &str) -> Result<Room> {
        self.room.make_folder(name).map_err(|source| file::unwritten(self.file(name), source))
    }

    /// A folder in this one; `None` when it is missing.
    pub(super) fn existing(&self, name: &str) -> Result<Option<Room>> {
        match self.room.folder(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).map_err(|source| Error::io(self.file(name), source)),
        }
    }
}

/// `stem`, `stem-2`, `stem-3` …
fn names(stem: &Path) -> impl Iterator<Item = PathBuf> {
    let name = stem.file_name().unwrap_or_default().to_os_string();
    let numbered = {
        let stem = stem.to_owned();
        (2..u32::MAX).map(move |number| {
            let mut name = name.clone();
            name.push(format!("-{number}"));
            stem.with_file_name(name)
        })
    };
    std::iter::once(stem.to_owned()).chain(numbered)
}

fn lock_error(room: &Room, error: LockError) -> Error {
    match error {
        LockError::Taken => {
            let message = "another process works in this run folder: wait for it or choose another folder";
            Error::run(room.path(), message)
        }
        LockError::Unsupported(source) => Error::run(
            room.file(LOCK),
            format!(
                "this file system has no file locks ({source}), so that two processes could work in one folder: choose \
                 a folder on another one with --out, such as a local disk, and copy it afterwards"
            ),
        ),
        LockError::Io(source) => Error::io(room.file(LOCK), source),
    }
}
