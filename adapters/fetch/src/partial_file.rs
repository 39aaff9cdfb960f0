//! A partially downloaded file, `NAME.part`, and beside it `NAME.part.tag` with the tag (ETag or date) of its
//! version.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use smash_files::Room;

use crate::error::{Error, Result};

/// A partially downloaded file, with a file lock against other processes while it is open. Links of these
/// names are not followed.
#[derive(Debug)]
pub(crate) struct PartialFile {
    room: Room,
    name: String,
    tag: String,
    path: PathBuf,
    file: File,
    len: u64,
}

impl PartialFile {
    /// Opens or creates the partial file of `whole`, the path of the complete file.
    pub(crate) fn open(whole: &Path) -> Result<Self> {
        let named = whole.file_name().unwrap_or_default().to_string_lossy();
        let (name, tag) = (format!("{named}.part"), format!("{named}.part.tag"));
        let path = whole.with_file_name(&name);
        let open = |e| Error::io("open", &path, e);
        let room = Room::open(whole.parent().unwrap_or(Path::new(""))).map_err(open)?;
        let file = room.append(&name).map_err(open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path }),
            // Some file systems have no locks; go on without one there.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, e)),
        }
        let len = file.metadata().map_err(open)?.len();
        Ok(Self { room, name, tag, path, file, len })
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
        let tag = self.room.read(&self.tag).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        tag.filter(|tag| self.len > 0 && !tag.is_empty())
    }

    /// Starts over with a version; one without a tag cannot be resumed later.
    pub(crate) fn restart(&mut self, tag: Option<&str>) -> Result<()> {
        if self.len > 0 {
            self.file.set_len(0).map_err(|e| Error::io("write", &self.path, e))?;
        }
        self.len = 0;
        match tag {
            Some(tag) => self
                .room
                .write(&self.tag, tag.as_bytes())
                .map_err(|e| Error::io("write", &self.room.file(&self.tag), e)),
            None => self.remove(&self.tag),
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
        let name = whole.file_name().and_then(OsStr::to_str).unwrap_or_default();
        self.room.rename(&self.name, name).map_err(|e| Error::io("rename", &self.path, e))?;
        self.remove(&self.tag)
    }

    /// Removes the partial file, whose bytes are useless.
    pub(crate) fn discard(self) -> Result<()> {
        self.remove(&self.name)?;
        self.remove(&self.tag)
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.room.remove(name).map_err(|e| Error::io("remove", &self.room.file(name), e))
    }
}
