//! What is said of all predictions together: on standard error, and in the report.

use std::time::Duration;

use serde_json::{Value, json};

use super::classes::Classes;
use super::metrics::Confusion;
use crate::table::{Align, percent, table, thousands};

/// Most classes whose confusion matrix is shown.
const SHOWN: usize = 12;

/// Most classes of which each is listed.
const LISTED: usize = 100;

/// Most classes whose confusion matrix is in the report.
const REPORTED: usize = 4096;

/// A file that was not classified, with why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) file: String,
    pub(crate) problem: String,
}

/// What became of all examples.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) confusion: Confusion,
    pub(crate) classified: u64,
    pub(crate) unreadable: Vec<Unreadable>,
    /// Time of the engine alone.
    pub(crate) inference: Duration,
}

impl Summary {
    /// Number of files that were not classified.
    pub(crate) fn unread(&self) -> u64 {
        self.unreadable.len() as u64
    }

    /// The accuracy, if there are labels; `tables` adds the scores of each class and the confusion matrix, as
    /// far as there is room for them.
    pub(crate) fn text(&self, classes: &Classes, tables: bool) -> String {
        let (confusion, mut out) = (&self.confusion, String::new());
        let (right, all) = (confusion.right(), confusion.total());
        if all > 0 {
            out += &format!(
                "accuracy {} ({right} of {all}), balanced accuracy {}\n",
                percent(confusion.accuracy()),
                percent(confusion.balanced_accuracy())
            );
            if tables && confusion.classes() <= LISTED {
                out += &self.class_table(classes);
            }
            if tables && confusion.classes() <= SHOWN {
                out += &self.matrix_table(classes);
            }
        }
        let seconds = self.inference.as_secs_f64();
        let examples = thousands(self.classified);
        let rate = thousands((self.classified as f64 / seconds.max(1e-9)).round() as u64);
        let noun = if self.classified == 1 { "example" } else { "examples" };
        out + &format!("{examples} {noun} classified, {rate} a second (inference alone, without reading)\n")
    }

    fn class_table(&self, classes: &Classes) -> String {
        let columns = [
            ("class", Align::Left),
            ("precision", Align::Right),
            ("recall", Align::Right),
            ("F1", Align::Right),
            ("examples", Align::Right),
        ];
        let row = |(name, score): (&String, super::metrics::ClassScore)| {
            let [precision, recall, f1] = [score.precision, score.recall, score.f1].map(percent);
            vec![name.clone(), precision, recall, f1, thousands(score.support)]
        };
        table(&columns, &classes.names().iter().zip(self.confusion.scores()).map(row).collect::<Vec<_>>())
    }

    fn matrix_table(&self, classes: &Classes) -> String {
        let heads: Vec<String> =
            classes.names().iter().map(|name| crate::terminal::line(name).into()).collect();
        let mut columns = vec![("label \\ predicted", Align::Left)];
        columns.extend(heads.iter().map(|name| (name.as_str(), Align::Right)));
        let row = |(name, counts): (&String, Vec<u64>)| {
            [vec![name.clone()], counts.into_iter().map(thousands).collect()].concat()
        };
        table(&columns, &classes.names().iter().zip(self.confusion.matrix()).map(row).collect::<Vec<_>>())
    }

    /// Everything as JSON; numbers that cannot be known are null.
    pub(crate) fn json(&self, classes: &Classes) -> Value {
        let (confusion, seconds) = (&self.confusion, self.inference.as_secs_f64());
        let scores = confusion.scores();
        let score = |(name, score): (&String, &super::metrics::ClassScore)| {
            json!({
                "class": name, "precision": score.precision, "recall": score.recall, "f1": score.f1,
                "support": score.support,
            })
        };
        let unreadable: Vec<Value> =
            self.unreadable.iter().map(|u| json!({"file": u.file, "problem": u.problem})).collect();
        json!({
            "classified": self.classified,
            "labelled": confusion.total(),
            "unreadable": unreadable,
            "inference_seconds": seconds,
            "examples_per_second": (seconds > 0.0).then(|| self.classified as f64 / seconds),
            "accuracy": confusion.accuracy(),
            "balanced_accuracy": confusion.balanced_accuracy(),
            "classes": classes.names().iter().zip(&scores).map(score).collect::<Vec<_>>(),
            // A row for each label, a column for each predicted class.
            "confusion": (confusion.classes() <= REPORTED).then(|| confusion.matrix()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_is_known() {
        let names = ["cat", "dog"].map(str::to_owned);
        let classes = Classes::new(Some(&names), 2);
        let mut confusion = Confusion::new(2);
        [(0, 0), (0, 1), (1, 1), (1, 1)].iter().for_each(|(label, class)| confusion.add(*label, *class));
        let unreadable = vec![Unreadable { file: "x.png".into(), problem: "empty".into() }];
        let inference = Duration::from_millis(500);
        let summary = Summary { confusion, classified: 4, unreadable, inference };
        assert_eq!(
            summary.text(&classes, true),
            "accuracy 75.00 % (3 of 4), balanced accuracy 75.00 %\n\
             class  precision    recall       F1  examples\n\
             cat     100.00 %   50.00 %  66.67 %         2\n\
             dog      66.67 %  100.00 %  80.00 %         2\n\
             label \\ predicted  cat  dog\n\
             cat                  1    1\n\
             dog                  0    2\n\
             4 examples classified, 8 a second (inference alone, without reading)\n"
        );
        let json = summary.json(&classes);
        assert_eq!(json["confusion"], json!([[1, 1], [0, 2]]));
        assert_eq!(
            (&json["classes"][1]["recall"], &json["unreadable"][0]["file"]),
            (&json!(1.0), &json!("x.png"))
        );
        let none = Summary { confusion: Confusion::new(2), ..summary };
        assert!(!none.text(&classes, true).contains("accuracy"));
    }
}
