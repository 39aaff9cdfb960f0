//! Train/validation/test splits as JSON: `{"train": [[0, 80]], "valid": [[80, 90]], "test": [[90, 100]]}`,
//! lists of `[from, to)`.

use serde::{Deserialize, Serialize};
use smash_core::dataset::Splits;

/// Splits as index ranges, which cross as JSON; a missing split is empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Ranges {
    train: Vec<[u64; 2]>,
    valid: Vec<[u64; 2]>,
    test: Vec<[u64; 2]>,
}

impl From<&Splits> for Ranges {
    fn from(splits: &Splits) -> Self {
        Self { train: joined(&splits.train), valid: joined(&splits.valid), test: joined(&splits.test) }
    }
}

/// Joins consecutive indices to ranges; the order is kept.
fn joined(indices: &[usize]) -> Vec<[u64; 2]> {
    let mut ranges: Vec<[u64; 2]> = Vec::new();
    for index in indices.iter().map(|&index| index as u64) {
        match ranges.last_mut() {
            Some([_, to]) if *to == index => *to += 1,
            _ => ranges.push([index, index + 1]),
        }
    }
    ranges
}

impl Ranges {
    /// The splits of a dataset of `examples`: indices must be in range and in one split only. No more memory
    /// is allocated than there are examples.
    pub(crate) fn splits(&self, examples: usize) -> Result<Splits, String> {
        let mut taken = vec![false; examples];
        let mut part = |name: &str, ranges: &[[u64; 2]]| {
            let mut indices = Vec::new();
            for (i, &[from, to]) in ranges.iter().enumerate() {
                if from > to || to > examples as u64 {
                    return Err(format!(
                        "splits/{name}/{i}: expected [from, to) within {examples} examples, found [{from}, {to})"
                    ));
                }
                let (from, to) = (from as usize, to as usize);
                for (index, taken) in (from..).zip(&mut taken[from..to]) {
                    if std::mem::replace(taken, true) {
                        return Err(format!("splits/{name}/{i}: example {index} is in a part already"));
                    }
                    indices.push(index);
                }
            }
            Ok(indices)
        };
        Ok(Splits {
            train: part("train", &self.train)?,
            valid: part("valid", &self.valid)?,
            test: part("test", &self.test)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_survive_in_their_order() {
        let splits = Splits { train: vec![7, 0, 1, 2, 5], valid: vec![3], test: Vec::new() };
        let ranges = Ranges::from(&splits);
        assert_eq!(ranges.train, [[7, 8], [0, 3], [5, 6]]);
        assert_eq!(ranges.splits(8).unwrap(), splits);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let said = |text: &str| serde_json::from_str::<Ranges>(text).unwrap().splits(10).unwrap_err();
        assert!(said(r#"{"valid": [[3, 11]]}"#).contains("splits/valid/0: expected [from, to) within 10"));
        assert!(said(r#"{"train": [[0, 1], [4, 3]]}"#).contains("splits/train/1"));
        assert!(said(r#"{"train": [[0, 6]], "test": [[5, 6]]}"#).contains("example 5 is in a part already"));
        assert!(said(r#"{"test": [[0, 18446744073709551615]]}"#).contains("splits/test/0"));
        assert!(serde_json::from_str::<Ranges>(r#"{"train": [[-1, 3]]}"#).is_err());
    }
}
