//! A batch file of images and labels: an .npz archive or a pickle with `data` and `labels`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use crate::check;
use crate::listing::ending;
use crate::npy::{self, Header};
use crate::pickle::{Array, Bytes, Entry, Pickle};
use crate::stored::{ImageBlock, Pixels};

/// Limit on the images of a batch: the whole set has 1,281,167.
const IMAGES: usize = 1 << 21;

/// Limits on decompressed pixels, in bytes and as a ratio to the size of their archive: photographs do not
/// compress better.
const UNPACKED: u64 = 1 << 28;
const RATIO: u64 = 100;

/// Opens a batch; its labels are as in the file.
///
/// # Errors
/// What was expected and what was found.
pub(super) fn open(path: &Path, size: usize) -> Result<(ImageBlock, Vec<i64>), String> {
    let (count, pixels, labels) = if ending(path) == "npz" { npz(path, size) } else { pickle(path, size) }?;
    if labels.len() != count {
        return Err(format!("expected a label for each of {count} images, found {}", labels.len()));
    }
    Ok((ImageBlock { path: path.to_path_buf(), count, pixels }, labels))
}

/// The number of images in an array of a type and a shape.
fn count(dtype: &str, shape: &[usize], size: usize) -> Result<usize, String> {
    let pixels = 3 * size * size;
    let bytes = dtype.trim_start_matches(['<', '>', '=', '|']) == "u1";
    match *shape {
        [count, rest] if bytes && rest == pixels && (1..=IMAGES).contains(&count) => Ok(count),
        [count, 3, h, w] if bytes && [h, w] == [size; 2] && (1..=IMAGES).contains(&count) => Ok(count),
        _ => Err(format!(
            "data: expected bytes of shape [1 to {IMAGES}, {pixels}] or [1 to {IMAGES}, 3, {size}, {size}], found {dtype} \
             of shape {shape:?}"
        )),
    }
}

fn npz(path: &Path, size: usize) -> Result<(usize, Pixels, Vec<i64>), String> {
    let (file, length) = check::open(path)?;
    let archive = ZipArchive::new(BufReader::new(file));
    let mut archive = archive.map_err(|e| check::no_archive(path, e))?;
    let numbers = labels(&mut archive)?;
    let name = "data.npy";
    let mut file = archive.by_name(name).map_err(|e| format!("expected the array {name}: {e}"))?;
    let [stored, packed] = [file.size(), file.compressed_size()];
    // An upper bound: the header has some kilobytes at most.
    let mut start = (&mut file).take(u64::from(u16::MAX));
    let header = Header::read(&mut start).and_then(Header::in_rows);
    let Header { dtype, shape, .. } = header.map_err(|problem| format!("{name}: {problem}"))?;
    let header = u64::from(u16::MAX) - start.limit();
    let count = count(&dtype, &shape, size)?;
    let bytes = (count * 3 * size * size) as u64;
    if file.compression() != CompressionMethod::Stored {
        let most = UNPACKED.max(RATIO * packed);
        if bytes > most {
            return Err(format!(
                "{name}: expected at most {most} bytes in {packed} packed ones, found {bytes}"
            ));
        }
        let pixels = check::bytes(&mut file, bytes as usize).and_then(|pixels| {
            check::expect_end(&mut file)?;
            Ok(pixels)
        });
        return Ok((count, Pixels::Memory(pixels.map_err(|problem| format!("{name}: {problem}"))?), numbers));
    }
    let begin = file.data_start().filter(|begin| {
        let end = begin.checked_add(stored);
        stored == packed && stored == header + bytes && end.is_some_and(|end| end <= length)
    });
    let begin = begin.ok_or_else(|| {
        let whole = header + bytes;
        format!("{name}: expected {whole} bytes within a file of {length}, found {stored} stored and {packed} packed")
    })?;
    drop(file);
    Ok((count, Pixels::File(archive.into_inner().into_inner(), begin + header), numbers))
}

fn labels(archive: &mut ZipArchive<BufReader<File>>) -> Result<Vec<i64>, String> {
    let name = "labels.npy";
    let found = archive.file_names().take(8).flatten().collect::<Vec<_>>().join(", ");
    let file = archive
        .by_name(name)
        .map_err(|e| format!("expected the arrays data.npy and labels.npy, found {found}: {name}: {e}"))?;
    let mut file = BufReader::new(file);
    let mut read = || {
        let Header { dtype, shape, .. } = Header::read(&mut file)?;
        let [count @ 1..=IMAGES] = shape[..] else {
            return Err(format!("expected the shape [1 to {IMAGES}], found {shape:?}"));
        };
        let numbers = npy::integers(&mut file, &dtype, count)?;
        check::expect_end(&mut file)?;
        Ok(numbers)
    };
    read().map_err(|problem| format!("{name}: {problem}"))
}

fn pickle(path: &Path, size: usize) -> Result<(usize, Pixels, Vec<i64>), String> {
    let pickle = Pickle::open(path)?;
    let Entry::Array(Array { dtype, shape, bytes }) = pickle.entry("data")? else {
        return Err("data: expected an array, found a list".into());
    };
    let count = count(dtype, shape, size)?;
    let pixels = match bytes {
        Bytes::Here(bytes) => Pixels::Memory(bytes.to_vec()),
        Bytes::There { at, .. } => Pixels::File(check::open(path)?.0, *at),
    };
    let labels = match pickle.entry("labels")? {
        Entry::Numbers(numbers) => numbers,
        Entry::Array(Array { dtype, shape, bytes }) => {
            let [labels @ 1..=IMAGES] = shape[..] else {
                return Err(format!("labels: expected the shape [1 to {IMAGES}], found {shape:?}"));
            };
            numbers(path, dtype, labels, bytes).map_err(|problem| format!("labels: {problem}"))?
        }
    };
    Ok((count, pixels, labels))
}

fn numbers(path: &Path, dtype: &str, count: usize, bytes: &Bytes) -> Result<Vec<i64>, String> {
    match bytes {
        Bytes::Here(bytes) => npy::integers(&mut &bytes[..], dtype, count),
        Bytes::There { at, .. } => {
            let mut file = BufReader::new(check::open(path)?.0);
            std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(*at)).map_err(|e| e.to_string())?;
            npy::integers(&mut file, dtype, count)
        }
    }
}
