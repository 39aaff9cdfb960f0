//! A partially downloaded file, `NAME.part`, and beside it `NAME.part.tag` with the tag (ETag or date) of its
//! version.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A partially downloaded file, with a file lock against other processes while it is open.
#[derive(Debug)]
pub(crate) struct PartialFile {
    path: PathBuf,
    tag: PathBuf,
    file: File,
    len: u64,
}

impl PartialFile {
    /// Opens or creates the partial file of `whole`, the path of the complete file.
    pub(crate) fn open(whole: &Path) -> Result<Self> {
        let beside = |extension: &str| {
            let mut name = whole.file_name().unwrap_or_default().to_os_string();
            name.push(extension);
            whole.with_file_name(name)
        };
        let (path, tag) = (beside(".part"), beside(".part.tag"));
        let open = |e| Error::io("open", &path, e);
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path }),
            // Some file systems have no locks; go on without one there.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, e)),
        }
        let len = file.metadata().map_err(open)?.len();
        Ok(Self { path, tag, file, len })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes downloaded so far.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The tag of the version that the bytes belong to; without it they cannot be resumed.
    pub(crate) fn tag(&self) -> Option<String> {
        fs::read_to_string(&self.tag).ok().filter(|tag| self.len > 0 && !tag.is_empty())
    }

    /// Starts over with a version; one without a tag cannot be resumed later.
    pub(crate) fn restart(&mut self, tag: Option<&str>) -> Result<()> {
        let write = |e| Error::io("write", &self.path, e);
        // An empty file needs no truncation, and what is no regular file (such as /dev/full) does not support
        // it.
        if self.len > 0 {
            self.file.set_len(0).map_err(write)?;
        }
        self.len = 0;
        match tag {
            Some(tag) => fs::write(&self.tag, tag).map_err(|e| Error::io("write", &self.tag, e)),
            None => remove(&self.tag),
        }
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io("write", &self.path, e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Syncs the complete file (fsync) and renames it atomically to its final name.
    pub(crate) fn finish(self, whole: &Path) -> Result<()> {
        self.file.sync_all().map_err(|e| Error::io("write", &self.path, e))?;
        fs::rename(&self.path, whole).map_err(|e| Error::io("rename", &self.path, e))?;
        remove(&self.tag)
    }

    /// Removes the partial file, whose bytes are useless.
    pub(crate) fn discard(self) -> Result<()> {
        remove(&self.path)?;
        remove(&self.tag)
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, e)),
        _ => Ok(()),
    }
}
