//! The identity of examples: what tells whether the data of a checkpoint are those at hand.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smash_core::dataset::{Data, Split};
use smash_core::task::Task;

use crate::Result;
use crate::seal::hex;

/// Values up to which all examples are read, as one number for each value.
const ALL: usize = 1 << 22;
/// Examples that are read of a larger dataset, evenly spaced from the first to the last.
const SAMPLED: usize = 1024;
/// Examples that are read at a time.
const CHUNK: usize = 64;

/// The identity of a dataset with its splits. The values of a small dataset are hashed completely, those of a
/// large one for evenly spaced examples: the same ones each time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DataIdentity {
    pub(crate) task: Task,
    /// Names of the classes, where the dataset knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class_names: Option<Vec<String>>,
    examples: usize,
    views: usize,
    /// Sizes of the training, validation and test split.
    split_sizes: [usize; 3],
    /// SHA-256 of the labels of all examples.
    labels: String,
    /// SHA-256 of the indices of each split.
    splits: String,
    /// Examples whose values are hashed.
    sampled: usize,
    /// SHA-256 of their values, as little-endian f32.
    values: String,
}

impl DataIdentity {
    /// The identity of data. Reads examples.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn of(data: &Data) -> Result<Self> {
        let (dataset, splits) = (data.dataset(), data.splits());
        let (count, length) = (dataset.len(), data.task().example_len());
        let parts = [Split::Train, Split::Valid, Split::Test].map(|split| splits.of(split));
        let mut labels = Sha256::new();
        (0..count).for_each(|index| labels.update((dataset.label(index) as u64).to_le_bytes()));
        let mut members = Sha256::new();
        for part in parts {
            members.update((part.len() as u64).to_le_bytes());
            part.iter().for_each(|&index| members.update((index as u64).to_le_bytes()));
        }
        let sampled = if count.saturating_mul(length) <= ALL { count } else { count.min(SAMPLED) };
        let spread = |i: usize| (i as u128 * (count as u128 - 1) / (sampled as u128 - 1).max(1)) as usize;
        let indices: Vec<usize> = (0..sampled).map(spread).collect();
        let (mut values, mut batch) = (Sha256::new(), vec![0.0; CHUNK * length]);
        let mut bytes = Vec::new();
        for chunk in indices.chunks(CHUNK) {
            let batch = &mut batch[..chunk.len() * length];
            dataset.read_batch(chunk, None, batch)?;
            bytes.clear();
            batch.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            values.update(&bytes);
        }
        Ok(Self {
            task: data.task().clone(),
            class_names: dataset.class_names().map(<[String]>::to_vec),
            examples: count,
            views: dataset.views(),
            split_sizes: parts.map(<[usize]>::len),
            labels: hex(labels.finalize()),
            splits: hex(members.finalize()),
            sampled,
            values: hex(values.finalize()),
        })
    }

    /// Checks that these data are those of a checkpoint.
    ///
    /// # Errors
    /// With everything that differs.
    pub(crate) fn check(&self, then: &Self) -> Result<(), String> {
        let mut differences = Vec::new();
        let mut differ = |what: &str, then: String, now: String| {
            differences.push(format!("{what}: {then} then, {now} now"));
        };
        if then.task.dims() != self.task.dims() {
            differ(
                "shape of an example",
                format!("{:?}", then.task.dims()),
                format!("{:?}", self.task.dims()),
            );
        }
        if then.task.classes != self.task.classes {
            differ("classes", then.task.classes.to_string(), self.task.classes.to_string());
        }
        // A later version may know names that an earlier one did not keep.
        if let (Some(names), Some(now)) = (&then.class_names, &self.class_names)
            && names != now
        {
            differ("names of the classes", names.join(", "), now.join(", "));
        }
        if then.examples != self.examples {
            differ("examples", then.examples.to_string(), self.examples.to_string());
        }
        if then.views != self.views {
            differ("views of an example", then.views.to_string(), self.views.to_string());
        }
        if then.split_sizes != self.split_sizes {
            let sizes = |[train, valid, test]: [usize; 3]| format!("{train} + {valid} + {test}");
            differ(
                "training, validation and test examples",
                sizes(then.split_sizes),
                sizes(self.split_sizes),
            );
        }
        // Without these, different hashes say something that is not said yet.
        if differences.is_empty() {
            let hashes = [
                ("the labels", &then.labels, &self.labels),
                ("which examples train, validate and test", &then.splits, &self.splits),
                ("the values of the examples", &then.values, &self.values),
            ];
            let other = hashes.iter().filter(|(_, then, now)| then != now);
            differences.extend(other.map(|(what, ..)| format!("{what} (by their SHA-256)")));
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the data are not those that it was begun with; what differs: {}. Nothing was changed: put the data \
             back, or begin a new run",
            differences.join("; ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smash_core::random::Seed;
    use smash_core::testing::Blobs;

    fn identity(classes: usize, extents: &[usize], count: usize, seed: u64) -> DataIdentity {
        let data = Data::new(Box::new(Blobs::new(classes, extents, count, seed)), Seed::new(1)).unwrap();
        DataIdentity::of(&data).unwrap()
    }

    #[test]
    fn what_differs_is_said() {
        let then = identity(4, &[4, 4], 400, 7);
        identity(4, &[4, 4], 400, 7).check(&then).unwrap();
        let cases = [
            (identity(4, &[4, 4], 400, 8), "the values of the examples"),
            (identity(4, &[4, 5], 400, 7), "shape of an example: "),
            (identity(4, &[4, 4], 401, 7), "examples: 400 then, 401 now"),
            (identity(5, &[4, 4], 400, 7), "classes: 4 then, 5 now"),
            (DataIdentity { labels: String::new(), ..then.clone() }, "the labels"),
            (DataIdentity { splits: String::new(), ..then.clone() }, "which examples train"),
        ];
        for (now, fragment) in cases {
            let error = now.check(&then).unwrap_err();
            assert!(error.contains(fragment), "{error}");
        }
        let named = |names: &[&str]| DataIdentity {
            class_names: Some(names.iter().map(ToString::to_string).collect()),
            ..then.clone()
        };
        assert!(named(&["a", "b"]).check(&named(&["b", "a"])).unwrap_err().contains("b, a then, a, b now"));
        named(&["a", "b"]).check(&then).unwrap();
    }

    #[test]
    fn a_large_dataset_is_sampled_evenly() {
        let large = identity(2, &[64, 64], 1200, 7);
        assert_eq!((large.sampled, identity(2, &[4, 4], 1200, 7).sampled), (1024, 1200));
        assert_eq!(large, identity(2, &[64, 64], 1200, 7));
    }
}
