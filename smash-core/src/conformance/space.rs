//! The conformance suite for search spaces.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::promise::{Promise, expect};
use crate::architecture::Architecture;
use crate::decision::{Made, RandomDecide};
use crate::error::{Error, Result};
use crate::graph::{Graph, Op, Role, Source};
use crate::random::Seed;
use crate::space::bind_generated;
use crate::space::{SearchSpace, WeightScheme};
use crate::task::Task;

/// Architectures that each check samples.
const SAMPLES: u64 = 24;

type Check = fn(&dyn SearchSpace, &Task) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("samples_are_valid", samples_are_valid),
    ("samples_differ", samples_differ),
    ("the_seed_decides", the_seed_decides),
    ("decisions_give_the_architecture", decisions_give_the_architecture),
    ("edited_decisions_are_valid_or_named", edited_decisions_are_valid_or_named),
    ("neighbours_are_valid", neighbours_are_valid),
    ("children_are_valid", children_are_valid),
    ("one_shot_networks", one_shot_networks),
    ("standalone_networks", standalone_networks),
    ("descriptions_fit_their_networks", descriptions_fit_their_networks),
    ("outlines_make_a_table", outlines_make_a_table),
    ("conversions_are_valid", conversions_are_valid),
    ("wrong_architectures_are_refused", wrong_architectures_are_refused),
];

/// Runs the checks lazily, each on a new space, which `open` makes for `task`.
pub fn space<'a>(
    open: &'a mut (dyn FnMut() -> Result<Box<dyn SearchSpace>> + 'a),
    task: &'a Task,
) -> impl Iterator<Item = Promise> + 'a {
    CHECKS
        .iter()
        .map(|&(name, check)| Promise { name, outcome: open().and_then(|space| check(&*space, task)) })
}

fn sample(space: &dyn SearchSpace, i: u64) -> Result<Architecture> {
    let progress = [1.0, 0.0, 0.4][(i % 3) as usize];
    space.sample(&mut Seed::new(i).random(), progress)
}

fn samples(space: &dyn SearchSpace) -> Result<Vec<Architecture>> {
    (0..SAMPLES).map(|i| sample(space, i)).collect()
}

fn samples_are_valid(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    samples(space)?.iter().try_for_each(|architecture| valid(space, architecture))
}

fn valid(space: &dyn SearchSpace, architecture: &Architecture) -> Result<()> {
    expect(architecture.space == space.id(), || {
        format!("expected architectures of {:?}, found {:?}", space.id(), architecture.space)
    })?;
    space.validate(architecture).map_err(|error| at(architecture, error))
}

/// An error extended by the architecture that caused it.
fn at(architecture: &Architecture, error: Error) -> Error {
    Error::conformance(format!("{error}; the choices are {}", architecture.choices))
}

fn samples_differ(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    let hashes: BTreeSet<String> = samples(space)?.iter().map(Architecture::hash).collect();
    expect(hashes.len() > 1, || format!("{SAMPLES} seeds gave one architecture"))
}

fn the_seed_decides(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    for i in 0..SAMPLES {
        let [a, b] = [sample(space, i)?, sample(space, i)?];
        expect(a == b, || "one seed gave two architectures".into())?;
        let neighbour = || space.mutate(&a, &mut Seed::new(i).random(), 0.3);
        expect(neighbour()? == neighbour()?, || "one seed gave two neighbours".into())?;
    }
    Ok(())
}

/// The flat form: samples have decisions, which give them, and what decisions give is valid.
fn decisions_give_the_architecture(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    for (i, architecture) in samples(space)?.into_iter().enumerate() {
        let drawn = space.draw(&mut RandomDecide(&mut Seed::new(i as u64).random()))?;
        valid(space, &drawn)?;
        for architecture in [architecture, drawn] {
            let made = space.decisions(&architecture).map_err(|error| at(&architecture, error))?;
            let again = space.with_decisions(&flat(&made)).map_err(|error| at(&architecture, error))?;
            expect(again == architecture, || {
                format!("the decisions of {} give {}", architecture.choices, again.choices)
            })?;
        }
    }
    Ok(())
}

fn flat(made: &[Made]) -> Map<String, Value> {
    made.iter().map(|made| (made.name.clone(), made.value.clone())).collect()
}

/// Any value of any decision in the place of its own.
fn edited_decisions_are_valid_or_named(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    let mut random = Seed::new(9).random();
    for architecture in samples(space)? {
        let made = space.decisions(&architecture)?;
        for _ in 0..8 {
            let Some(edited) = random.choose(&made) else { break };
            let Some(value) = edited.domain.value(random.below(edited.domain.len())) else { break };
            let mut parameters = flat(&made);
            parameters.insert(edited.name.clone(), value);
            match space.with_decisions(&parameters) {
                Ok(architecture) => valid(space, &architecture)?,
                Err(Error::Invalid(problem)) => expect(problem.pointer.len() > 1, || {
                    format!(
                        "with another {}: expected the name of what is wrong, found {problem}",
                        edited.name
                    )
                })?,
                Err(error) => return Err(at(&architecture, error)),
            }
        }
    }
    Ok(())
}

fn neighbours_are_valid(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    let mut random = Seed::new(7).random();
    for architecture in samples(space)? {
        for rate in [0.05, 0.5, 1.0] {
            valid(space, &space.mutate(&architecture, &mut random, rate)?)?;
        }
        let same = space.mutate(&architecture, &mut random, 0.0)?;
        expect(same == architecture, || {
            format!("rate 0 changed {} to {}", architecture.choices, same.choices)
        })?;
    }
    Ok(())
}

fn children_are_valid(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    let mut random = Seed::new(8).random();
    for parents in samples(space)?.windows(2) {
        valid(space, &space.crossover(&parents[0], &parents[1], &mut random, 0.1)?)?;
    }
    Ok(())
}

/// Running statistics that are no buffers would be trained, and never be those of the data.
fn expect_buffers(graph: &Graph) -> Result<()> {
    let norms = graph.nodes.iter().filter(|node| matches!(node.op, Op::BatchNorm { .. }));
    for statistic in norms.flat_map(|node| &node.inputs[3..5]) {
        let parameter = match graph.nodes[statistic.index()].op {
            Op::Parameter { index } => Some(&graph.parameters[index]),
            _ => None,
        };
        expect(parameter.is_some_and(|p| p.role == Role::Buffer), || {
            let what = parameter.map_or("what is computed".into(), |p| format!("the weight {:?}", p.name));
            format!("expected buffers as the mean and the variance of a batch norm, found {what}")
        })?;
    }
    Ok(())
}

fn built(
    space: &dyn SearchSpace,
    task: &Task,
    architecture: &Architecture,
    scheme: WeightScheme,
) -> Result<Graph> {
    let graph = space.build(architecture, scheme)?;
    graph.check().map_err(|error| at(architecture, error))?;
    expect_buffers(&graph).map_err(|error| at(architecture, error))?;
    let inputs: Vec<_> = graph.inputs().collect();
    let fits = matches!(inputs[..], [("x", shape)] if shape.batched && shape.dims == task.dims());
    expect(fits, || format!("expected the one input x of {:?}, found {inputs:?}", task.dims()))?;
    let logits = graph.output("logits").map(|id| graph.shape(id));
    let fits = logits.is_some_and(|shape| shape.batched && shape.dims == [task.classes]);
    expect(fits, || format!("expected logits of {:?}, found {logits:?}", [task.classes]))?;
    Ok(graph)
}

/// Whether a HyperNet can be trained on the space: it need not be.
fn is_described(space: &dyn SearchSpace) -> Result<bool> {
    let described = space.describe(&sample(space, 0)?);
    Ok(!matches!(described, Err(Error::Invalid(problem)) if problem.pointer == "/space"))
}

fn one_shot_networks(space: &dyn SearchSpace, task: &Task) -> Result<()> {
    if !is_described(space)? {
        return Ok(());
    }
    let mut generated = false;
    for architecture in samples(space)? {
        let graph = built(space, task, &architecture, WeightScheme::OneShot)?;
        generated |= graph.parameters.iter().any(|p| p.source == Source::Generated);
    }
    expect(generated, || "no network has a generated parameter: a HyperNet has nothing to write".into())
}

fn standalone_networks(space: &dyn SearchSpace, task: &Task) -> Result<()> {
    for architecture in samples(space)? {
        let graph = built(space, task, &architecture, WeightScheme::Standalone)?;
        let other = graph.parameters.iter().find(|p| p.source == Source::Generated);
        expect(other.is_none(), || {
            format!("nobody generates {:?} of a network that stands alone", other.map(|p| &p.name))
        })?;
    }
    Ok(())
}

fn descriptions_fit_their_networks(space: &dyn SearchSpace, task: &Task) -> Result<()> {
    let spec = space.plane();
    if !is_described(space)? {
        return Ok(());
    }
    for architecture in samples(space)? {
        let graph = built(space, task, &architecture, WeightScheme::OneShot)?;
        for description in [space.describe(&architecture)?, space.describe_at(&architecture, 0.4)?] {
            let (columns, values) = (description.columns, description.plane.len());
            expect(values > 0 && values == spec.channels * spec.rows * columns, || {
                format!("expected a plane of {spec:?} with {columns} columns, found {values} values")
            })?;
            expect(description.plane.iter().all(|v| v.is_finite()), || "a plane holds no number".into())?;
            let generated =
                |name: &str| graph.parameters.iter().any(|p| p.name == name && p.source == Source::Generated);
            for (i, slice) in description.slices.iter().enumerate() {
                let name = &slice.parameter;
                expect(generated(name), || {
                    format!("a slice is for {name:?}, which is no generated parameter of the network")
                })?;
                let twice = description.slices[..i].iter().any(|other| other.parameter == *name);
                expect(!twice, || format!("two slices are for {name:?}"))?;
            }
            let matrix = [columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
            bind_generated(&graph, &description, matrix, |_| 1.0)
                .and_then(|bound| bound.check())
                .map_err(|error| at(&architecture, error))?;
        }
    }
    Ok(())
}

fn outlines_make_a_table(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    for architecture in samples(space)? {
        let outline = space.outline(&architecture)?;
        let names = |i: usize| outline[i].figures.iter().map(|figure| &figure.name).collect::<Vec<_>>();
        let same = (0..outline.len()).all(|i| names(i) == names(0));
        expect(same, || format!("the parts have different figures: {outline:?}"))?;
    }
    Ok(())
}

fn conversions_are_valid(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    for architecture in samples(space)? {
        match space.convert(&architecture) {
            Ok(converted) => valid(space, &converted)?,
            // A space need not support conversion.
            Err(Error::Invalid(_)) => {}
            Err(error) => return Err(at(&architecture, error)),
        }
    }
    Ok(())
}

fn wrong_architectures_are_refused(space: &dyn SearchSpace, _: &Task) -> Result<()> {
    let good = sample(space, 0)?;
    let elsewhere = Architecture { space: "nowhere".into(), ..good.clone() };
    let nothing = Architecture { choices: Value::Null.into(), ..good.clone() };
    let nonsense = Architecture { choices: Value::from("?").into(), ..good };
    for architecture in [elsewhere, nothing, nonsense] {
        let refused = space.validate(&architecture);
        expect(matches!(refused, Err(Error::Invalid(_))), || {
            format!("{architecture:?}: expected a problem with a pointer, found {refused:?}")
        })?;
        expect(space.build(&architecture, WeightScheme::OneShot).is_err(), || {
            format!("it builds {architecture:?}")
        })?;
        expect(space.describe(&architecture).is_err(), || format!("it describes {architecture:?}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
