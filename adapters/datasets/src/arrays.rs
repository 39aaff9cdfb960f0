//! Examples from two arrays: x, the values, and y, the labels. The modules `npz` and `safetensors` read them
//! from files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::dataset::{Augmentation, Normalise};
use smash_core::task::Task;

use crate::check::{self, CLASSES, bad};
use crate::examples::{Examples, Validation, Values};

/// Limit on the bytes decompressed from a compressed array, whose true size is known at its end only.
pub(crate) const COMPRESSED: u64 = 1 << 30;

/// The lines that number labels from 0.
const FROM_ONE: &str = "if the labels count from 1, store y = y - 1";
const RENUMBER: &str = "names, y = np.unique(y, return_inverse=True) numbers labels from 0 without gaps";

/// Examples as the arrays x and y of a file: x holds bytes (uint8), float32, or other numbers that float32
/// holds exactly, with an axis of examples, an axis of channels and one to three further axes; y holds one
/// whole label per example, or one-hot rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ArraysConfig {
    /// File of the training examples.
    pub path: PathBuf,
    /// File of the test examples. Without it the test split is drawn from the training examples, as large as
    /// the validation split of each class.
    pub test: Option<PathBuf>,
    /// Axis order of x: where its channels are.
    pub layout: Layout,
    /// Number of classes; by default one more than the largest label, in which case every class must have a
    /// training example.
    #[schemars(range(min = 2, max = 65536))]
    pub classes: Option<usize>,
    /// Validation split: share of the training examples of each class that rank architectures instead of
    /// training; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Normalisation of each channel; by default to the mean and standard deviation of the training split.
    pub normalise: Normalise,
    /// Augmentation of a training example; none by default.
    pub augmentation: Augmentation,
}

/// The axis order of x.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Channels first: examples, channels, then one to three extents.
    #[default]
    Nchw,
    /// Channels last: examples, one to three extents, then channels.
    Nhwc,
}

impl Default for ArraysConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            test: None,
            layout: Layout::default(),
            classes: None,
            validation: 0.1,
            normalise: Normalise::default(),
            augmentation: Augmentation::default(),
        }
    }
}

/// The arrays of a file: as many values as the shape says, as many labels as examples.
pub(crate) struct Arrays {
    pub(crate) shape: Vec<usize>,
    pub(crate) x: Values,
    /// `None` where the file has none and none is [needed](Labels).
    pub(crate) y: Option<Vec<i64>>,
}

/// Whether the file of an array x must have labels too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Labels {
    Needed,
    IfAny,
}

/// Arrays whose shapes and labels were checked, with channels first.
struct CheckedArrays {
    channels: usize,
    extents: Vec<usize>,
    values: Values,
    labels: Vec<u16>,
}

impl ArraysConfig {
    /// Reads the examples; `read` reads the arrays of a file.
    pub(crate) fn examples(&self, read: fn(&Path, Labels) -> Result<Arrays, String>) -> Result<Examples> {
        check::path(&self.path, "a file with the arrays x and y")?;
        check::validation(self.validation)?;
        check::classes(self.classes)?;
        let load = |path: &Path, classes| {
            read(path, Labels::Needed)
                .and_then(|arrays| self.check(arrays, classes))
                .map_err(|problem| bad(path, problem))
        };
        let mut all = load(&self.path, self.classes)?;
        check::normalise(&self.normalise, all.channels)?;
        let classes = self.classes(&all.labels).map_err(|problem| bad(&self.path, problem))?;
        let train = all.labels.len();
        let notes: Vec<String> =
            axes::doubtful(self.layout == Layout::Nhwc, all.channels, &all.extents).into_iter().collect();
        if let Some(path) = &self.test {
            let test = load(path, self.classes)?;
            untrained(&all.labels, &test.labels).map_err(|problem| bad(path, problem))?;
            all.append(test).map_err(|problem| bad(path, problem))?;
        }
        let examples = Examples::new(
            Task { channels: all.channels, extents: all.extents, classes },
            (all.labels, all.values),
            train,
            None,
            Validation::Drawn(self.validation),
            self.augmentation,
        );
        Ok(examples.normalised(&self.normalise).noted(notes))
    }

    /// Checks shapes and labels, and moves the channels to the front.
    fn check(
        &self,
        Arrays { shape, mut x, y }: Arrays,
        classes: Option<usize>,
    ) -> Result<CheckedArrays, String> {
        let (count, channels, extents) = match (self.layout, &shape[..]) {
            (Layout::Nchw, [count, channels, extents @ ..]) => (*count, *channels, extents.to_vec()),
            (Layout::Nhwc, [count, extents @ .., channels]) => (*count, *channels, extents.to_vec()),
            _ => (0, 0, Vec::new()),
        };
        if count == 0 || !(1..=3).contains(&extents.len()) {
            return Err(format!(
                "x: expected the axes of examples, of channels and one to three more, found the shape {shape:?}{}",
                axes::missing(&shape)
            ));
        }
        let y = y.unwrap_or_default();
        let most = classes.unwrap_or(CLASSES) - 1;
        let lowest = y.iter().copied().min().unwrap_or(0);
        let label = |(index, number): (usize, i64)| {
            let label = u16::try_from(number).ok().filter(|label| usize::from(*label) <= most);
            label.ok_or_else(|| {
                let problem =
                    format!("y: label {index} (counted from 0): expected 0..{most}, found {number}");
                let help = if lowest == 1 { FROM_ONE } else { RENUMBER };
                format!("{problem}: {help}")
            })
        };
        let labels = y.into_iter().enumerate().map(label).collect::<Result<_, _>>()?;
        let plane = extents.iter().product();
        match &mut x {
            _ if self.layout == Layout::Nchw => {}
            Values::Bytes(bytes) => to_planes(bytes, channels, plane),
            Values::Floats(floats) => to_planes(floats, channels, plane),
        }
        Ok(CheckedArrays { channels, extents, values: x, labels })
    }

    /// The number of classes: the configured one, or that of the labels.
    fn classes(&self, labels: &[u16]) -> Result<usize, String> {
        if let Some(classes) = self.classes {
            return Ok(classes);
        }
        let classes = labels.iter().map(|label| usize::from(*label) + 1).max().unwrap_or(0).max(2);
        let mut seen = vec![false; classes];
        labels.iter().for_each(|label| seen[usize::from(*label)] = true);
        match seen.iter().position(|seen| !seen) {
            Some(class) => {
                let help = if seen[1..].iter().all(|seen| *seen) { FROM_ONE } else { RENUMBER };
                Err(format!(
                    "y: expected an example of each class 0..{}, found none of class {class}: {help}; if that is right, \
                     set the dataset's number of classes",
                    classes - 1
                ))
            }
            None => Ok(classes),
        }
    }
}

impl CheckedArrays {
    fn append(&mut self, test: Self) -> Result<(), String> {
        let [trained, tested] = [&*self, &test].map(|split| (split.channels, split.extents.clone()));
        if tested != trained {
            return Err(format!(
                "x: expected the channels and extents {trained:?} of the training examples, found {tested:?}{}",
                axes::moved(&trained, &tested)
            ));
        }
        match (&mut self.values, test.values) {
            (Values::Bytes(values), Values::Bytes(test)) => values.extend(test),
            (Values::Floats(values), Values::Floats(test)) => values.extend(test),
            _ => return Err("x: expected the type of the training examples, found the other one".into()),
        }
        self.labels.extend(test.labels);
        Ok(())
    }
}

/// Refuses test labels of classes that no training example has.
fn untrained(train: &[u16], test: &[u16]) -> Result<(), String> {
    let [trained, tested] = [train, test].map(|labels| labels.iter().copied().collect::<BTreeSet<u16>>());
    let only: Vec<String> = tested.difference(&trained).take(8).map(u16::to_string).collect();
    if only.is_empty() {
        return Ok(());
    }
    Err(format!(
        "y: expected the classes that train, found examples of classes without a training example: {}; add training \
         examples of them, or leave theirs out",
        only.join(", ")
    ))
}

/// Transposes each example from channels last to channels first.
pub(crate) fn to_planes<T: Copy>(values: &mut [T], channels: usize, plane: usize) {
    for example in values.chunks_exact_mut(channels * plane) {
        let behind = example.to_vec();
        for (at, value) in behind.into_iter().enumerate() {
            example[at % channels * plane + at / channels] = value;
        }
    }
}

/// The labels of an array y for each example of x: one number each, or one-hot rows.
pub(crate) fn labels(numbers: Vec<i64>, y: &[usize], x: &[usize]) -> Result<Vec<i64>, String> {
    let (examples, rest) = match (y, x) {
        ([labels, rest @ ..], [examples, ..]) if labels == examples => (*examples, rest),
        _ => {
            let help =
                if numbers.len() == x.first().copied().unwrap_or(0) { ": y = y.reshape(-1)" } else { "" };
            return Err(format!(
                "expected one axis of a label for each example of x, of shape {x:?}, found the shape {y:?}{help}"
            ));
        }
    };
    if rest.iter().product::<usize>() == 1 {
        return Ok(numbers);
    }
    let row = |row: &[i64]| {
        let hot = row.iter().position(|number| *number == 1)?;
        row.iter().enumerate().all(|(at, number)| *number == i64::from(at == hot)).then_some(hot as i64)
    };
    let [classes] = rest else {
        return Err(format!(
            "expected one axis of a label for each example of x, of shape {x:?}, found the shape {y:?}"
        ));
    };
    let rows = numbers.chunks_exact((*classes).max(1)).take(examples);
    rows.enumerate()
        .map(|(at, numbers)| {
            row(numbers).ok_or_else(|| {
                format!(
                    "row {at} (counted from 0): expected one axis of a label for each example of x, or one-hot rows of \
                     one 1 and else 0, found {:?}: y = y.argmax(axis=1), if the largest number is that of the class",
                    &numbers[..numbers.len().min(8)]
                )
            })
        })
        .collect()
}

/// The size of an array in bytes; an error when it is empty or larger than `most`.
pub(crate) fn size(shape: &[usize], width: usize, most: u64) -> Result<usize, String> {
    let total = shape.iter().try_fold(width, |total, extent| total.checked_mul(*extent));
    total
        .filter(|total| (1..=most).contains(&(*total as u64)))
        .ok_or_else(|| format!("expected 1 to {most} bytes of values, found the shape {shape:?}"))
}

mod axes;
#[cfg(test)]
mod tests;
