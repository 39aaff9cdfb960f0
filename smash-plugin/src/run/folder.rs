//! The run folder: created, opened and locked.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use smash_core::architecture::ArchitectureFile;

use super::{Metrics, file};
use crate::{Error, Format, Job, Registry, Result};

/// A run folder, locked for this process (file lock) as long as the value lives.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Creates the folder (and its parents) for a job. An existing folder is never touched.
    ///
    /// # Errors
    /// When it exists or cannot be written.
    pub fn create(path: &Path, job: &Job) -> Result<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| Error::io(parent, source))?;
        }
        if path.exists() {
            let message = "exists already: pass --resume to go on with it, or choose another folder";
            return Err(Error::run(path, message));
        }
        // Prepared under a temporary name and renamed, so that a run folder always has its job.
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".tmp");
        let prepared = path.with_file_name(name);
        fs::create_dir_all(&prepared).map_err(|source| Error::io(path, source))?;
        let written = file::write_json(&prepared.join("job.json"), &job.resolved())
            .and_then(|()| fs::rename(&prepared, path).map_err(|source| Error::io(path, source)));
        if written.is_err() {
            let _ = fs::remove_dir_all(&prepared);
        }
        written?;
        Self::open(path)
    }

    /// Opens an existing run folder.
    ///
    /// # Errors
    /// When it is no run folder, or another process holds its lock.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            return Err(Error::run(path, "no such run folder"));
        }
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(|source| Error::io(&lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::run(
                path,
                "another process works in this run folder: wait for it or choose another folder",
            )),
            Err(TryLockError::Error(source)) => Err(Error::io(&lock_path, source)),
        }
    }

    /// The first of `stem`, `stem-2`, `stem-3` … that does not exist.
    pub fn free_name(stem: &Path) -> PathBuf {
        let name = stem.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let candidates = (2..).map(|i| stem.with_file_name(format!("{name}-{i}")));
        // The iterator is endless and a folder is finite: there always is a free name.
        std::iter::once(stem.to_owned())
            .chain(candidates)
            .find(|path| !path.exists())
            .unwrap_or_else(|| stem.to_owned())
    }

    /// The job of a run.
    ///
    /// # Errors
    /// When the folder holds none, or one that this version cannot read.
    pub fn read_job(path: &Path, registry: &Registry) -> Result<Job> {
        let file = path.join("job.json");
        let text = fs::read_to_string(&file).map_err(|source| Error::io(&file, source))?;
        Job::from_text(registry, &text, &file.display().to_string())
    }

    /// The best architecture of a run.
    ///
    /// # Errors
    /// When the run has not chosen its best architecture yet.
    pub fn read_best(path: &Path) -> Result<ArchitectureFile> {
        file::read_json(&path.join("best.arch.json"), Format::Architecture)
    }

    /// The metrics of a run.
    ///
    /// # Errors
    /// When it is not finished.
    pub fn read_metrics(path: &Path) -> Result<Metrics> {
        file::read_json(&path.join("metrics.json"), Format::Metrics)
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}
