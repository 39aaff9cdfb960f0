//! Folders by descriptor, with the calls that take one (`openat` and the like).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;

use crate::kind::{Kind, unexpected};

/// Device and number of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

/// Of every open: no link is followed, and a FIFO or a device does not make the process wait.
const SAFE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
/// The rights of new files, less those that the user's mask takes away.
const FILE: Mode = Mode::from_raw_mode(0o666);
const FOLDER: Mode = Mode::from_raw_mode(0o777);

#[allow(clippy::unnecessary_cast, reason = "the types of these fields differ between systems")]
fn identity_of(stat: &Stat) -> Identity {
    Identity(stat.st_dev as u64, stat.st_ino as u64)
}

pub(super) fn identity(file: &File) -> io::Result<Identity> {
    Ok(identity_of(&fs::fstat(file)?))
}

/// Whether an error of a lock says that there are none.
pub(super) fn has_no_locks(error: &io::Error) -> bool {
    let known = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOLCK, Errno::NOSYS, Errno::INVAL];
    error.raw_os_error().is_some_and(|code| known.iter().any(|known| known.raw_os_error() == code))
}

/// Opens by a name, again where a signal came in between.
fn open_at(folder: impl AsFd, name: impl Arg + Copy, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    retry_on_intr(|| fs::openat(&folder, name, flags, mode))
}

/// Opens a regular file for reading, links followed.
pub(super) fn open_named(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(open_at(CWD, path, flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(unexpected("a regular file", "another kind")) }
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(open_at(CWD, path, flags, Mode::empty())?))
    }

    pub(super) fn create(path: &Path) -> io::Result<Self> {
        retry_on_intr(|| fs::mkdirat(CWD, path, FOLDER))?;
        let opened = open_at(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | SAFE, Mode::empty());
        let folder = opened.inspect_err(|_| {
            // Takes away an empty folder only: nobody is left with one that this call could not use.
            let _ = fs::unlinkat(CWD, path, AtFlags::REMOVEDIR);
        })?;
        if fs::fstat(&folder)?.st_uid != rustix::process::geteuid().as_raw() {
            let text =
                "expected the folder that was just made, found one of another user: choose another place";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        Ok(Self(folder))
    }

    pub(super) fn make(&self, name: &str) -> io::Result<()> {
        Ok(retry_on_intr(|| fs::mkdirat(&self.0, name, FOLDER))?)
    }

    pub(super) fn descend(&self, name: &str) -> io::Result<Self> {
        Ok(Self(open_at(&self.0, name, OFlags::RDONLY | OFlags::DIRECTORY | SAFE, Mode::empty())?))
    }

    pub(super) fn kind(&self, name: &str) -> io::Result<Kind<Identity>> {
        let stat = fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        #[allow(clippy::unnecessary_cast, reason = "the type of the field differs between systems")]
        let names = stat.st_nlink as u64;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File(identity_of(&stat), names),
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Other("a symbolic link"),
            FileType::Fifo => Kind::Other("a FIFO"),
            FileType::Socket => Kind::Other("a socket"),
            FileType::CharacterDevice | FileType::BlockDevice => Kind::Other("a device"),
            FileType::Unknown => Kind::Other("something of an unknown kind"),
        })
    }

    /// Opens a file that must be a regular one, whatever it was a moment ago.
    fn regular(&self, name: &str, flags: OFlags) -> io::Result<File> {
        let file = match open_at(&self.0, name, flags | SAFE, FILE) {
            Err(Errno::LOOP) => return Err(unexpected("a regular file", "a symbolic link")),
            opened => File::from(opened?),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(unexpected("a regular file", "another kind")) }
    }

    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        self.regular(name, OFlags::RDONLY)
    }

    pub(super) fn append(&self, name: &str) -> io::Result<File> {
        self.regular(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)
    }

    pub(super) fn open_lock(&self, name: &str) -> io::Result<File> {
        self.regular(name, OFlags::RDWR | OFlags::CREATE)
    }

    pub(super) fn create_file(&self, name: &str) -> io::Result<File> {
        self.regular(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(retry_on_intr(|| fs::renameat(&self.0, from, &self.0, to))?)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(retry_on_intr(|| fs::unlinkat(&self.0, name, AtFlags::empty()))?)
    }

    /// A rename is durable only once the folder is synced. Not every file system can, which is no error.
    pub(super) fn sync(&self) -> io::Result<()> {
        match retry_on_intr(|| fs::fsync(&self.0)) {
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS | Errno::BADF) => Ok(()),
            synced => Ok(synced?),
        }
    }

    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in retry_on_intr(|| Dir::read_from(&self.0))? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        match (fs::fstat(&self.0), fs::statat(CWD, path, AtFlags::empty())) {
            (Ok(held), Ok(named)) => identity_of(&held) == identity_of(&named),
            _ => false,
        }
    }
}
