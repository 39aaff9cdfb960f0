//! Examples in an array that belongs to no dataset: x, and y where there are labels.

use std::io::BufReader;
use std::path::Path;

use smash_core::Result;

use crate::arrays::{self, Arrays, Labels, to_planes};
use crate::check::{self, bad};
use crate::decoder::{Decoded, Decoder};
use crate::elements::{self, Element};
use crate::examples::Values;
use crate::listing::ending;
use crate::npy::Header;
use crate::{contents, npz, safetensors};

/// The array x of an `.npz` or `.safetensors` file, with the labels y if it has them, or the only array of an
/// `.npz` or `.npy` file.
#[derive(Debug)]
pub struct ArrayFile {
    /// Channels first.
    x: Values,
    count: usize,
    labels: Option<Vec<usize>>,
}

impl ArrayFile {
    /// Whether a file's name ends as those of arrays.
    pub fn reads(file: &Path) -> bool {
        ["npy", "npz", "safetensors"].contains(&ending(file).as_str())
    }

    /// Reads a file of examples of a decoder's task. Its axes are those of the examples, then those of the
    /// task with the channels first or last; a single channel may be left out, and the axis of a single
    /// example.
    ///
    /// # Errors
    /// [`Error::Data`](smash_core::Error::Data) with the file, what was expected and what was found.
    pub fn read(file: &Path, decoder: &Decoder) -> Result<Self> {
        let arrays = match ending(file).as_str() {
            "npz" => npz::read(file, Labels::IfAny),
            "safetensors" => safetensors::read(file, Labels::IfAny),
            _ => npy(file),
        };
        arrays.and_then(|arrays| Self::fitted(arrays, decoder)).map_err(|problem| bad(file, problem))
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True for an array without examples.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The label of an example; `None` where the file has no labels.
    pub fn label(&self, index: usize) -> Option<usize> {
        self.labels.as_ref().map(|labels| labels[index])
    }

    /// An example.
    ///
    /// # Errors
    /// What was expected of its values and what was found.
    pub fn example(&self, index: usize, decoder: &Decoder) -> Result<Decoded, String> {
        let length = decoder.task().example_len();
        let range = index * length..(index + 1) * length;
        decoder.array(match &self.x {
            Values::Bytes(bytes) => Values::Bytes(bytes[range].to_vec()),
            Values::Floats(floats) => Values::Floats(floats[range].to_vec()),
        })
    }

    /// Checks the shape and the labels, and moves the channels to the front.
    fn fitted(Arrays { shape, mut x, y }: Arrays, decoder: &Decoder) -> Result<Self, String> {
        let task = decoder.task();
        let (channels, extents) = (task.channels, &task.extents);
        let first = task.dims();
        let last = [&extents[..], &[channels]].concat();
        let without = || (channels == 1).then_some(&extents[..]);
        let count = shape.first().copied().unwrap_or(0);
        let fits = |axes: &[usize]| axes == first || axes == last || without() == Some(axes);
        let (count, axes) = match &shape[..] {
            [_, axes @ ..] if fits(axes) => (count, axes),
            axes if fits(axes) => (1, axes),
            _ => {
                return Err(format!(
                    "x: expected the axis of examples and {first:?}, or {last:?} with the channels last, found the shape \
                     {shape:?}"
                ));
            }
        };
        if axes != first && axes == last {
            match &mut x {
                Values::Bytes(bytes) => to_planes(bytes, channels, extents.iter().product()),
                Values::Floats(floats) => to_planes(floats, channels, extents.iter().product()),
            }
        }
        let label = |(index, number): (usize, i64)| {
            let label = usize::try_from(number).ok().filter(|label| *label < task.classes);
            label.ok_or_else(|| {
                let most = task.classes.saturating_sub(1);
                format!("y: label {index} (counted from 0): expected 0..{most}, the classes of the model, found {number}")
            })
        };
        let labels = y.map(|y| y.into_iter().enumerate().map(label).collect()).transpose()?;
        Ok(Self { x, count, labels })
    }
}

/// Reads the array of a file.
fn npy(file: &Path) -> Result<Arrays, String> {
    let (opened, length) = check::open(file)?;
    let mut reader = BufReader::new(opened);
    let Header { dtype, shape, fortran } = Header::read(&mut reader).map_err(|problem| {
        match check::first_bytes(file).filter(|bytes| !bytes.starts_with(b"\x93NUMPY")) {
            Some(bytes) => format!("expected an .npy file, found {}", contents::found(&bytes)),
            None => problem,
        }
    })?;
    let element = Element::numpy(&dtype, "x")?;
    let bytes = check::bytes(&mut reader, arrays::size(&shape, element.width, length)?)?;
    check::expect_end(&mut reader)?;
    let bytes = if fortran { elements::row_major(bytes, element.width, &shape)? } else { bytes };
    Ok(Arrays { shape, x: elements::values(bytes, element)?, y: None })
}

#[cfg(test)]
mod tests;
