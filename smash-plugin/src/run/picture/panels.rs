//! The panels of a run's picture: what is drawn, without how.

use super::numbers::{Point, quantile, range, smooth, thin};
use super::read::{RunFiles, Training};
use crate::format_count;

/// A colour as red, green, blue.
pub(super) type Colour = (u8, u8, u8);

const INK: Colour = (0x33, 0x3B, 0x45);
const BLUE: Colour = (0x3D, 0x6F, 0xA5);
const RED: Colour = (0xB8, 0x50, 0x42);
/// Colours of the phases of a search, in the order of their appearance.
const PHASES: [Colour; 4] = [(0x9A, 0xA7, 0xB5), (0xD9, 0x95, 0x4C), (0x4E, 0x96, 0x80), (0x8D, 0x77, 0xA8)];

/// Limit on the points of a curve: more cannot be distinguished in a panel.
const CURVE: usize = 400;
/// Limit on the faint points behind a curve.
const CLOUD: usize = 500;

/// One panel of the picture.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x_label: &'static str,
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    /// The series from back to front.
    pub(super) series: Vec<Series>,
    /// An annotation beside the panel: at which height, its text and colour.
    pub(super) note: Option<(f64, String, Colour)>,
}

/// One series: points that are drawn alike.
#[derive(Debug)]
pub(super) struct Series {
    /// The name in the legend; empty for none.
    pub(super) name: String,
    pub(super) colour: Colour,
    pub(super) mark: Mark,
    pub(super) points: Vec<Point>,
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Small faint dots.
    Faint,
    /// Dots.
    Dot,
    /// A line through the points.
    Line,
    /// A broken line from the first point to the last, which are level.
    Dashes,
}

/// The panels of a run: one for each phase that has begun.
pub(super) fn of(seen: &RunFiles) -> Vec<Panel> {
    [hypernet(seen), search(seen), retrain(seen)].into_iter().flatten().collect()
}

/// The title: one line about the whole run.
pub(super) fn title(seen: &RunFiles) -> String {
    let mut parts: Vec<String> = seen.dataset.iter().cloned().collect();
    match seen.candidates.len() {
        0 => {}
        1 => parts.push("1 candidate".to_owned()),
        n => parts.push(format!("{n} candidates")),
    }
    let metrics = seen.metrics.as_ref();
    if let Some(hash) = metrics.map(|m| &m.architecture).or(seen.chosen.as_ref()) {
        parts.push(format!("chosen {hash}"));
    }
    if let Some(metrics) = metrics {
        parts.push(format!("{} parameters", format_count(metrics.params)));
        parts.push(format!("{} MACs", format_count(metrics.macs)));
        parts.extend(metrics.test_error.map(|error| format!("test error {:.2} %", 100.0 * error)));
    } else {
        parts.push("in progress".to_owned());
    }
    parts.join(" · ")
}

/// The smoothing window: about one epoch, but a limited share of the training.
fn window(training: &Training) -> usize {
    let steps = training.steps.len();
    training.epoch.unwrap_or(steps / 40).min(steps / 10).max(1)
}

/// A scatter of the raw points and the smoothed curve through them.
fn curve(points: &[Point], window: usize) -> Vec<Series> {
    let line = Series {
        name: if window > 1 { format!("mean of {window} steps") } else { String::new() },
        colour: BLUE,
        mark: Mark::Line,
        points: thin(&smooth(points, window), CURVE),
    };
    if window == 1 {
        return vec![line];
    }
    let cloud =
        Series { name: "each step".to_owned(), colour: BLUE, mark: Mark::Faint, points: thin(points, CLOUD) };
    vec![cloud, line]
}

/// The values that set a panel's vertical range: most of the points and all of the curve.
fn heights(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|s| {
        let values: Vec<f64> = s.points.iter().map(|p| p.1).collect();
        let cut = if s.mark == Mark::Faint { 0.01 } else { 0.0 };
        [quantile(&values, cut), quantile(&values, 1.0 - cut)].into_iter().flatten()
    })
}

fn widths(points: &[Point]) -> (f64, f64) {
    range(points.iter().map(|p| p.0), 0.015)
}

fn hypernet(seen: &RunFiles) -> Option<Panel> {
    let points: Vec<Point> = seen.hypernet.steps.iter().map(|&(step, loss, _)| (step, loss)).collect();
    let last = smooth(&points, window(&seen.hypernet)).last()?.1;
    let series = curve(&points, window(&seen.hypernet));
    Some(Panel {
        title: "HyperNet: training loss".to_owned(),
        x_label: "step",
        x: widths(&points),
        y: range(heights(&series), 0.05),
        series,
        note: Some((last, format!("{last:.3}"), BLUE)),
    })
}

fn search(seen: &RunFiles) -> Option<Panel> {
    let mut phases: Vec<&str> = Vec::new();
    let mut series: Vec<Series> = Vec::new();
    let mut best: Vec<Point> = Vec::new();
    let finite = seen.candidates.iter().enumerate().filter_map(|(i, c)| Some((c, (i as f64, c.loss?))));
    for (candidate, (x, loss)) in finite {
        let phase = phases.iter().position(|phase| *phase == candidate.phase).unwrap_or_else(|| {
            phases.push(&candidate.phase);
            let colour = PHASES[series.len() % PHASES.len()];
            series.push(Series {
                name: candidate.phase.clone(),
                colour,
                mark: Mark::Dot,
                points: Vec::new(),
            });
            series.len() - 1
        });
        series[phase].points.push((x, loss));
        // A step of the best-so-far curve: level up to here, then down.
        let before = best.last().map_or(loss, |p| p.1);
        best.extend([(x, before), (x, loss.min(before))]);
    }
    let last = *best.last()?;
    let losses: Vec<f64> = series.iter().flat_map(|s| &s.points).map(|p| p.1).collect();
    let (low, middle) = (quantile(&losses, 0.25)?, quantile(&losses, 0.75)?);
    // Outliers lie beyond this; they are drawn at the edge.
    let high = middle + 3.0 * (middle - low).max(0.05 * middle.abs());
    let y = range(losses.iter().map(|loss| loss.min(high)), 0.06);
    let outliers = losses.iter().filter(|loss| **loss > y.1).count();
    best.dedup();
    series.push(Series { name: "best so far".to_owned(), colour: INK, mark: Mark::Line, points: best });
    Some(Panel {
        title: match outliers {
            0 => "Search: validation loss".to_owned(),
            n => format!("Search: validation loss ({n} beyond the axis)"),
        },
        x_label: "candidate",
        x: range([0.0, seen.candidates.len().saturating_sub(1) as f64], 0.015),
        y,
        series,
        note: Some((last.1, format!("{:.3}", last.1), INK)),
    })
}

fn retrain(seen: &RunFiles) -> Option<Panel> {
    let points: Vec<Point> =
        seen.retrain.steps.iter().map(|&(step, _, error)| (step, 100.0 * error)).collect();
    points.first()?;
    let window = window(&seen.retrain);
    let name = if window > 1 { format!("training, mean of {window} steps") } else { "training".to_owned() };
    let curve = thin(&smooth(&points, window), CURVE);
    // The steep beginning of the training curve would flatten all the rest.
    let early = curve.get(curve.len() / 10).map_or(100.0, |p| p.1);
    let x = widths(&points);
    let mut series = vec![Series { name, colour: BLUE, mark: Mark::Line, points: curve }];
    let test = seen.metrics.as_ref().and_then(|m| m.test_error).map(|error| 100.0 * error);
    if let Some(test) = test {
        series.push(Series {
            name: "test".to_owned(),
            colour: RED,
            mark: Mark::Dashes,
            points: vec![(x.0, test), (x.1, test)],
        });
    }
    let cut = (2.0 * early).max(4.0 * test.unwrap_or(0.0)).max(1.0);
    let y = range(heights(&series).map(|y| y.min(cut)).chain([0.0]), 0.05);
    Some(Panel {
        title: "Retraining: error in %".to_owned(),
        x_label: "step",
        x,
        y,
        series,
        note: test.map(|test| (test, format!("{test:.2} %"), RED)),
    })
}
