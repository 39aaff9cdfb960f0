use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::numbers::{below, decimals, quantile, range, smooth, thin};
use super::picture;

/// A temporary folder, removed when the value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smash-picture-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const JOB: &str = r#"{"dataset": {"type": "di<g>its"}, "strategy": {"epochs": 4}, "retrain": {"epochs": 2}}"#;

const METRICS: &str = r#"{
    "test_error": 0.0123, "test_loss": 0.1, "valid_error": 0.2, "valid_loss": 0.5, "params": 123456, "macs": 7654321,
    "architecture": "0123456789abcdef", "candidates": 9, "skipped_steps": 1, "seed": 0,
    "backend": {"id": "native", "device": "cpu", "level": "avx2", "threads": 1}, "threads": 1,
    "seconds": {"hypernet": 1.0, "search": 1.0, "retrain": 1.0, "total": 3.0}
}"#;

fn steps(phase: &str, count: u64) -> String {
    let mut text = format!("{{\"event\":\"phase\",\"phase\":\"{phase}\",\"steps\":{count}}}\n");
    for step in 0..count {
        let (loss, error) =
            if step == 5 { ("null".to_owned(), 0.9) } else { (format!("{}", 2.0 / (step + 1) as f64), 0.5) };
        let numbers = format!("\"step\":{step},\"steps\":{count},\"loss\":{loss},\"error\":{error}");
        writeln!(text, "{{\"event\":\"step\",\"phase\":\"{phase}\",{numbers},\"applied\":true}}").unwrap();
    }
    text
}

fn candidates() -> String {
    let mut text = String::new();
    for (id, (phase, loss)) in [
        ("random", "0.9"),
        ("random", "0.7"),
        ("random", "null"),
        ("random", "250.0"),
        ("perturbation", "0.8"),
        ("perturbation", "0.6"),
        ("chain", "0.65"),
        ("chain", "0.55"),
        ("chain", "0.75"),
    ]
    .iter()
    .enumerate()
    {
        writeln!(
            text,
            "{{\"event\":\"candidate\",\"id\":{id},\"hash\":\"h{id}\",\"phase\":\"{phase}\",\"loss\":{loss}}}"
        )
        .unwrap();
    }
    text
}

/// The contents of the text elements; panics unless the tags are well-formed and nested.
fn texts(svg: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut rest = svg.trim();
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        let text = before.trim();
        for entity in text.split('&').skip(1) {
            assert!(["lt;", "gt;", "amp;", "quot;", "apos;"].iter().any(|e| entity.starts_with(e)), "{text}");
        }
        match open.last() {
            Some(&"text") => found.push(text.to_owned()),
            _ => assert_eq!(text, "", "text outside of a text element"),
        }
        let end = tag.find('>').unwrap();
        let inner = &tag[1..end];
        assert!(!inner.contains('<') && inner.matches('"').count().is_multiple_of(2), "{inner}");
        let name = inner.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if inner.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !inner.ends_with('/') {
            open.push(name);
        }
        rest = &tag[end + 1..];
    }
    assert_eq!((open.len(), rest), (0, ""));
    found.retain(|text| !text.is_empty());
    found
}

#[test]
fn a_finished_run_has_three_panels() {
    let folder = Folder::new("finished");
    folder.write("job.json", JOB);
    folder.write("events.jsonl", &[steps("training", 80), candidates(), steps("retraining", 40)].concat());
    folder.write("metrics.json", METRICS);
    let svg = picture(&folder.0).unwrap();
    assert!(svg.starts_with("<svg width=\"1200\" height=\"380\" viewBox="));
    let texts = texts(&svg);
    for text in [
        "di&lt;g&gt;its · 9 candidates · chosen 0123456789abcdef · 123k parameters · 7.7M MACs · test error 1.23 %",
        "HyperNet: training loss",
        "mean of 7 steps",
        "Search: validation loss (1 beyond the axis)",
        "random",
        "perturbation",
        "chain",
        "best so far",
        "0.550",
        "Retraining: error in %",
        "1.23 %",
    ] {
        assert!(texts.iter().any(|found| found == text), "expected {text:?} in {texts:#?}");
    }
    assert!(!texts.iter().any(|text| text.starts_with("200")), "an outlier has stretched the axis");
    assert_eq!(svg, picture(&folder.0).unwrap());
}

#[test]
fn a_run_in_progress_has_what_there_is() {
    let folder = Folder::new("progress");
    let nothing = picture(&folder.0).unwrap_err().to_string();
    assert!(nothing.contains("nothing to draw"), "{nothing}");
    // The last line is half written.
    folder.write("events.jsonl", &(steps("training", 3) + "{\"event\":\"st"));
    let svg = picture(&folder.0).unwrap();
    let found = texts(&svg);
    assert!(found.iter().any(|text| text == "in progress"), "{found:?}");
    assert!(!found.iter().any(|text| text.starts_with("Search")), "{found:?}");

    folder.write("events.jsonl", "");
    folder.write("ranking.jsonl", &candidates());
    assert!(texts(&picture(&folder.0).unwrap()).iter().any(|text| text.starts_with("Search")));

    folder.write("events.jsonl", "{\"event\":\"phase\",\"phase\":\"training\"}\nnonsense\n");
    let damaged = picture(&folder.0).unwrap_err().to_string();
    assert!(damaged.contains("events.jsonl") && damaged.contains("line 2"), "{damaged}");
    assert!(picture(&folder.0.join("none")).is_err());
}

#[test]
fn a_single_point_is_drawn() {
    let folder = Folder::new("single");
    folder.write("events.jsonl", &steps("retraining", 1));
    texts(&picture(&folder.0).unwrap());
    folder.write("events.jsonl", candidates().lines().next().unwrap_or_default());
    folder.write("ranking.jsonl", candidates().split_inclusive('\n').next().unwrap_or_default());
    texts(&picture(&folder.0).unwrap());
}

#[test]
fn numbers() {
    let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 7.0)];
    assert_eq!(smooth(&points, 1), points);
    assert_eq!(smooth(&points, 3), [(0.0, 2.0), (1.0, 3.0), (2.0, 5.0), (3.0, 6.0)]);
    assert_eq!(thin(&points, 2), [points[0], points[3]]);
    assert_eq!([quantile(&[3.0, 1.0, 2.0], 0.5), quantile(&[], 0.5)], [Some(2.0), None]);
    assert_eq!((range([1.0, 3.0], 0.5), range([], 0.5)), ((0.0, 4.0), (0.0, 1.0)));
    let line = [(0.0, 4.0), (2.0, 0.0), (3.0, 1.0), (4.0, 3.0)];
    assert_eq!(below(&line, 2.0), [[(1.0, 2.0), (2.0, 0.0), (3.0, 1.0), (3.5, 2.0)]]);
    assert_eq!(below(&line, 9.0), [line]);
    assert_eq!([decimals((0.0, 60.0)), decimals((0.5, 2.4)), decimals((0.0, 0.1))], [0, 1, 2]);
    let (low, high) = range([2.0], 0.1);
    assert!(low < 2.0 && 2.0 < high);
}
