//! The six files of CIFAR-10's binary format: records of one label byte and 3,072 bytes, a red, a green and a blue
//! plane of 32 rows.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use smash_core::{Error, Result};

pub(super) const CLASSES: usize = 10;
pub(super) const PLANE: usize = 32 * 32;
pub(super) const RECORD: usize = 1 + 3 * PLANE;

/// Training files first: the test images are the records behind [`Records::train`].
const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    TEST,
];
const TEST: &str = "test_batch.bin";

/// The folder's name in the archive.
const FOLDER: &str = "cifar-10-batches-bin";

const HELP: &str = "unpack \"CIFAR-10 binary version\" of https://www.cs.toronto.edu/~kriz/cifar.html and name its \
                    folder as the dataset's path";

/// All records in the order of the files, and how many of them train.
#[derive(Clone, Debug)]
pub(super) struct Records {
    pub(super) bytes: Vec<u8>,
    pub(super) train: usize,
}

impl Records {
    /// Reads the files of a folder straight into one piece of memory of their size.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let folder = find(path)?;
        let mut files = Vec::new();
        for name in FILES {
            files.push(Source::open(folder.join(name))?);
        }
        let mut bytes = Vec::new();
        let total = files.iter().map(|file| file.len).sum();
        bytes.try_reserve_exact(total).map_err(|e| {
            Error::Data(format!("{}: no memory for {total} bytes of images: {e}", folder.display()))
        })?;
        bytes.resize(total, 0);
        let (mut rest, mut train) = (&mut bytes[..], 0);
        for (source, name) in files.iter_mut().zip(FILES) {
            let (out, behind) = rest.split_at_mut(source.len);
            source.fill(out)?;
            train += if name == TEST { 0 } else { source.len / RECORD };
            rest = behind;
        }
        Ok(Self { bytes, train })
    }
}

/// The folder itself or the one that holds it.
fn find(path: &Path) -> Result<PathBuf> {
    let inner = path.join(FOLDER);
    match (path.is_dir(), FILES.iter().any(|name| path.join(name).exists()), inner.is_dir()) {
        (false, ..) => {
            let found = if path.exists() { "a file" } else { "nothing" };
            Err(Error::Data(format!("{}: expected a folder, found {found}; {HELP}", path.display())))
        }
        (true, true, _) => Ok(path.to_path_buf()),
        (true, false, true) => Ok(inner),
        (true, false, false) => Err(Error::Data(format!(
            "{}: expected {} … {TEST} or a folder {FOLDER} with them, found neither; {HELP}",
            path.display(),
            FILES[0]
        ))),
    }
}

/// An opened file whose length fits.
struct Source {
    path: PathBuf,
    file: File,
    len: usize,
}

impl Source {
    fn open(path: PathBuf) -> Result<Self> {
        let fail =
            |e: std::io::Error| Error::Data(format!("{}: cannot be opened: {e}; {HELP}", path.display()));
        let file = File::open(&path).map_err(fail)?;
        let meta = file.metadata().map_err(fail)?;
        let bad = |found: String| Err(Error::Data(format!("{}: {found}; {HELP}", path.display())));
        if !meta.is_file() {
            return bad("expected a file, found something else".into());
        }
        let len = usize::try_from(meta.len()).unwrap_or(usize::MAX);
        if len == 0 {
            return bad(format!("expected records of {RECORD} bytes, found an empty file"));
        }
        if !len.is_multiple_of(RECORD) {
            let (whole, over) = (len / RECORD, len % RECORD);
            return bad(format!(
                "truncated: expected a multiple of {RECORD} bytes ({} = {} records), found {len} bytes, which is {whole} \
                 records and {over} bytes",
                (whole + 1).saturating_mul(RECORD),
                whole + 1
            ));
        }
        Ok(Self { path, file, len })
    }

    /// Reads all records and checks their labels.
    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        self.file.read_exact(out).map_err(|e| {
            Error::Data(format!(
                "{}: expected {} bytes, could not read them: {e}",
                self.path.display(),
                self.len
            ))
        })?;
        match out
            .chunks_exact(RECORD)
            .map(|record| record[0])
            .enumerate()
            .find(|(_, l)| usize::from(*l) >= CLASSES)
        {
            Some((record, label)) => Err(Error::Data(format!(
                "{}: record {record} (counted from 0): expected a label 0..{}, found {label}; is this CIFAR-10's binary \
                 version?",
                self.path.display(),
                CLASSES - 1
            ))),
            None => Ok(()),
        }
    }
}
