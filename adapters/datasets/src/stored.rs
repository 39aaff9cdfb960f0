//! Images that stay in their files until they are read.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use smash_core::Result;
use smash_core::dataset::{Augmentation, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

use crate::check::bad;
use crate::examples::{Statistics, table};

/// Images, evenly spread, whose pixels give mean and deviation of the channels.
const SAMPLE: usize = 8192;

/// Images that follow each other without gaps, channel planes of bytes.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) count: usize,
    pub(crate) pixels: Pixels,
}

#[derive(Debug)]
pub(crate) enum Pixels {
    Memory(Vec<u8>),
    /// From a byte of a file on.
    ///
    /// Read, not mapped: a mapped file that somebody shortens ends the whole process.
    File(File, u64),
}

/// A dataset of stored images, with each channel normalised to mean 0 and deviation 1 when it is read. Only the labels are
/// in memory, and the pixels of files that had to be unpacked.
#[derive(Debug)]
pub struct Images {
    task: Task,
    labels: Vec<u16>,
    parts: Vec<Part>,
    /// The first image of each part.
    begins: Vec<usize>,
    /// How many train or validate; those behind them test.
    train: usize,
    /// The normalised value of each byte in each channel.
    bytes: Vec<[f32; 256]>,
    validation: f64,
    augmentation: Augmentation,
}

impl Images {
    /// Puts parts together. There are as many images as labels, which is for the loader to see to.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub(crate) fn new(
        task: Task,
        labels: Vec<u16>,
        parts: Vec<Part>,
        train: usize,
        validation: f64,
        augmentation: Augmentation,
    ) -> Result<Self> {
        let begin = |next: &mut usize, part: &Part| {
            *next += part.count;
            Some(*next - part.count)
        };
        let begins = parts.iter().scan(0, begin).collect();
        let bytes = Vec::new();
        let mut images = Self { task, labels, parts, begins, train, bytes, validation, augmentation };
        images.bytes = images.tables()?;
        Ok(images)
    }

    /// The normalised values of bytes, after some of the images that train or validate.
    fn tables(&self) -> Result<Vec<[f32; 256]>> {
        let mut times = vec![[0; 256]; self.task.channels];
        let mut image = vec![0; self.task.example_len()];
        let plane = image.len() / self.task.channels;
        let sample = self.train.min(SAMPLE);
        for number in 0..sample {
            self.pixels(number * self.train / sample, &mut image)?;
            image.chunks_exact(plane).zip(&mut times).for_each(|(plane, times)| {
                plane.iter().for_each(|&byte| times[usize::from(byte)] += 1);
            });
        }
        Ok(times.iter().map(|times| table(&statistics(times))).collect())
    }

    /// The bytes of an image.
    fn pixels(&self, index: usize, out: &mut [u8]) -> Result<()> {
        let number = self.begins.partition_point(|begin| *begin <= index) - 1;
        let Part { path, pixels, .. } = &self.parts[number];
        let at = (index - self.begins[number]) * out.len();
        match pixels {
            Pixels::Memory(bytes) => out.copy_from_slice(&bytes[at..at + out.len()]),
            Pixels::File(file, begin) => {
                file.read_exact_at(out, begin + at as u64)
                    .map_err(|e| bad(path, format!("expected image {index}, could not read it: {e}")))?;
            }
        }
        Ok(())
    }
}

/// Mean and deviation of bytes, 0 to 255 for 0 to 1, that occur so often. Of one that never changes the deviation is 1.
fn statistics(times: &[u64; 256]) -> Statistics {
    let [mut count, mut sum, mut squares] = [0.0; 3];
    for (byte, &times) in times.iter().enumerate() {
        let (value, times) = (byte as f64 / 255.0, times as f64);
        count += times;
        sum += times * value;
        squares += times * value * value;
    }
    let mean = sum / f64::max(count, 1.0);
    let deviation = (squares / f64::max(count, 1.0) - mean * mean).max(0.0).sqrt() as f32;
    [mean as f32, if deviation > 1e-6 { deviation } else { 1.0 }]
}

impl Dataset for Images {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let mut image = vec![0; out.len()];
        self.pixels(index, &mut image)?;
        let plane = out.len() / self.task.channels;
        for ((out, from), table) in
            out.chunks_exact_mut(plane).zip(image.chunks_exact(plane)).zip(&self.bytes)
        {
            out.iter_mut().zip(from).for_each(|(value, &byte)| *value = table[usize::from(byte)]);
        }
        Ok(())
    }

    fn splits(&self, _: Seed) -> Result<Splits> {
        Ok(Splits::last(0..self.train, self.validation, self.train..self.len()))
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}
