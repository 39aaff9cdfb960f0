//! The report on a dataset, as text and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use smash_core::dataset::{Data, Split};

use super::statistics::{ChannelStatistics, Statistics};
use crate::output::pretty;
use crate::table::{Align, joined, table, thousands};
use crate::terminal;

/// The splits, in the order of the report.
const SPLITS: [(Split, &str); 3] = [(Split::Train, "train"), (Split::Valid, "valid"), (Split::Test, "test")];

/// A dataset with its statistics, ready to be reported.
pub(crate) struct Report<'a> {
    pub(crate) config: &'a Value,
    pub(crate) seed: u64,
    pub(crate) data: &'a Data,
    pub(crate) statistics: &'a Statistics,
    pub(crate) names: &'a [String],
}

impl Report<'_> {
    /// The dataset's kind: its `type` in a job.
    pub(crate) fn kind(&self) -> &str {
        self.config["type"].as_str().unwrap_or_default()
    }

    /// The shape of an example, and the number of classes.
    pub(crate) fn task(&self) -> String {
        let task = self.data.task();
        format!("{} → {} classes", joined(&task.dims()), thousands(task.classes as u64))
    }

    /// The number of examples in each split.
    pub(crate) fn examples(&self) -> String {
        let splits = self.data.splits();
        let [train, valid, test] = SPLITS.map(|(split, _)| thousands(splits.of(split).len() as u64));
        let all = thousands(self.data.dataset().len() as u64);
        format!("{all} examples: {train} training, {valid} validation, {test} test")
    }

    /// Examples of each class in each split.
    fn counts(&self) -> Vec<[usize; 3]> {
        let mut counts = vec![[0; 3]; self.names.len()];
        for (at, (split, _)) in SPLITS.iter().enumerate() {
            for &index in self.data.splits().of(*split) {
                // A label that a plugin returns may be out of range.
                if let Some(counts) = counts.get_mut(self.data.dataset().label(index)) {
                    counts[at] += 1;
                }
            }
        }
        counts
    }

    /// The report as JSON.
    pub(crate) fn json(&self, sheet: Option<&Path>) -> String {
        let data = self.data;
        let sizes = SPLITS.map(|(split, name)| (name.to_owned(), data.splits().of(split).len().into()));
        let class = |(class, (name, counts)): (usize, (&String, [usize; 3]))| {
            let [train, valid, test] = counts;
            json!({"class": class, "name": name, "train": train, "valid": valid, "test": test})
        };
        let classes = self.names.iter().zip(self.counts()).enumerate().map(class);
        let channels = self.statistics.read.iter().zip(&self.statistics.seen).map(|(read, seen)| {
            let [mean, std] = read.scaled();
            json!({"read": read.json(), "network": seen.json(), "scaled": {"mean": mean, "std": std}})
        });
        pretty(&json!({
            "dataset": self.config,
            "seed": self.seed,
            "task": data.task(),
            "examples": data.dataset().len(),
            "views": data.dataset().views(),
            "parts": Value::Object(sizes.into_iter().collect()),
            "classes": classes.collect::<Vec<_>>(),
            "channels": channels.collect::<Vec<_>>(),
            "notes": data.notes(),
            "sheet": sheet.map(|path| path.to_string_lossy()),
        }))
    }

    /// The report as text.
    pub(crate) fn text(&self, sheet: Option<&Path>) -> String {
        let views = match self.data.dataset().views() {
            1 => "1 of each example".to_owned(),
            views => format!("{views} of each example"),
        };
        let path = self.config["path"].as_str().map_or_else(String::new, |path| format!(", {path}"));
        let mut lines = vec![
            ("dataset", format!("{}{path}", self.kind())),
            ("task", self.task()),
            ("size", format!("{} (seed {})", self.examples(), self.seed)),
            ("views", views),
        ];
        lines.extend(sheet.map(|path| ("sheet", path.display().to_string())));
        let mut text = String::new();
        for (name, value) in lines {
            let _ = writeln!(text, "{name:<9}{}", terminal::line(&value));
        }
        let _ = write!(text, "\n{}\n{}", self.classes(), self.channels());
        text.push_str("Of the training split. SCALED: with the lowest value as 0 and the highest as 1.\n");
        text
    }

    fn classes(&self) -> String {
        let row = |(class, (name, counts)): (usize, (&String, [usize; 3]))| {
            let name = if *name == class.to_string() { String::new() } else { format!(" {name}") };
            let counts = counts.map(|count| thousands(count as u64));
            [format!("{class}{name}")].into_iter().chain(counts).collect()
        };
        let rows: Vec<Vec<String>> = self.names.iter().zip(self.counts()).enumerate().map(row).collect();
        let columns = [
            ("CLASS", Align::Left),
            ("TRAIN", Align::Right),
            ("VALID", Align::Right),
            ("TEST", Align::Right),
        ];
        table(&columns, &rows)
    }

    fn channels(&self) -> String {
        let number = |value: f64| format!("{value:.4}");
        let spreads = self.statistics.read.iter().zip(&self.statistics.seen);
        let row = |(channel, (read, seen)): (usize, (&ChannelStatistics, &ChannelStatistics))| {
            let [mean, deviation] = read.scaled();
            let values = [read.lowest, read.highest, read.mean, read.deviation, seen.mean, seen.deviation];
            let cells = values.into_iter().chain([mean, deviation]).map(number);
            [channel.to_string()].into_iter().chain(cells).collect()
        };
        let rows: Vec<Vec<String>> = spreads.enumerate().map(row).collect();
        let columns =
            ["CHANNEL", "LOWEST", "HIGHEST", "MEAN", "STD", "NETWORK MEAN", "STD", "SCALED MEAN", "STD"];
        table(&columns.map(|name| (name, Align::Right)), &rows)
    }
}
