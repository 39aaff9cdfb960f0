//! The classes of a model, and how labels are matched with them.

use serde::Serialize;
use serde_json::Value;
use smash_core::dataset::Dataset;

use crate::error::{Error, Result};

/// Limit on the names that an error lists.
const LISTED: usize = 40;

/// The names of a model's classes: their numbers where they have none.
#[derive(Debug)]
pub(crate) struct Classes {
    names: Vec<String>,
    named: bool,
}

/// A class in the output: its name or else its number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Class<'a> {
    Name(&'a str),
    Number(usize),
}

impl Classes {
    /// So many classes, with these names if there are as many. Names that are the numbers are none.
    pub(crate) fn new(names: Option<&[String]>, count: usize) -> Self {
        let numbers: Vec<String> = (0..count).map(|class| class.to_string()).collect();
        match names.filter(|names| names.len() == count && **names != numbers) {
            Some(names) => Self { names: names.to_vec(), named: true },
            None => Self { names: numbers, named: false },
        }
    }

    /// A name for each class.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the classes have names of their own.
    pub(crate) fn named(&self) -> bool {
        self.named
    }

    /// A class in the output.
    pub(crate) fn class(&self, index: usize) -> Class<'_> {
        match self.names.get(index) {
            Some(name) if self.named => Class::Name(name),
            _ => Class::Number(index),
        }
    }

    /// The class that a label in JSON means: its number, or its name.
    pub(crate) fn label(&self, label: &Value, at: &str) -> Result<usize> {
        let number = label.as_u64().and_then(|number| usize::try_from(number).ok());
        let named = label.as_str().and_then(|name| self.names.iter().position(|known| known == name));
        number.filter(|number| *number < self.names.len()).or(named).ok_or_else(|| {
            let most = self.names.len().saturating_sub(1);
            let names = if self.named { format!(" or one of {}", self.listed()) } else { String::new() };
            Error::Data(format!("{at}: expected a label from 0 to {most}{names}, found {label}"))
        })
    }

    /// The class of each label of a dataset: of the same name, or of the same number where one side has no
    /// names.
    pub(crate) fn of_dataset(&self, dataset: &dyn Dataset) -> Result<Vec<usize>> {
        let count = dataset.task().classes;
        let others = Self::new(dataset.class_names(), count);
        if !(self.named && others.named) {
            let expected = self.names.len();
            if count != expected {
                return Err(Error::Data(format!(
                    "the model has {expected} classes, the dataset has {count}, and not both have names to match them by"
                )));
            }
            return Ok((0..count).collect());
        }
        let known = |name: &String| self.names.iter().position(|known| known == name);
        if let Some(unknown) = others.names.iter().find(|name| known(name).is_none()) {
            return Err(Error::Data(format!(
                "expected a dataset with classes of the model ({}), found {}; no class of it: {unknown}",
                self.listed(),
                others.listed()
            )));
        }
        Ok(others.names.iter().filter_map(known).collect())
    }

    fn listed(&self) -> String {
        let more = if self.names.len() > LISTED { ", …" } else { "" };
        format!("{}{more}", self.names[..self.names.len().min(LISTED)].join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_numbers_or_names() {
        let names = ["cat", "dog"].map(str::to_owned);
        let classes = Classes::new(Some(&names), 2);
        assert_eq!([json!("dog"), json!(0)].map(|label| classes.label(&label, "x").unwrap()), [1, 0]);
        assert_eq!(classes.class(1), Class::Name("dog"));
        let error = classes.label(&json!("cow"), "a:1").unwrap_err().to_string();
        assert_eq!(error, "a:1: expected a label from 0 to 1 or one of cat, dog, found \"cow\"");
        let numbers = Classes::new(Some(&["0".to_owned(), "1".to_owned()]), 2);
        assert!(!numbers.named() && numbers.class(1) == Class::Number(1));
        assert_eq!(numbers.label(&json!("1"), "x").unwrap(), 1);
        assert!(numbers.label(&json!(2), "x").is_err());
    }
}
