//! A folder that is written safely.

#[cfg(not(unix))]
mod portable;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;

use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

#[cfg(not(unix))]
use portable as platform;
#[cfg(unix)]
use unix as platform;

use crate::kind::{Kind, unexpected};
use crate::temporary;
use platform::Identity;

/// Attempts at a lock whose file is removed meanwhile, and at a temporary name that is taken.
const TRIES: usize = 100;

/// A folder, held by its descriptor: it stays this folder when its path comes to mean another one.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    folder: platform::Folder,
}

/// A file lock in a folder, held as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    name: String,
    file: File,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process holds it.
    Taken,
    /// The file system has no locks.
    Unsupported(io::Error),
    /// The file cannot be opened, or is no regular file.
    Io(io::Error),
}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Room {
    /// Opens the folder that a path names; links on the way to it are those of whoever named it.
    ///
    /// # Errors
    /// When it is no folder, or cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let named = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Ok(Self { path: path.to_owned(), folder: platform::Folder::open(named)? })
    }

    /// Creates a folder, which must not exist: of several processes one succeeds.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when there is anything of that name, a dangling link included; when the
    /// folder cannot be created.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), folder: platform::Folder::create(path)? })
    }

    /// A folder in this one, created when it is missing.
    ///
    /// # Errors
    /// When the name is taken by something else, a link included.
    pub fn make_folder(&self, name: &str) -> io::Result<Self> {
        single(name)?;
        match self.folder.make(name) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.folder(name)
    }

    /// An existing folder in this one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none; when the name is that of something else, a link included.
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        single(name)?;
        match self.kind(name)? {
            None => Err(ErrorKind::NotFound.into()),
            Some(Kind::Folder) => Ok(Self { path: self.path.join(name), folder: self.folder.descend(name)? }),
            Some(Kind::File(..)) => Err(unexpected("a folder", "a file")),
            Some(Kind::Other(found)) => Err(unexpected("a folder", found)),
        }
    }

    /// Makes a new folder under a temporary name; returns its name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary_folder(&self) -> io::Result<String> {
        self.attempt(|name| self.folder.make(name)).map(|((), name)| name)
    }

    /// The path that the folder was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a name in the folder, for messages.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether there is a regular file of that name.
    ///
    /// # Errors
    /// When the name is that of anything else, a link included.
    pub fn has(&self, name: &str) -> io::Result<bool> {
        single(name)?;
        match self.kind(name)? {
            None => Ok(false),
            Some(Kind::File(..)) => Ok(true),
            Some(Kind::Folder) => Err(unexpected("a regular file", "a folder")),
            Some(Kind::Other(found)) => Err(unexpected("a regular file", found)),
        }
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// When it is missing or no regular file.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        if !self.has(name)? {
            return Err(ErrorKind::NotFound.into());
        }
        self.folder.open_file(name)
    }

    /// Reads a regular file.
    ///
    /// # Errors
    /// As [`open_file`](Self::open_file).
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_file(name)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a regular file for reading and appending, and creates it when it is missing. A file that has
    /// other names too (hard links) is replaced by a copy first: the other names keep what they have.
    ///
    /// # Errors
    /// When the name is that of anything else, a link included.
    pub fn append(&self, name: &str) -> io::Result<File> {
        single(name)?;
        match self.kind(name)? {
            Some(Kind::File(_, names)) if names > 1 => {
                let bytes = self.read(name)?;
                self.write(name, &bytes)?;
            }
            Some(Kind::File(..)) | None => {}
            Some(Kind::Folder) => return Err(unexpected("a regular file", "a folder")),
            Some(Kind::Other(found)) => return Err(unexpected("a regular file", found)),
        }
        self.folder.append(name)
    }

    /// Writes a whole file: readers see the old one or the new one. It is synced (fsync) before it takes its
    /// name.
    ///
    /// # Errors
    /// When it cannot be written, or the name is that of anything but a regular file. What was written under
    /// a temporary name is removed then. When the folder cannot be synced the new file has its name, but may
    /// lose it when the power fails.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.place(name, bytes, File::sync_all)?;
        self.folder.sync()
    }

    /// As [`write`](Self::write), without waiting for the disk: after a loss of power the file may be
    /// damaged, so whoever reads it must notice that.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_unsynced(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.place(name, bytes, |_| Ok(()))
    }

    fn place(&self, name: &str, bytes: &[u8], sync: fn(&File) -> io::Result<()>) -> io::Result<()> {
        self.has(name)?;
        let (mut file, temporary) = self.attempt(|name| self.folder.create_file(name))?;
        let written = file.write_all(bytes).and_then(|()| sync(&file));
        let placed = written.and_then(|()| self.folder.rename(&temporary, name));
        if placed.is_err() {
            // The first error is the one to report.
            let _ = self.folder.remove(&temporary);
        }
        placed
    }

    /// Gives a file or folder in this one another name. A regular file may replace a regular file.
    ///
    /// # Errors
    /// When it cannot be renamed, or the new name is that of anything else.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        single(from)?;
        self.has(to)?;
        self.folder.rename(from, to)?;
        self.folder.sync()
    }

    /// Removes a regular file; one that is missing is no error.
    ///
    /// # Errors
    /// When it cannot be removed, or is no regular file.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        if !self.has(name)? {
            return Ok(());
        }
        match self.folder.remove(name) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the temporary files that a killed process left. Only for a folder whose lock is held.
    pub fn sweep(&self) {
        for name in self.names().unwrap_or_default() {
            if let (true, Some(name)) = (temporary::is_temporary(&name), name.to_str()) {
                let _ = self.remove(name);
            }
        }
    }

    /// All names in the folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        self.folder.names()
    }

    /// Whether the path still names this folder.
    pub fn is_in_place(&self) -> bool {
        let named = if self.path.as_os_str().is_empty() { Path::new(".") } else { &*self.path };
        self.folder.is_at(named)
    }

    /// Takes the lock of a name without waiting. The file stays; it is empty.
    ///
    /// # Errors
    /// When another process holds it, the file system has none, or the name is no regular file.
    pub fn lock(&self, name: &str) -> Result<Lock, LockError> {
        for _ in 0..TRIES {
            self.has(name)?;
            let lock = Lock { name: name.to_owned(), file: self.folder.open_lock(name)? };
            match lock.file.try_lock() {
                // Whoever held it may have removed the file before this process got it.
                Ok(()) if self.holds(&lock) => return Ok(lock),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Taken),
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
                Err(TryLockError::Error(error)) if platform::has_no_locks(&error) => {
                    return Err(LockError::Unsupported(error));
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
        Err(LockError::Taken)
    }

    /// Whether the name of a lock still is the file that was locked: otherwise another process can lock it
    /// too.
    pub fn holds(&self, lock: &Lock) -> bool {
        match (self.kind(&lock.name), platform::identity(&lock.file)) {
            (Ok(Some(Kind::File(named, _))), Ok(held)) => named == held,
            _ => false,
        }
    }

    fn kind(&self, name: &str) -> io::Result<Option<Kind<Identity>>> {
        match self.folder.kind(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// Makes something new under a temporary name.
    fn attempt<T>(&self, make: impl Fn(&str) -> io::Result<T>) -> io::Result<(T, String)> {
        let mut tries = 0..TRIES;
        loop {
            let name = temporary::name();
            match make(&name) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries.next().is_some() => {}
                made => return made.map(|made| (made, name)),
            }
        }
    }
}

/// Reads a regular file by its path. Links are followed, but a FIFO or a device does not make the process
/// wait.
///
/// # Errors
/// When it is missing or no regular file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    platform::open_named(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Refuses names that could lead out of the folder.
fn single(name: &str) -> io::Result<()> {
    let parts = Path::new(name).components().count();
    if parts == 1 && Path::new(name).file_name() == Some(OsStr::new(name)) {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::InvalidInput, format!("expected a plain file name, found {name:?}")))
}
