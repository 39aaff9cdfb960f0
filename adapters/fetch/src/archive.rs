//! The two archive formats, .tar.gz and .zip. Only regular files are extracted: no links, no devices, no path
//! traversal.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};
use zip::ZipArchive;

use crate::control::{Control, Progress};
use crate::error::Error;
use crate::unpack::{Target, UnpackError};

/// Limit on the entries of an archive, wanted or not.
const ENTRIES: usize = 1 << 18;

/// Extracts the files of an archive that the target wants.
pub(crate) fn unpack(
    path: &Path,
    target: &mut Target<'_>,
    control: &mut Control<'_>,
) -> Result<(), UnpackError> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let total = file.metadata().map_err(|e| Error::io("read", path, e))?.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let watched = Watched { file, name: &name, done: 0, total, control };
    let reader = BufReader::with_capacity(1 << 16, watched);
    let done = if name.ends_with(".zip") { zip(reader, target) } else { tar(reader, target) };
    // A cancelled read looks like a damaged archive: check for cancellation first.
    control.check()?;
    done
}

fn tar(reader: impl Read, target: &mut Target<'_>) -> Result<(), UnpackError> {
    let mut unpacked = GzDecoder::new(reader).take(target.most());
    let done = entries(&mut unpacked, target);
    // Reaching the limit looks like a truncated archive: check for it first.
    if unpacked.limit() == 0 { Err(target.too_much()) } else { done }
}

fn entries(unpacked: &mut impl Read, target: &mut Target<'_>) -> Result<(), UnpackError> {
    let damaged = |e: io::Error| UnpackError::Archive(format!("expected a whole .tar.gz: {e}"));
    let mut archive = Archive::new(&mut *unpacked);
    // Raw entries: PAX and GNU extensions (long names, attributes) would be read into memory.
    for (number, entry) in archive.entries().map_err(damaged)?.raw(true).enumerate() {
        let mut entry = entry.map_err(damaged)?;
        few(number)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = target.path(&name)?;
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XHeader | EntryType::XGlobalHeader => continue,
            other => return Err(special(&name, &format!("{other:?}"))),
        }
        if let Some(path) = path {
            target.write(&path, &mut entry)?;
        }
    }
    // Read to the end, where the checksum is verified.
    io::copy(unpacked, &mut io::sink()).map_err(damaged)?;
    Ok(())
}

fn zip(reader: impl Read + Seek, target: &mut Target<'_>) -> Result<(), UnpackError> {
    let damaged = |e: zip::result::ZipError| UnpackError::Archive(format!("expected a whole .zip: {e}"));
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    few(archive.len())?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let path = target.path(&name)?;
        if !entry.is_dir() && !entry.is_file() {
            return Err(special(&name, "link"));
        }
        if let Some(path) = path {
            target.write(&path, &mut entry)?;
        }
    }
    Ok(())
}

fn few(entries: usize) -> Result<(), UnpackError> {
    if entries > ENTRIES {
        return Err(UnpackError::Archive(format!("expected at most {ENTRIES} entries, found more")));
    }
    Ok(())
}

fn special(name: &str, kind: &str) -> UnpackError {
    UnpackError::Archive(format!("expected files and folders only, found {name:?} of the kind {kind}"))
}

/// A reader of an archive that reports progress, and fails once the caller has cancelled.
struct Watched<'a, 'b> {
    file: File,
    name: &'a str,
    done: u64,
    total: u64,
    control: &'a mut Control<'b>,
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.control.check().map_err(io::Error::other)?;
        let read = self.file.read(buffer)?;
        // A zip is read with seeks, some of its bytes twice.
        self.done = (self.done + read as u64).min(self.total);
        self.control.tell(Progress::Unpack { name: self.name, done: self.done, total: self.total });
        Ok(read)
    }
}

impl Seek for Watched<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
