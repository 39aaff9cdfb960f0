//! What a loader needs out of an archive: all of it or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::archive;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::source::Unpack;

/// Most files that are unpacked of one archive.
const FILES: u64 = 1 << 17;

/// What ends the unpacking.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The archive is damaged or hostile.
    Archive(String),
    /// Something else, as a full disk.
    Other(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Unpacks what is wanted of an archive to `place`, which appears when it is whole.
pub(crate) fn unpack(archive: &Path, wanted: &Unpack, place: &Path, control: &mut Control<'_>) -> Result<()> {
    // Beside its place, and under the same name at each attempt: what a broken one left is removed by the next.
    let mut name = place.file_name().unwrap_or_default().to_os_string();
    name.push(".unpacking");
    let temporary = place.with_file_name(name);
    clear(&temporary)?;
    fs::create_dir(&temporary).map_err(|e| Error::io("make the folder", &temporary, e))?;
    let mut target = Target { root: temporary.clone(), wanted, left: wanted.most, files: 0 };
    let done = archive::unpack(archive, &mut target, control).and_then(|()| {
        if target.files == 0 {
            let names = format!("{}/…{}", wanted.folder, wanted.wanted.join(", …"));
            return Err(Fault::Archive(format!("expected {names}, found none")));
        }
        fs::rename(&temporary, place).map_err(|e| Error::io("rename", &temporary, e).into())
    });
    done.map_err(|fault| {
        // Of two errors the first is the one to tell.
        let _ = clear(&temporary);
        match fault {
            Fault::Archive(problem) => Error::Archive { path: archive.to_path_buf(), problem },
            Fault::Other(error) => error,
        }
    })
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder, e)),
        _ => Ok(()),
    }
}

/// The folder that wanted files go to, and how much more of them it takes.
pub(crate) struct Target<'a> {
    root: PathBuf,
    wanted: &'a Unpack,
    left: u64,
    files: u64,
}

impl Target<'_> {
    /// Where an entry goes, below the wanted folder; `None` for one that is not wanted.
    ///
    /// # Errors
    /// For a name that leads elsewhere, whether it is wanted or not.
    pub(crate) fn path(&self, name: &str) -> Result<Option<PathBuf>, Fault> {
        let parts: Vec<&str> = name.strip_prefix("./").unwrap_or(name).split('/').collect();
        // The name of a folder ends with a slash.
        let (file, named) = match parts.split_last() {
            Some((&"", folders)) => (false, folders),
            _ => (true, &parts[..]),
        };
        let plain = |part: &&str| !matches!(*part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        if !named.iter().all(plain) {
            return Err(Fault::Archive(format!("expected names inside the archive, found {name:?}")));
        }
        let hidden = |part: &&str| part.starts_with('.');
        Ok(match named {
            [folder, inner @ ..] if file && *folder == self.wanted.folder && !inner.iter().any(hidden) => {
                let wanted = self.wanted.wanted.iter().any(|ending| name.ends_with(ending));
                (wanted && !inner.is_empty()).then(|| inner.iter().collect())
            }
            _ => None,
        })
    }

    /// Most bytes that may be decompressed.
    pub(crate) fn most(&self) -> u64 {
        self.wanted.most
    }

    pub(crate) fn too_much(&self) -> Fault {
        Fault::Archive(format!("expected at most {} bytes unpacked, found more", self.wanted.most))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When the archive is damaged or holds too much, or the disk refuses it.
    pub(crate) fn write(&mut self, path: &Path, reader: &mut dyn Read) -> Result<(), Fault> {
        let path = self.root.join(path);
        self.files += 1;
        if self.files > FILES {
            return Err(Fault::Archive(format!("expected at most {FILES} files, found more")));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make the folder", parent, e))?;
        }
        // New: the second file of a name would replace the first.
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let name = path.display();
                return Err(Fault::Archive(format!("expected each file once, found {name} again")));
            }
            Err(e) => return Err(Error::io("write", &path, e).into()),
        };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reader.read(&mut buffer).map_err(|e| Fault::Archive(format!("damaged: {e}")))?;
            if read == 0 {
                return Ok(());
            }
            self.left = self.left.checked_sub(read as u64).ok_or_else(|| self.too_much())?;
            file.write_all(&buffer[..read]).map_err(|e| Error::io("write", &path, e))?;
        }
    }
}
