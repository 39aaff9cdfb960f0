//! Image datasets that stay in their files and are read on demand.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use smash_core::Result;
use smash_core::dataset::{Augmentation, Dataset, Moments, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

use crate::check::bad;
use crate::examples::{Statistics, table};

/// Sample size of the normalisation statistics: as many images, evenly spread.
const SAMPLE: usize = 8192;

/// A block of images without gaps between them, as channel planes of bytes.
#[derive(Debug)]
pub(crate) struct ImageBlock {
    pub(crate) path: PathBuf,
    pub(crate) count: usize,
    pub(crate) pixels: Pixels,
}

#[derive(Debug)]
pub(crate) enum Pixels {
    Memory(Vec<u8>),
    /// In a file, from this byte offset on.
    ///
    /// Read, not memory-mapped: truncating a mapped file would kill the whole process (SIGBUS).
    File(File, u64),
}

/// A dataset of stored images, with each channel normalised to mean 0 and standard deviation 1 when it is
/// read. Only the labels are in memory, and the pixels of files that had to be decompressed.
#[derive(Debug)]
pub struct Images {
    task: Task,
    labels: Vec<u16>,
    blocks: Vec<ImageBlock>,
    /// The index of the first image of each block.
    begins: Vec<usize>,
    /// Number of images that train or validate; those after them test.
    train: usize,
    /// Lookup table: the normalised value of each byte in each channel.
    bytes: Vec<[f32; 256]>,
    validation: f64,
    augmentation: Augmentation,
}

impl Images {
    /// Makes a dataset of blocks. The loader guarantees as many images as labels.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub(crate) fn new(
        task: Task,
        labels: Vec<u16>,
        blocks: Vec<ImageBlock>,
        train: usize,
        validation: f64,
        augmentation: Augmentation,
    ) -> Result<Self> {
        let begin = |next: &mut usize, block: &ImageBlock| {
            *next += block.count;
            Some(*next - block.count)
        };
        let begins = blocks.iter().scan(0, begin).collect();
        let bytes = Vec::new();
        let mut images = Self { task, labels, blocks, begins, train, bytes, validation, augmentation };
        images.bytes = images.tables()?;
        Ok(images)
    }

    /// The lookup tables, from the statistics of a sample of the training and validation images.
    fn tables(&self) -> Result<Vec<[f32; 256]>> {
        let mut histogram = vec![[0; 256]; self.task.channels];
        let mut image = vec![0; self.task.example_len()];
        let plane = image.len() / self.task.channels;
        let sample = self.train.min(SAMPLE);
        for number in 0..sample {
            self.pixels(number * self.train / sample, &mut image)?;
            image.chunks_exact(plane).zip(&mut histogram).for_each(|(plane, histogram)| {
                plane.iter().for_each(|&byte| histogram[usize::from(byte)] += 1);
            });
        }
        Ok(histogram.iter().map(|histogram| table(&statistics(histogram))).collect())
    }

    /// Reads the bytes of an image.
    fn pixels(&self, index: usize, out: &mut [u8]) -> Result<()> {
        let number = self.begins.partition_point(|begin| *begin <= index) - 1;
        let ImageBlock { path, pixels, .. } = &self.blocks[number];
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

/// Mean and standard deviation of bytes (0 to 255 stand for 0 to 1) from their histogram. The deviation of a
/// constant channel is taken as 1.
fn statistics(histogram: &[u64; 256]) -> Statistics {
    let mut moments = Moments::default();
    for (byte, &times) in histogram.iter().enumerate().filter(|(_, times)| **times > 0) {
        moments.add_times(byte as f64 / 255.0, times as f64);
    }
    [moments.mean() as f32, moments.scale() as f32]
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

    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        Some(self.bytes.iter().map(|table| [table[0], table[255]]).collect())
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}
