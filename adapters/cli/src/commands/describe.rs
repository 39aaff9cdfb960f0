//! `smash describe`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use serde_json::json;
use smash_core::architecture::Architecture;
use smash_core::graph::{Graph, Op, PartCount};
use smash_core::space::{Figure, SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_plugin::{Registry, format_count, space_of};

use crate::args::DescribeArgs;
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::table::{Align, bytes, joined, table, thousands};
use crate::{input, job, terminal};

/// Reports an architecture's parameters, MACs and memory, and its graph.
pub(crate) fn describe(registry: &Registry, args: &DescribeArgs, out: &mut dyn Write) -> Result<()> {
    let file = input::architecture_file(&args.architecture)?;
    let job = args.job.as_ref().map(|path| job::from_file(registry, path)).transpose()?;
    let dataset = job.as_ref().map(|job| registry.dataset(&job.dataset)).transpose()?;
    let fallback = job.as_ref().zip(dataset.as_ref()).map(|(job, dataset)| (&job.space, dataset.task()));
    let (space, task) = space_of(registry, &file, fallback)?;
    let graph = space.build(&file.architecture, WeightScheme::Standalone)?;
    let text = if args.dot {
        graph.dot()
    } else if args.json {
        as_json(&file.architecture, &task, &*space, &graph)?
    } else {
        as_text(&file.architecture, &task, &*space, &graph)?
    };
    out.write_all(text.as_bytes()).map_err(Error::Output)
}

fn as_json(
    architecture: &Architecture,
    task: &Task,
    space: &dyn SearchSpace,
    graph: &Graph,
) -> Result<String> {
    let count = graph.count();
    let parts = parts(architecture, space, graph)?.into_iter().map(|(count, figures)| {
        json!({"part": count.part, "params": count.params, "macs": count.macs, "figures": figures})
    });
    Ok(pretty(&json!({
        "hash": architecture.hash(),
        "architecture": architecture,
        "task": task,
        "params": count.params,
        "macs": count.macs,
        "activation_bytes": count.activation_bytes,
        "ops": stages(graph).iter().map(|(at, ops)| json!({"extents": at, "ops": ops})).collect::<Vec<_>>(),
        "parts": parts.collect::<Vec<_>>(),
        "graph": graph,
    })))
}

fn as_text(
    architecture: &Architecture,
    task: &Task,
    space: &dyn SearchSpace,
    graph: &Graph,
) -> Result<String> {
    let count = graph.count();
    let plane = space.plane();
    let cells = [
        (
            "architecture",
            format!("{} ({}, version {})", architecture.hash(), architecture.space, architecture.version),
        ),
        ("task", format!("{} → {} classes", joined(&task.dims()), task.classes)),
        ("parameters", format!("{} ({})", thousands(count.params), format_count(count.params))),
        ("MACs", format!("{} ({}) for one example", thousands(count.macs), format_count(count.macs))),
        (
            "activations",
            format!(
                "{} bytes ({}) for one example",
                thousands(count.activation_bytes),
                bytes(count.activation_bytes)
            ),
        ),
        (
            "HyperNet",
            space.describe(architecture).map_or_else(
                |_| "writes none of the weights".to_owned(),
                |description| {
                    let written =
                        description.slices.iter().map(|s| (s.rows.len() * s.columns.len()) as u64).sum();
                    format!(
                        "reads {}×{}×{}, writes {} of the weights",
                        plane.channels,
                        plane.rows,
                        description.columns,
                        thousands(written)
                    )
                },
            ),
        ),
    ];
    let mut text = String::new();
    for (name, value) in cells {
        let _ = writeln!(text, "{name:<13}{}", terminal::line(&value));
    }
    let rows: Vec<Vec<String>> = stages(graph)
        .into_iter()
        .map(|(at, ops)| {
            let ops: Vec<String> = ops.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
            vec![if at.is_empty() { "–".to_owned() } else { joined(&at) }, ops.join(", ")]
        })
        .collect();
    let parts = part_table(&parts(architecture, space, graph)?);
    let stages = table(&[("RESOLUTION", Align::Left), ("OPS", Align::Left)], &rows);
    let _ = write!(text, "\n{parts}\n{stages}\n{graph}");
    Ok(text)
}

/// The parts of the network, each with the space's figures on it.
fn parts(
    architecture: &Architecture,
    space: &dyn SearchSpace,
    graph: &Graph,
) -> Result<Vec<(PartCount, Vec<Figure>)>> {
    let outline = space.outline(architecture)?;
    let figures = |count: &PartCount| {
        let found = outline.iter().find(|o| o.part == count.part);
        found.map(|o| o.figures.clone()).unwrap_or_default()
    };
    Ok(graph
        .count_parts()
        .into_iter()
        .map(|count| {
            let figures = figures(&count);
            (count, figures)
        })
        .collect())
}

fn part_table(parts: &[(PartCount, Vec<Figure>)]) -> String {
    let longest = parts.iter().map(|(_, figures)| figures).max_by_key(|figures| figures.len());
    let names: Vec<String> = longest.into_iter().flatten().map(|figure| figure.name.to_uppercase()).collect();
    let mut columns = vec![("PART", Align::Left), ("PARAMETERS", Align::Right), ("MACS", Align::Right)];
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Right)));
    let row = |(count, figures): &(PartCount, Vec<Figure>)| {
        let costs = [count.part.clone(), thousands(count.params), format_count(count.macs)];
        let cell = |figure: &Figure| match figure.limit {
            Some(limit) => format!("{} of {limit}", figure.value),
            None => figure.value.to_string(),
        };
        costs.into_iter().chain(figures.iter().map(cell)).collect()
    };
    table(&columns, &parts.iter().map(row).collect::<Vec<_>>())
}

/// The number of ops of each kind at each resolution, in the order in which the resolutions appear.
fn stages(graph: &Graph) -> Vec<(Vec<usize>, BTreeMap<&'static str, usize>)> {
    let mut stages: Vec<(Vec<usize>, BTreeMap<&'static str, usize>)> = Vec::new();
    let ops = graph.nodes.iter().filter(|node| !matches!(node.op, Op::Input { .. } | Op::Parameter { .. }));
    for node in ops.filter(|node| node.shape.batched) {
        let extents = node.shape.extents();
        let at = match stages.iter().position(|(known, _)| known == extents) {
            Some(at) => at,
            None => {
                stages.push((extents.to_vec(), BTreeMap::new()));
                stages.len() - 1
            }
        };
        *stages[at].1.entry(node.op.name()).or_default() += 1;
    }
    stages
}
