//! Estimates the time and memory of a job, from a short run of each of its phases.

use std::fmt::Write as _;
use std::time::Instant;

use smash_core::constraint::Constrained;
use smash_core::random::Seed;
use smash_core::session::{Budget, Parts, Phase, Session, Settings};
use smash_core::space::{SearchSpace, WeightScheme};

use smash_plugin::format_count;

use crate::error::Result;
use crate::memory;
use crate::table::{Align, bytes, seconds, table};

/// Seconds spent on each phase.
const PROBE: f64 = 4.0;
/// Warm-up steps, which are left out when there are enough others: they allocate buffers and fill caches.
const WARM_UP: usize = 2;
/// Sample size for the growth of architectures during training.
const DRAWS: u64 = 64;

/// The measurements of one phase.
struct Measured {
    phase: Phase,
    /// Duration of each step, in seconds.
    steps: Vec<f64>,
    total: Option<u64>,
    peak: Option<u64>,
}

impl Measured {
    fn per_step(&self) -> Option<f64> {
        let counted = if self.steps.len() > 2 * WARM_UP { &self.steps[WARM_UP..] } else { &self.steps };
        (!counted.is_empty()).then(|| counted.iter().sum::<f64>() / counted.len() as f64)
    }
}

/// Runs a few steps of each phase of a job and extrapolates to the whole job.
pub(crate) fn estimate(parts: Parts, settings: Settings) -> Result<String> {
    let limits = settings.budget;
    let growth = growth(&parts, &settings)?;
    let budget = Budget { training_seconds: Some(PROBE), search_seconds: Some(PROBE) };
    let threads = parts.backend.info().threads;
    let mut session = Session::new(parts, Settings { budget, ..settings })?;
    let clock = Instant::now();
    let training = measure(&mut session, Phase::Training)?;
    let searching = measure(&mut session, Phase::Searching)?;
    let macs = session.model_graph()?.count().macs;
    let retraining = measure(&mut session, Phase::Retraining)?;
    let rows = [
        (training, growth, limits.training_seconds),
        (searching, 1.0, limits.search_seconds),
        (retraining, 1.0, None),
    ];

    let mut whole = Some(0.0);
    let mut cells = Vec::new();
    for (measured, factor, limit) in &rows {
        let each = measured.per_step().map(|each| each * factor);
        let time = match (each, measured.total) {
            (_, Some(0)) => Some(0.0),
            (Some(each), Some(total)) => Some(limit.unwrap_or(f64::INFINITY).min(each * total as f64)),
            _ => *limit,
        };
        whole = whole.zip(time).map(|(whole, time)| whole + time);
        let unknown = || "unknown".to_owned();
        cells.push(vec![
            measured.phase.to_string(),
            measured.total.map_or_else(unknown, |total| total.to_string()),
            each.map_or_else(unknown, |each| format!("{:.2} ms", 1e3 * each)),
            time.map_or_else(unknown, seconds),
            measured.peak.map_or_else(|| "not available".to_owned(), bytes),
        ]);
    }
    let columns = [
        ("PHASE", Align::Left),
        ("STEPS", Align::Right),
        ("EACH", Align::Right),
        ("TIME", Align::Right),
        ("PEAK MEMORY", Align::Right),
    ];
    let mut text = format!(
        "estimate, from {} of probing on {threads} threads\n",
        seconds(clock.elapsed().as_secs_f64())
    );
    text.push_str(&table(&columns, &cells));
    let _ = writeln!(text, "total {}", whole.map_or_else(|| "unknown".to_owned(), seconds));
    let _ = writeln!(
        text,
        "retraining was measured with a network of {} MACs; its time grows with those",
        format_count(macs)
    );
    Ok(text)
}

/// Steps a session until a phase ends or its time is over.
fn measure(session: &mut Session, phase: Phase) -> Result<Measured> {
    memory::reset();
    let mut measured = Measured { phase, steps: Vec::new(), total: None, peak: None };
    let clock = Instant::now();
    while session.phase() == phase {
        if phase == Phase::Retraining && clock.elapsed().as_secs_f64() > PROBE {
            break;
        }
        let step = Instant::now();
        let now = session.step(&mut ())?;
        // The step that ends a phase includes other work: it is not counted.
        if now == phase {
            measured.steps.push(step.elapsed().as_secs_f64());
            measured.total = session.progress().1;
        }
    }
    measured.peak = memory::peak();
    Ok(measured)
}

/// The ratio of an average architecture's cost over the whole training to that at its beginning, for spaces
/// that sample smaller ones first.
fn growth(parts: &Parts, settings: &Settings) -> Result<f64> {
    let space = Constrained::new(&*parts.space, settings.constraints.upper()).patient();
    let seed = Seed::new(settings.seed).split("estimate");
    let macs = |progress: &dyn Fn(u64) -> f64| -> Result<f64> {
        let mut sum = 0.0;
        for i in 0..DRAWS {
            let architecture = space.sample(&mut seed.at(i).random(), progress(i))?;
            sum += space.build(&architecture, WeightScheme::Standalone)?.count().macs as f64;
        }
        Ok(sum)
    };
    let (first, all) = (macs(&|_| 0.0)?, macs(&|i| i as f64 / DRAWS as f64)?);
    Ok(if first > 0.0 { (all / first).max(1.0) } else { 1.0 })
}
