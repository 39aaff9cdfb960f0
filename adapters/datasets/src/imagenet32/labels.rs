//! The labels of all batches: they count from 1 in the distributed files, from 0 in others.

use std::path::{Path, PathBuf};

use smash_core::Result;

use crate::check::{CLASSES, bad};

/// Labels as in the files.
#[derive(Debug, Default)]
pub(super) struct Labels {
    numbers: Vec<i64>,
    /// Each file, with the index of its first label.
    files: Vec<(PathBuf, usize)>,
    /// The label of the first class: 0 or 1.
    first: i64,
}

impl Labels {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Appends the labels of a file.
    pub(super) fn add(&mut self, path: &Path, numbers: Vec<i64>) {
        self.files.push((path.to_path_buf(), self.numbers.len()));
        self.numbers.extend(numbers);
    }

    /// The number of classes: the configured one or that of the labels so far, which also determine whether
    /// they count from 0 or 1.
    pub(super) fn classes(&mut self, given: Option<usize>) -> Result<usize, String> {
        self.first = i64::from(!self.numbers.contains(&0));
        if let Some(classes) = given {
            return Ok(classes);
        }
        let labels = self.numbers.iter().map(|number| number.saturating_sub(self.first));
        let largest = labels.clone().max().unwrap_or(0).clamp(1, CLASSES as i64 - 1);
        let mut seen = vec![false; largest as usize + 1];
        labels.filter(|label| (0..=largest).contains(label)).for_each(|label| seen[label as usize] = true);
        match seen.iter().position(|seen| !seen) {
            Some(class) => Err(format!(
                "expected an image of each class 0..{largest}, found none of class {class}; if that is right, set the \
                 dataset's number of classes"
            )),
            None => Ok(seen.len()),
        }
    }

    /// All labels, checked, as class indices from 0.
    pub(super) fn checked(&self, classes: usize) -> Result<Vec<u16>> {
        let range = self.first..self.first + classes as i64;
        let label = |(index, number): (usize, &i64)| {
            let label = range.contains(number).then(|| u16::try_from(number - self.first).ok()).flatten();
            label.ok_or_else(|| {
                let file = self.files.partition_point(|(_, begin)| *begin <= index) - 1;
                let (path, begin) = &self.files[file];
                let (from, to) = (range.start, range.end - 1);
                let index = index - begin;
                bad(path, format!("label {index} (counted from 0): expected {from}..{to}, found {number}"))
            })
        };
        self.numbers.iter().enumerate().map(label).collect()
    }
}
