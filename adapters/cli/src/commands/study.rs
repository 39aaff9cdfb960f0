//! `smash study`.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use smash_files::Room;
use smash_plugin::run::Watch;
use smash_plugin::{Registry, format_count, study};

use crate::args::{BaselinesArgs, HypernetInputArgs};
use crate::error::{Error, Result};
use crate::interrupt::{INTERRUPTED, cancel_flag};
use crate::preflight::checked_parts;
use crate::progress::Progress;
use crate::table::{Align, percent, table, thousands};
use crate::{bar, job, output, terminal};

/// The file of the comparison in the folder of its runs.
const RESULT: &str = "baselines.json";

/// Runs the study of the HyperNet's input and writes its result as JSON.
pub(crate) fn hypernet_input(
    registry: &Registry,
    args: &HypernetInputArgs,
    out: &mut dyn Write,
) -> Result<()> {
    let job = job::load(registry, &args.job)?;
    let bar = bar::new(false);
    bar::begin(&bar, "{msg} {wide_bar} {pos}/{len} eta {eta}", String::new(), Some(0), 0);
    let mut report = |seed: u64, done: u64, total: u64| {
        bar.set_message(format!("seed {seed}"));
        bar.set_length(total);
        bar.set_position(done);
    };
    let architectures = args.architectures as usize;
    let result = study::hypernet_input(registry, &job, &args.seeds, architectures, &mut report)?;
    bar.finish_and_clear();
    write_result(&result, out, args.out.as_deref())
}

/// Compares the found network with hand-designed ones; writes a table, and the full result as JSON.
pub(crate) fn baselines(registry: &Registry, args: &BaselinesArgs, out: &mut dyn Write) -> Result<u8> {
    let job = job::load(registry, &args.job)?;
    let candidates = checked_parts(registry, &job)?.parts.strategy.proposer.total();
    let cancel = cancel_flag()?;
    let plan = study::BaselinePlan {
        families: &args.families,
        seeds: &args.seeds,
        folder: &args.out,
        found: args.found.as_deref(),
    };
    let mut watch = |name: &str, number: usize, total: usize| -> Box<dyn Watch> {
        if !bar::new(args.quiet).is_hidden() {
            terminal::say(&format!("{name} ({} of {total})", number + 1));
        }
        Box::new(Progress::new(args.quiet, candidates))
    };
    let Some(result) = study::baselines(registry, &job, &plan, &mut watch, &cancel)? else {
        terminal::say("interrupted, and saved; the same command goes on");
        return Ok(INTERRUPTED);
    };
    let file = args.out.join(RESULT);
    let written = Room::open(&args.out).and_then(|room| room.write(RESULT, json(&result)?.as_bytes()));
    written.map_err(|e| Error::Data(format!("cannot write {}: {e}", file.display())))?;
    let found = result.networks.first().map_or(1, |found| found.params);
    let rows = result.networks.iter().map(|network| {
        vec![
            network.name.clone(),
            thousands(network.params),
            format!("{:+.1} %", 100.0 * (network.params as f64 / found as f64 - 1.0)),
            format_count(network.macs),
            format!("{:.2} ± {:.2} %", 100.0 * network.mean_error, 100.0 * network.sd_error),
            network.runs.iter().map(|run| percent(Some(run.test_error))).collect::<Vec<_>>().join(", "),
        ]
    });
    let columns = [
        ("NETWORK", Align::Left),
        ("PARAMS", Align::Right),
        ("SIZE", Align::Right),
        ("MACS", Align::Right),
        ("TEST ERROR", Align::Right),
        ("EACH SEED", Align::Left),
    ];
    let text = table(&columns, &rows.collect::<Vec<_>>());
    write!(out, "{text}\nresult  {}\n", file.display()).map_err(Error::Output)?;
    Ok(0)
}

/// A result as pretty JSON.
fn json(result: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(result)? + "\n")
}

/// Writes a result as JSON, to the file that the user names or else to `out`.
fn write_result(result: &impl Serialize, out: &mut dyn Write, file: Option<&Path>) -> Result<()> {
    let text = json(result).map_err(Error::Output)?;
    match file {
        None => out.write_all(text.as_bytes()).map_err(Error::Output),
        Some(path) => output::write_file(path, text),
    }
}
