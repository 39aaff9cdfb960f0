//! Test data, the same on every machine.

use crate::backend::Feed;
use crate::error::Result;
use crate::graph::{Graph, Role, Shape};
use crate::random::Seed;
use crate::tensor::Tensor;

use super::subject::fail;

/// Tensors with their names, in a fixed order.
pub type List = Vec<(String, Tensor)>;

/// Reproducible numbers of either sign, away from zero: central differences must not cross the kink of a
/// ReLU.
pub fn numbers(seed: &str, len: usize) -> Vec<f32> {
    let mut random = Seed::new(7).split(seed).random();
    let draw = |_| {
        let v = random.range(-1.0, 1.0);
        (v + v.signum() * 0.02) as f32
    };
    (0..len).map(draw).collect()
}

/// A tensor of the given values.
///
/// # Errors
/// When they do not fill the shape.
pub fn tensor(shape: &[usize], data: Vec<f32>) -> Result<Tensor> {
    let len = data.len();
    Tensor::new(shape.to_vec(), data)
        .map_or_else(|| fail(format!("{len} numbers do not fill the shape {shape:?}")), Ok)
}

/// Extents of a value at run time, including the batch.
pub(super) fn extents(shape: &Shape, batch: usize) -> Vec<usize> {
    shape.batched.then_some(batch).into_iter().chain(shape.dims.iter().copied()).collect()
}

fn drawn(name: &str, extents: &[usize]) -> Result<Tensor> {
    tensor(extents, numbers(name, extents.iter().product()))
}

/// A value for each input of a graph; `labels` are classes of 0..3.
///
/// # Errors
/// Never: the values fill the shape of their input.
pub fn inputs(graph: &Graph, batch: usize) -> Result<List> {
    let value = |(name, shape): (&str, &Shape)| {
        let value = if name == "labels" {
            tensor(&[batch], (0..batch).map(|i| (i * 7 % 3) as f32).collect())?
        } else {
            drawn(name, &extents(shape, batch))?
        };
        Ok((name.to_owned(), value))
    };
    graph.inputs().map(value).collect()
}

/// A value for each stored tensor of a graph; buffers are positive.
///
/// # Errors
/// Never: the values fill the extents of their tensor.
pub fn parameters(graph: &Graph) -> Result<List> {
    let mut all = List::new();
    for p in &graph.parameters {
        if all.iter().all(|(name, _)| *name != p.name) {
            let mut value = drawn(&p.name, &p.stored)?;
            if p.role == Role::Buffer {
                value.data_mut().iter_mut().for_each(|v| *v = v.abs() + 0.2);
            }
            all.push((p.name.clone(), value));
        }
    }
    Ok(all)
}

/// An output gradient for each output of a graph.
///
/// # Errors
/// Never: the values fill the shape of their output.
pub fn output_gradients(graph: &Graph, batch: usize) -> Result<List> {
    let seed = |(name, id): &(String, _)| {
        Ok((name.clone(), drawn(&format!("seed {name}"), &extents(graph.shape(*id), batch))?))
    };
    graph.outputs.iter().map(seed).collect()
}

/// All tensors of a list as host feeds.
pub fn feeds(list: &[(String, Tensor)]) -> Vec<(&str, Feed<'_>)> {
    list.iter().map(|(name, value)| (name.as_str(), Feed::Host(value))).collect()
}
