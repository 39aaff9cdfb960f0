//! The binary format of CIFAR-10 and CIFAR-100: records of one or two label bytes and 3,072 pixel bytes, a
//! red, a green and a blue plane of 32 rows. Read from a folder or directly from the downloaded archive.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use smash_core::dataset::Augmentation;
use smash_core::task::Task;
use smash_core::{Error, Result};
use tar::Archive;

use self::extension::Extension;
use crate::check::{self, bad};
use crate::examples::{Examples, Statistics, Validation, Values};
use crate::gzip::{self, Gzip};
use crate::{class_names, contents};

mod extension;

const PIXELS: usize = 3 * 32 * 32;

/// Limit on the other contents of an archive, in unpacked bytes: they are texts of some kilobytes.
const BESIDES: u64 = 1 << 20;

/// Size of the read buffer in bytes.
const BUFFER: usize = 1 << 18;

/// The format of one of the two sets.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// Name of the folder in the archive.
    pub(crate) folder: &'static str,
    /// File names, with the most records of each; the last file is the test split.
    pub(crate) files: &'static [(&'static str, usize)],
    /// Number of classes of each label byte of a record.
    pub(crate) classes: &'static [usize],
    /// For each label byte, the file with its class names and the names where there is no such file.
    pub(crate) names: &'static [(&'static str, &'static str)],
    pub(crate) statistics: [Statistics; 3],
}

/// Labels and pixels, file after file, in one allocation each, so that a set is never held twice.
#[derive(Default)]
struct Images {
    labels: Vec<u16>,
    pixels: Vec<u8>,
    /// For each file, its index in the format's list and its number of records.
    files: Vec<(usize, usize)>,
    /// The class names that come with them.
    names: Option<Vec<String>>,
}

impl Images {
    /// Sorts the files into the format's order.
    fn sort(&mut self) {
        for at in 0..self.files.len() {
            let Some(next) = (at..self.files.len()).min_by_key(|i| self.files[*i].0) else { continue };
            let records = |files: &[(usize, usize)]| files.iter().map(|(_, count)| count).sum::<usize>();
            let (begin, end) = (records(&self.files[..at]), records(&self.files[..=next]));
            let count = self.files[next].1;
            self.labels[begin..end].rotate_right(count);
            self.pixels[begin * PIXELS..end * PIXELS].rotate_right(count * PIXELS);
            self.files[at..=next].rotate_right(1);
        }
    }
}

impl Format {
    /// Reads all images, with the label byte at position `label` of each record.
    pub(crate) fn read(
        &self,
        path: &Path,
        label: usize,
        validation: f64,
        augmentation: Augmentation,
    ) -> Result<Examples> {
        check::path(path, &format!("the folder that holds {} or its .tar.gz", self.names()))?;
        check::validation(validation)?;
        let mut images = if path.is_file() {
            self.archive(path, label).map_err(|problem| self.bad(path, problem))?
        } else {
            self.folder(path, label)?
        };
        images.sort();
        let Images { labels, pixels, files, names } = images;
        let train = files[..self.files.len() - 1].iter().map(|(_, count)| count).sum();
        let names = names.unwrap_or_else(|| class_names::words(self.names[label].1));
        let examples = Examples::new(
            Task { channels: 3, extents: vec![32, 32], classes: self.classes[label] },
            (labels, Values::Bytes(pixels)),
            train,
            Some(self.statistics.to_vec()),
            Validation::Last(validation),
            augmentation,
        );
        Ok(examples.named(Some(names)))
    }

    fn names(&self) -> String {
        let [(first, _), .., (last, _)] = self.files else { return String::new() };
        format!("{first} … {last}")
    }

    fn bad(&self, path: &Path, problem: String) -> Error {
        let help =
            "of https://www.cs.toronto.edu/~kriz/cifar.html and name it or its folder as the dataset's path";
        bad(path, format!("{problem}; get \"{} binary version\" {help}", self.name))
    }

    /// Reads the files of a folder.
    fn folder(&self, path: &Path, label: usize) -> Result<Images> {
        let folder = self.find(path)?;
        let place = |file: usize| folder.join(self.files[file].0);
        let mut files = Vec::new();
        for (index, &(_, most)) in self.files.iter().enumerate() {
            let path = place(index);
            let open = || {
                let (file, len) = check::open(&path)?;
                Ok((file, self.count(len, most)?))
            };
            files.push(open().map_err(|problem| self.bad(&path, problem))?);
        }
        let names = class_names::file(&folder.join(self.names[label].0), self.classes[label]);
        let mut images = Images { names, ..Images::default() };
        let total = files.iter().map(|(_, count)| count * PIXELS).sum();
        images.pixels = check::reserve(total).map_err(|problem| self.bad(path, problem))?;
        for (index, (file, count)) in files.into_iter().enumerate() {
            self.append_file(&mut BufReader::with_capacity(BUFFER, file), (index, count), label, &mut images)
                .map_err(|problem| self.bad(&place(index), problem))?;
        }
        Ok(images)
    }

    /// The folder with the files: the given one or the one inside it.
    fn find(&self, path: &Path) -> Result<PathBuf> {
        let inner = path.join(self.folder);
        let here = self.files.iter().any(|(name, _)| path.join(name).exists());
        match (path.is_dir(), here, inner.is_dir()) {
            (false, ..) => Err(self.bad(path, "expected a folder or a .tar.gz, found nothing".into())),
            (true, true, _) => Ok(path.to_path_buf()),
            (true, false, true) => Ok(inner),
            (true, false, false) => {
                let (names, folder) = (self.names(), self.folder);
                let problem = format!("expected {names} or a folder {folder} with them, found neither");
                Err(self.bad(path, problem))
            }
        }
    }

    /// Reads the files from a .tar.gz stream, or from a .tar. Nothing is written to disk, other files are
    /// skipped, and no more is decompressed than the whole set takes.
    fn archive(&self, path: &Path, label: usize) -> Result<Images, String> {
        let (file, _) = check::open(path)?;
        let record = (self.classes.len() + PIXELS) as u64;
        let most = self.files.iter().map(|(_, most)| *most as u64 * record).sum::<u64>() + BESIDES;
        let begin = check::first_bytes(path).unwrap_or_default();
        let file = BufReader::new(file);
        let plain = begin.get(257..262) == Some(b"ustar");
        if !plain && !begin.starts_with(&gzip::MAGIC) {
            return Err(format!("expected a .tar.gz, found {}", contents::found(&begin)));
        }
        let reader: Box<dyn Read> = if plain { Box::new(file) } else { Box::new(Gzip::new(file)) };
        let mut unpacked = reader.take(most);
        let mut images = Images::default();
        let damaged =
            |e: io::Error| format!("expected a whole .tar.gz of at most {most} bytes unpacked: {e}");
        let mut archive = Archive::new(&mut unpacked);
        let mut long_name = None;
        // Raw entries: PAX and GNU extensions are read here, as far as they hold a name.
        for entry in archive.entries().map_err(damaged)?.raw(true) {
            let mut entry = entry.map_err(damaged)?;
            if let Some(extension) = Extension::of(entry.header().entry_type()) {
                long_name = extension.name(&mut entry).map_err(damaged)?.or(long_name);
                continue;
            }
            let name =
                long_name.take().unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
            // Programs pack the folder, what is in it, or a folder around it.
            if name.split('/').any(|folder| folder == "..") {
                continue;
            }
            let short = name.rsplit('/').next().unwrap_or_default();
            if short == self.names[label].0 && entry.size() <= class_names::LONGEST {
                let mut text = Vec::new();
                entry.read_to_end(&mut text).map_err(damaged)?;
                images.names = class_names::lines(&text, self.classes[label]);
                continue;
            }
            let Some(at) = self.files.iter().position(|(file, _)| *file == short) else { continue };
            let (_, most) = self.files[at];
            let mut read = || {
                let kind = entry.header().entry_type();
                if !kind.is_file() && !kind.is_contiguous() {
                    return Err("expected a file, found something else".into());
                }
                if images.files.iter().any(|(file, _)| *file == at) {
                    return Err("expected it once, found it twice".into());
                }
                let count = self.count(entry.size(), most)?;
                self.append_file(&mut entry, (at, count), label, &mut images)
            };
            read().map_err(|problem| format!("{name}: {problem}"))?;
        }
        // Read to the end, where the checksum is verified.
        io::copy(&mut unpacked, &mut io::sink()).map_err(damaged)?;
        if unpacked.limit() == 0 {
            return Err(format!("expected at most {most} bytes unpacked, found more"));
        }
        let found = |index: usize| images.files.iter().any(|(file, _)| *file == index);
        if let Some((_, (name, _))) = self.files.iter().enumerate().find(|(index, _)| !found(*index)) {
            return Err(format!("expected {}/{name} in the archive, found no such file", self.folder));
        }
        Ok(images)
    }

    /// The number of records in a file of `len` bytes.
    fn count(&self, len: u64, most: usize) -> Result<usize, String> {
        let record = (self.classes.len() + PIXELS) as u64;
        let (whole, over) = (len / record, len % record);
        if len == 0 {
            return Err(format!("expected records of {record} bytes, found an empty file"));
        }
        if whole + u64::from(over > 0) > most as u64 {
            return Err(format!("expected at most {most} records of {record} bytes, found {len} bytes"));
        }
        if over > 0 {
            let (next, bytes) = (whole + 1, (whole + 1) * record);
            return Err(format!(
                "truncated: expected a multiple of {record} bytes ({bytes} = {next} records), found {len} bytes, which is \
                 {whole} records and {over} bytes"
            ));
        }
        Ok(whole as usize)
    }

    /// Appends the records of a file and checks their labels.
    fn append_file(
        &self,
        reader: &mut impl Read,
        (file, count): (usize, usize),
        label: usize,
        images: &mut Images,
    ) -> Result<(), String> {
        let room = images.pixels.try_reserve_exact(count * PIXELS);
        room.map_err(|e| format!("expected room for {count} images in memory: {e}"))?;
        let mut record = vec![0; self.classes.len() + PIXELS];
        for number in 0..count {
            reader.read_exact(&mut record).map_err(|e| {
                format!(
                    "expected {count} records of {} bytes, could not read record {number}: {e}",
                    record.len()
                )
            })?;
            let (labels, pixels) = record.split_at(self.classes.len());
            for (&found, &classes) in labels.iter().zip(self.classes) {
                if usize::from(found) >= classes {
                    let most = classes - 1;
                    return Err(format!(
                        "record {number} (counted from 0): expected a label 0..{most}, found {found}"
                    ));
                }
            }
            images.labels.push(u16::from(labels[label]));
            images.pixels.extend_from_slice(pixels);
        }
        images.files.push((file, count));
        Ok(())
    }
}
