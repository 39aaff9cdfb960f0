//! What predictions of labelled examples are worth: the confusion matrix, and what follows from it.

use std::collections::BTreeMap;

use serde::Serialize;

/// How often examples of each class were taken for each class.
#[derive(Clone, Debug)]
pub(crate) struct Confusion {
    classes: usize,
    /// By label and predicted class; pairs that did not occur are left out.
    counts: BTreeMap<(usize, usize), u64>,
}

/// The scores of one class; `None` where nothing is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct ClassScore {
    /// The share of the examples that were taken for this class that are of it.
    pub(crate) precision: Option<f64>,
    /// The share of the examples of this class that were taken for it.
    pub(crate) recall: Option<f64>,
    /// The harmonic mean of both.
    pub(crate) f1: Option<f64>,
    /// Examples of this class.
    pub(crate) support: u64,
}

impl Confusion {
    /// No examples yet, of so many classes.
    pub(crate) fn new(classes: usize) -> Self {
        Self { classes, counts: BTreeMap::new() }
    }

    /// Adds an example of the class `label` that was taken for `class`.
    pub(crate) fn add(&mut self, label: usize, class: usize) {
        *self.counts.entry((label, class)).or_default() += 1;
    }

    /// Number of classes.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// Examples of the class `label` that were taken for `class`.
    pub(crate) fn count(&self, label: usize, class: usize) -> u64 {
        self.counts.get(&(label, class)).copied().unwrap_or(0)
    }

    /// All examples.
    pub(crate) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Examples that were taken for what they are.
    pub(crate) fn right(&self) -> u64 {
        self.counts.iter().filter(|((label, class), _)| label == class).map(|(_, count)| count).sum()
    }

    /// The share of the examples that were taken for what they are.
    pub(crate) fn accuracy(&self) -> Option<f64> {
        ratio(self.right(), self.total())
    }

    /// The mean of the recalls of all classes that have examples.
    pub(crate) fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = self.scores().iter().filter_map(|score| score.recall).collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }

    /// The scores of each class.
    pub(crate) fn scores(&self) -> Vec<ClassScore> {
        let (mut support, mut taken) = (vec![0; self.classes], vec![0; self.classes]);
        for (&(label, class), count) in &self.counts {
            support[label] += count;
            taken[class] += count;
        }
        let score = |class: usize| {
            let right = self.count(class, class);
            ClassScore {
                precision: ratio(right, taken[class]),
                recall: ratio(right, support[class]),
                f1: ratio(2 * right, taken[class] + support[class]),
                support: support[class],
            }
        };
        (0..self.classes).map(score).collect()
    }

    /// The counts as a matrix: a row for each label, a column for each predicted class.
    pub(crate) fn matrix(&self) -> Vec<Vec<u64>> {
        (0..self.classes)
            .map(|label| (0..self.classes).map(|class| self.count(label, class)).collect())
            .collect()
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes and one without examples; the numbers are worked out by hand.
    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let mut confusion = Confusion::new(4);
        for (label, class, times) in [(0, 0, 3), (0, 1, 1), (1, 1, 1), (1, 0, 1), (2, 2, 4), (0, 3, 1)] {
            (0..times).for_each(|_| confusion.add(label, class));
        }
        assert_eq!((confusion.right(), confusion.total()), (8, 11));
        assert_eq!(confusion.accuracy(), Some(8.0 / 11.0));
        // Recalls 3/5, 1/2 and 4/4; the fourth class has none.
        let balanced = confusion.balanced_accuracy().unwrap();
        assert!((balanced - (0.6 + 0.5 + 1.0) / 3.0).abs() < 1e-15, "{balanced}");
        let score = |precision: f64, recall: f64, f1: f64, support| ClassScore {
            precision: Some(precision),
            recall: Some(recall),
            f1: Some(f1),
            support,
        };
        let none = ClassScore { precision: Some(0.0), recall: None, f1: Some(0.0), support: 0 };
        // 2·(3/4)(3/5)/(3/4 + 3/5) = 2/3 and 2·(1/2)(1/2)/(1/2 + 1/2) = 1/2.
        let expected =
            [score(0.75, 0.6, 6.0 / 9.0, 5), score(0.5, 0.5, 0.5, 2), score(1.0, 1.0, 1.0, 4), none];
        assert_eq!(confusion.scores(), expected);
        assert_eq!(confusion.matrix(), [[3, 1, 0, 1], [1, 1, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0]]);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        let confusion = Confusion::new(2);
        assert_eq!((confusion.accuracy(), confusion.balanced_accuracy()), (None, None));
        let none = ClassScore { precision: None, recall: None, f1: None, support: 0 };
        assert_eq!(confusion.scores(), [none, none]);
    }
}
