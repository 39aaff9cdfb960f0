//! Native runs beside the reference, native gradients beside central differences.

use smash_core::backend::{Backend, Feed, Fetch, InputGradient, Mode, Plan};
use smash_core::graph::{Graph, Role};
use smash_core::random::Seed;
use smash_core::tensor::Tensor;

use super::reference::{Named, Norm, run};
use crate::NativeBackend;
use crate::kernel::Level;

/// Reproducible numbers of either sign, away from zero.
pub(crate) fn numbers(seed: &str, len: usize) -> Vec<f32> {
    let mut random = Seed::new(7).split(seed).random();
    (0..len)
        .map(|_| {
            let v = random.range(-1.0, 1.0);
            (v + v.signum() * 0.02) as f32
        })
        .collect()
}

pub(crate) fn tensor(shape: &[usize], data: Vec<f32>) -> Tensor {
    Tensor::new(shape.to_vec(), data).unwrap()
}

/// Inputs of a graph; `labels` are classes of 0..3.
pub(crate) fn inputs(graph: &Graph, batch: usize) -> Vec<(String, Tensor)> {
    graph
        .inputs()
        .map(|(name, shape)| {
            let mut dims = shape.dims.clone();
            if shape.batched {
                dims.insert(0, batch);
            }
            let mut data = numbers(name, dims.iter().product());
            if name == "labels" {
                data = (0..batch).map(|i| (i * 7 % 3) as f32).collect();
            }
            (name.to_owned(), tensor(&dims, data))
        })
        .collect()
}

/// Values for every stored tensor; buffers are positive.
pub(crate) fn parameters(graph: &Graph) -> Vec<(String, Tensor)> {
    let mut all: Vec<(String, Tensor)> = Vec::new();
    for p in &graph.parameters {
        if all.iter().all(|(name, _)| *name != p.name) {
            let mut data = numbers(&p.name, p.stored.iter().product());
            if p.role == Role::Buffer {
                data.iter_mut().for_each(|v| *v = v.abs() + 0.2);
            }
            all.push((p.name.clone(), tensor(&p.stored, data)));
        }
    }
    all
}

fn named(list: &[(String, Tensor)]) -> Named {
    let wide = |t: &Tensor| t.data().iter().map(|&v| f64::from(v)).collect();
    list.iter().map(|(name, t)| (name.clone(), (t.shape().to_vec(), wide(t)))).collect()
}

pub(crate) fn close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*f) - e).abs() <= tolerance * scale, "{what}[{i}]: found {f}, expected {e}");
    }
}

pub(crate) fn feeds(list: &[(String, Tensor)]) -> Vec<(&str, Feed<'_>)> {
    list.iter().map(|(name, t)| (name.as_str(), Feed::Host(t))).collect()
}

/// A backend with the parameters of a graph, and its plan.
pub(crate) fn backend(level: &str, threads: usize, graph: &Graph) -> (NativeBackend, Plan) {
    let mut backend = NativeBackend::new(level, threads).unwrap();
    for (name, value) in parameters(graph) {
        backend.write(&name, &value).unwrap();
    }
    let plan = backend.compile(graph).unwrap();
    (backend, plan)
}

/// Checks every mode and every gradient of a graph at every level.
pub(crate) fn check(what: &str, graph: &Graph, batch: usize) {
    for level in Level::available() {
        check_at(&format!("{what} at {}", level.name()), level.name(), graph, batch);
    }
}

fn check_at(what: &str, level: &str, graph: &Graph, batch: usize) {
    let (inputs, parameters) = (inputs(graph, batch), parameters(graph));
    let (inputs64, parameters64) = (named(&inputs), named(&parameters));
    let names: Vec<&str> = graph.outputs.iter().map(|(name, _)| name.as_str()).collect();
    let fetch: Vec<_> = names.iter().map(|name| (*name, Fetch::Host)).collect();
    let modes = [(Mode::Eval, Norm::Eval), (Mode::Calibrate, Norm::Calibrate), (Mode::Train, Norm::Train)];
    for (mode, norm) in modes {
        let (mut backend, plan) = backend(level, 2, graph);
        let expected = run(graph, norm, batch, &inputs64, &parameters64);
        // Twice: the second run finds used buffers.
        for _ in 0..if mode == Mode::Train { 1 } else { 2 } {
            let found = backend.run(plan, mode, &feeds(&inputs), &fetch).unwrap();
            for ((name, id), found) in graph.outputs.iter().zip(&found) {
                let found = found.as_ref().unwrap();
                close(&format!("{what}, {mode:?}, {name}"), found.data(), &expected.values[id.index()], 2e-5);
            }
        }
        for (name, (_, values)) in &expected.stored {
            close(&format!("{what}, {mode:?}, {name}"), backend.read(name).unwrap().data(), values, 2e-5);
        }
        if mode == Mode::Train {
            gradients(what, &mut backend, plan, graph, batch, (&inputs64, &parameters64));
        }
    }
}

fn gradients(
    what: &str,
    backend: &mut NativeBackend,
    plan: Plan,
    graph: &Graph,
    batch: usize,
    at: (&Named, &Named),
) {
    let seeds: Vec<(String, Tensor)> = graph
        .outputs
        .iter()
        .map(|(name, id)| {
            let shape = graph.shape(*id);
            let dims: Vec<usize> =
                shape.batched.then_some(batch).into_iter().chain(shape.dims.iter().copied()).collect();
            let data = numbers(&format!("seed {name}"), dims.iter().product());
            (name.clone(), tensor(&dims, data))
        })
        .collect();
    let objective = |inputs: &Named, stored: &Named| -> f64 {
        let values = run(graph, Norm::Train, batch, inputs, stored).values;
        let of = |((_, id), (_, seed)): (&(String, smash_core::graph::ValueId), &(String, Tensor))| -> f64 {
            values[id.index()].iter().zip(seed.data()).map(|(v, s)| v * f64::from(*s)).sum()
        };
        graph.outputs.iter().zip(&seeds).map(of).sum()
    };
    let wanted: Vec<&str> = graph.inputs().map(|(name, _)| name).collect();
    let fetch: Vec<_> = wanted.iter().map(|name| (*name, Fetch::Host)).collect();
    let found = backend.backward(plan, &feeds(&seeds), &fetch).unwrap();
    let (inputs, stored) = at;
    let difference = |of_input: bool, name: &str, i: usize| {
        let value = |by: f64| {
            let (mut inputs, mut stored) = (inputs.clone(), stored.clone());
            let named = if of_input { &mut inputs } else { &mut stored };
            named.get_mut(name).unwrap().1[i] += by;
            objective(&inputs, &stored)
        };
        (value(1e-5) - value(-1e-5)) / 2e-5
    };
    let compare = |kind: &str, of_input: bool, name: &str, found: Option<&[f32]>, len: usize| {
        // At most 40 elements of each: differences are slow.
        let picked: Vec<usize> = (0..len).step_by(len.div_ceil(40)).collect();
        let expected: Vec<f64> = picked.iter().map(|&i| difference(of_input, name, i)).collect();
        let found: Vec<f32> = picked.iter().map(|&i| found.map_or(0.0, |f| f[i])).collect();
        close(&format!("{what}, gradient of {kind} {name}"), &found, &expected, 5e-5);
    };
    for (name, found) in wanted.iter().zip(&found) {
        if *name == "labels" {
            assert_eq!(*found, InputGradient::Absent);
            continue;
        }
        let found = match found {
            InputGradient::Host(t) => Some(t.data()),
            _ => None,
        };
        compare("input", true, name, found, inputs[*name].1.len());
    }
    for (name, (_, values)) in stored {
        let gradient = backend.gradient(name).unwrap();
        if graph.parameters.iter().any(|p| p.name == *name && p.role == Role::Buffer) {
            assert!(gradient.is_none(), "{what}: {name}");
        } else {
            compare("parameter", false, name, gradient.as_ref().map(Tensor::data), values.len());
        }
    }
}
