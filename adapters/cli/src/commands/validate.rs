//! `smash validate`.

mod estimate;

use std::io::Write;

use serde_json::Value;
use smash_core::constraint::Constrained;
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_plugin::{Checked, Job, Registry, format_count};

use crate::args::ValidateArgs;
use crate::error::{Error, Result};
use crate::job;
use crate::preflight::checked_parts;
use crate::table::joined;
use crate::terminal;

/// Checks a job; with `--estimate`, also measures its time and memory.
pub(crate) fn validate(registry: &Registry, args: &ValidateArgs, out: &mut dyn Write) -> Result<()> {
    let job = job::load(registry, &args.job)?;
    let checked = checked_parts(registry, &job)?;
    out.write_all(report(&job, &checked)?.as_bytes()).map_err(Error::Output)?;
    if args.estimate {
        out.flush().map_err(Error::Output)?;
        let text = estimate::estimate(checked.parts, job.settings())?;
        write!(out, "\n{text}").map_err(Error::Output)?;
    }
    Ok(())
}

fn report(job: &Job, Checked { parts, share }: &Checked) -> Result<String> {
    let data = &parts.data;
    let (task, splits) = (data.dataset().task(), data.splits());
    let (train, valid, test) = (splits.train.len(), splits.valid.len(), splits.test.len());
    let info = parts.backend.info();
    let sample = Constrained::new(&*parts.space, job.constraints)
        .sample(&mut Seed::new(job.seed).split("check").random(), 1.0)?;
    let count = parts.space.build(&sample, WeightScheme::Standalone)?.count();
    let steps = parts.strategy.estimator.steps(data);
    let candidates = parts
        .strategy
        .proposer
        .total()
        .map_or_else(|| "candidates".to_owned(), |n| format!("{n} candidates"));
    let kind = |config: &Value| config["type"].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![
        ("seed", job.seed.to_string()),
        (
            "space",
            format!(
                "{}; a sample has {} parameters and {} MACs",
                kind(&job.space),
                format_count(count.params),
                format_count(count.macs)
            ),
        ),
        ("strategy", format!("{}; {steps} training steps, then {candidates}", kind(&job.strategy))),
        (
            "dataset",
            format!(
                "{}; {} → {} classes, {train} training, {valid} validation and {test} test examples",
                kind(&job.dataset),
                joined(&task.dims()),
                task.classes
            ),
        ),
        ("splits", job.splits.to_string()),
        ("backend", format!("{}; {} {}, {} threads", info.id, info.device, info.level, info.threads)),
        ("retrain", format!("{} epochs in batches of {}", job.retrain.epochs, job.retrain.batch)),
    ];
    lines.extend(share.map(|share| ("limits", format!("constraints: {share}"))));
    let lines: Vec<String> =
        lines.iter().map(|(name, text)| format!("  {name:<9} {}\n", terminal::line(text))).collect();
    Ok(format!("valid\n{}", lines.concat()))
}
