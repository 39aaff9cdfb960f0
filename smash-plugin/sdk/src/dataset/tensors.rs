//! A dataset of tensors that a host has in memory.

use serde::Deserialize;
use smash_core::dataset::{Augmentation, Dataset, Normalise, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::{Error, Result};

use super::description::{DatasetDescription, FRACTION, Ranges};
use crate::abi::{ERR_DATA, ERR_INVALID_CONFIG};
use crate::buf::ArgumentError;
use crate::tensor::{Borrowed, Element};

/// The options of a dataset of tensors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Number of classes; absent: one more than the largest label.
    classes: Option<usize>,
    /// The name of each class.
    class_names: Option<Vec<String>>,
    /// Normalisation mean, subtracted from the values of each channel; one number, or one per channel.
    mean: Vec<f64>,
    /// Normalisation standard deviation, which the values are then divided by.
    std: Vec<f64>,
    /// Train/validation/test split, `{"train", "valid", "test"}`, each a list of `[from, to)`; absent: a
    /// tenth of each class validates, a tenth tests.
    splits: Option<Ranges>,
    /// Augmentation of training examples.
    augmentation: Augmentation,
}

/// The values in the type that they were handed over in.
enum Values {
    F32(Vec<f32>),
    /// Bytes 0 … 255, which stand for 0 … 1.
    U8(Vec<u8>),
}

/// A dataset in memory.
struct Tensors {
    task: Task,
    values: Values,
    labels: Vec<u32>,
    /// Normalisation of each channel, which a model carries: whoever uses it has raw examples too.
    normalise: Option<Normalise>,
    class_names: Option<Vec<String>>,
    splits: Option<Ranges>,
    augmentation: Augmentation,
}

/// Makes a dataset of images `[n, channels, extents…]` (f32, or u8, which stand for `value / 255`) and their
/// labels `[n]` (i64, i32 or u8). Everything is copied once; the caller still owns both tensors.
///
/// # Errors
/// When the options are invalid, or shapes, types or values do not fit.
pub fn of_tensors(
    options: &str,
    x: &Borrowed<'_>,
    y: &Borrowed<'_>,
) -> std::result::Result<Box<dyn Dataset>, ArgumentError> {
    let data = |message: String| (ERR_DATA, message);
    let options: Options = match options {
        "" => Options::default(),
        text => {
            smash_core::json::from_str(text).map_err(|e| (ERR_INVALID_CONFIG, format!("options: {e}")))?
        }
    };
    let [examples, channels, extents @ ..] = x.shape() else {
        return Err(data(format!("x: expected [n, channels, extents…], found {:?}", x.shape())));
    };
    if y.shape() != [*examples] {
        return Err(data(format!("y: expected {examples} labels, one an example, found {:?}", y.shape())));
    }
    let labels = labels(y)?;
    let largest = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let classes = options.classes.unwrap_or(largest);
    if largest > classes {
        let at = labels.iter().position(|&label| label as usize >= classes).unwrap_or_default();
        return Err(data(format!("y[{at}]: expected a class below {classes}, found {}", labels[at])));
    }
    let task = Task { channels: *channels, extents: extents.to_vec(), classes };
    let about = DatasetDescription {
        task: task.clone(),
        examples: *examples as u64,
        views: 1,
        splits: options.splits.clone(),
        augmentation: options.augmentation,
        normalise: None,
        class_names: options.class_names.clone(),
    };
    about.checked().map_err(|message| data(message.replace("describe/", "")))?;
    let normalise = normalise(&options, *channels)?;
    let values = if x.is::<u8>() { Values::U8(x.to_vec()?) } else { Values::F32(x.to_vec()?) };
    if let Values::F32(values) = &values
        && let Some(at) = values.iter().position(|value| !value.is_finite())
    {
        let example = at / task.example_len();
        return Err(data(format!("x[{example}]: expected finite numbers, found {}", values[at])));
    }
    let Options { splits, augmentation, class_names, .. } = options;
    Ok(Box::new(Tensors { task, values, labels, normalise, class_names, splits, augmentation }))
}

/// Reads the labels, from any of the integer types.
fn labels(y: &Borrowed<'_>) -> std::result::Result<Vec<u32>, ArgumentError> {
    fn convert<T: Element + TryInto<u32> + ToString>(
        y: &Borrowed<'_>,
    ) -> std::result::Result<Vec<u32>, ArgumentError> {
        let convert = |(at, label): (usize, T)| {
            let found = label.to_string();
            label.try_into().map_err(|_| (ERR_DATA, format!("y[{at}]: expected a class, found {found}")))
        };
        y.to_vec::<T>()?.into_iter().enumerate().map(convert).collect()
    }
    if y.is::<i64>() {
        convert::<i64>(y)
    } else if y.is::<i32>() {
        convert::<i32>(y)
    } else if y.is::<u8>() {
        convert::<u8>(y)
    } else {
        Err((ERR_DATA, format!("y: expected int64, int32 or uint8, found {}", y.found())))
    }
}

/// Normalisation of each channel, where the options name any.
fn normalise(options: &Options, channels: usize) -> std::result::Result<Option<Normalise>, ArgumentError> {
    if options.mean.is_empty() && options.std.is_empty() {
        return Ok(None);
    }
    let each = |given: &[f64], default: f64| match given {
        [] => vec![default; channels],
        [one] => vec![*one; channels],
        many => many.to_vec(),
    };
    let normalise = Normalise { mean: each(&options.mean, 0.0), std: each(&options.std, 1.0) };
    normalise.check(channels).map_err(|problem| (ERR_INVALID_CONFIG, format!("options{problem}")))?;
    Ok(Some(normalise))
}

impl Dataset for Tensors {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index] as usize
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let length = self.task.example_len();
        let range = index * length..(index + 1) * length;
        match &self.values {
            Values::F32(values) => out.copy_from_slice(&values[range]),
            Values::U8(values) => {
                out.iter_mut().zip(&values[range]).for_each(|(out, &value)| *out = f32::from(value) / 255.0);
            }
        }
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        match &self.splits {
            Some(ranges) => ranges.splits(self.len()).map_err(Error::Data),
            None => {
                Ok(Splits::stratified(0..self.len(), |index| self.label(index), FRACTION, FRACTION, seed))
            }
        }
    }

    /// Bytes of a picture are black to white.
    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        matches!(self.values, Values::U8(_)).then(|| vec![[0.0, 1.0]; self.task.channels])
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }

    fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    fn normalise(&self) -> Option<Normalise> {
        self.normalise.clone()
    }
}
