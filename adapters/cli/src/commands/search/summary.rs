//! The summary of a finished run.

use std::collections::HashSet;
use std::path::Path;

use smash_core::session::Record;
use smash_plugin::format_count;
use smash_plugin::run::Metrics;

use crate::commands::plot::PICTURE;
use crate::table::{Align, percent, seconds, table};
use crate::terminal::line;

/// Rows of the ranking table.
const TOP: usize = 10;

/// The summary of `smash search`, of the lines of its ranking: the best architectures, the chosen one, its
/// test error, times and paths.
pub(crate) fn search(folder: &Path, records: &[Record], metrics: &Metrics) -> String {
    let mut seen = HashSet::new();
    let distinct = records.iter().filter(|record| seen.insert(record.hash.as_str()));
    let mut rows = Vec::new();
    for (i, record) in distinct.take(TOP).enumerate() {
        rows.push(vec![
            (i + 1).to_string(),
            record.hash.clone(),
            record.phase.clone(),
            record.loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.4}")),
            percent(record.error),
            format_count(record.params),
            format_count(record.macs),
        ]);
    }
    let columns = [
        ("RANK", Align::Right),
        ("ARCHITECTURE", Align::Left),
        ("PHASE", Align::Left),
        ("VAL. LOSS", Align::Right),
        ("VAL. ERROR", Align::Right),
        ("PARAMS", Align::Right),
        ("MACS", Align::Right),
    ];
    let s = &metrics.seconds;
    let mut text = format!("best of {} candidates, with weights from the HyperNet:\n", records.len());
    text.push_str(&table(&columns, &rows));
    text.push_str(&format!("\nchosen      {}\n", metrics.architecture));
    text.push_str(&model(metrics));
    text.push_str(&format!(
        "time        HyperNet {}, search {}, retraining {}, total {} (data loading {})\n",
        seconds(s.hypernet),
        seconds(s.search),
        seconds(s.retrain),
        seconds(s.total),
        seconds(s.waiting)
    ));
    if s.retrain > 0.0 {
        let ratio = (s.hypernet + s.search) / s.retrain;
        text.push_str(&format!("search cost {ratio:.1} × one training\n"));
    }
    text.push_str(&places(folder));
    text
}

/// The summary of `smash train`.
pub(crate) fn train(folder: &Path, metrics: &Metrics) -> String {
    let (time, loading) = (seconds(metrics.seconds.retrain), seconds(metrics.seconds.waiting));
    let hash = &metrics.architecture;
    format!(
        "trained     {hash}\n{}time        {time} (data loading {loading})\n{}",
        model(metrics),
        places(folder)
    )
}

fn model(metrics: &Metrics) -> String {
    let (params, macs) = (format_count(metrics.params), format_count(metrics.macs));
    let test = metrics.test_error.map_or_else(|| "no test split".to_owned(), |error| percent(Some(error)));
    format!("size        {params} parameters, {macs} MACs\ntest error  {test}\n")
}

fn places(folder: &Path) -> String {
    let mut text = format!("model       {}\n", line(&folder.join("model.safetensors").to_string_lossy()));
    let picture = folder.join(PICTURE);
    if picture.is_file() {
        text.push_str(&format!("picture     {}\n", line(&picture.to_string_lossy())));
    }
    text.push_str(&format!("run folder  {}\n", line(&folder.to_string_lossy())));
    text
}
