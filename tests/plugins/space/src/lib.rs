//! A sample plugin: a search space of plain convolutional networks, each layer as wide as it likes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::architecture::Architecture;
use smash_core::component::{Component, Kind, SpaceConfig};
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Parameter};
use smash_core::random::Random;
use smash_core::space::{Cell, Description, GeneratedSlice, Network, PlaneSpec, SearchSpace};
use smash_core::task::Task;
use smash_core::{Error, Result};

/// Channels come in units; a layer has at most `WIDEST` of them.
const UNIT: usize = 8;
const WIDEST: usize = 4;

/// Plain networks: 1×1 convolutions whose weights a HyperNet writes, each behind a shared 3×3 one per channel.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct PlainConfig {
    /// Most layers.
    #[schemars(range(min = 1, max = 16))]
    layers: usize,
}

impl Default for PlainConfig {
    fn default() -> Self {
        Self { layers: 4 }
    }
}

#[typetag::serde(name = "plain")]
impl SpaceConfig for PlainConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        Ok(Box::new(Plain { layers: self.layers, task: task.clone() }))
    }
}

inventory::submit! { Component::new::<PlainConfig>(Kind::Space, "plain", "Plain convolutional networks of varying width.") }

smash_sdk::export_plugin!(Space "plain");

struct Plain {
    layers: usize,
    task: Task,
}

impl Plain {
    /// The choices: the width of each layer in units.
    fn widths(&self, architecture: &Architecture) -> Result<Vec<usize>> {
        let widths: Vec<usize> = architecture.read("plain", 1)?;
        if !(1..=self.layers).contains(&widths.len()) || widths.iter().any(|w| !(1..=WIDEST).contains(w)) {
            let message = format!("expected 1 to {} widths of 1 to {WIDEST}, found {widths:?}", self.layers);
            return Err(Error::invalid("/choices", message));
        }
        Ok(widths)
    }
}

impl SearchSpace for Plain {
    fn id(&self) -> &str {
        "plain"
    }

    fn sample(&self, random: &mut Random, _progress: f64) -> Result<Architecture> {
        let layers = 1 + random.below(self.layers);
        let widths: Vec<usize> = (0..layers).map(|_| 1 + random.below(WIDEST)).collect();
        Architecture::new("plain", 1, &widths)
    }

    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        let mut widths = self.widths(architecture)?;
        if random.coin(rate) {
            widths.resize(1 + random.below(self.layers), 1);
        }
        for width in &mut widths {
            if random.coin(rate) {
                *width = 1 + random.below(WIDEST);
            }
        }
        Architecture::new("plain", 1, &widths)
    }

    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.widths(architecture).map(drop)
    }

    fn build(&self, architecture: &Architecture, network: Network) -> Result<Graph> {
        let (rank, most) = (self.task.rank(), WIDEST * UNIT);
        let dims = |outputs: usize, inputs: usize, kernel: usize| {
            [&[outputs, inputs][..], &vec![kernel; rank]].concat()
        };
        // The part of a shared tensor that so many channels use; alone, a network has a tensor of that size.
        let part = |name: String, stored: Vec<usize>, channels: usize| match network {
            Network::OneShot => {
                let slice = stored.iter().enumerate().map(|(i, &n)| 0..if i == 0 { channels } else { n });
                Parameter::shared(name, &stored, slice.collect(), Init::Orthogonal)
            }
            Network::Standalone => {
                Parameter::own(name, &[&[channels], &stored[1..]].concat(), Init::Orthogonal)
            }
        };
        let same = |groups| ConvSpec::same(&vec![3; rank], &vec![1; rank], groups);
        let mut b = Builder::new();
        let x = b.input("x", true, &self.task.dims());
        let stem =
            b.parameter(Parameter::own("stem", &dims(most, self.task.channels, 3), Init::Orthogonal))?;
        let mut h = b.conv(x, stem, same(1))?;
        for (i, width) in self.widths(architecture)?.into_iter().enumerate() {
            let (inputs, outputs) = (b.shape(h).channels(), width * UNIT);
            let depthwise = b.parameter(part(format!("layer{i}.depthwise"), dims(most, 1, 3), inputs))?;
            h = b.conv(h, depthwise, same(inputs))?;
            let pointwise = match network {
                Network::OneShot => Parameter::generated(format!("layer{i}"), &dims(outputs, inputs, 1)),
                Network::Standalone => {
                    Parameter::own(format!("layer{i}"), &dims(outputs, inputs, 1), Init::Orthogonal)
                }
            };
            let pointwise = b.parameter(pointwise)?;
            h = b.conv(h, pointwise, ConvSpec::default())?;
            h = b.relu(h)?;
        }
        let (channels, classes) = (b.shape(h).channels(), self.task.classes);
        let pooled = b.global_average_pool(h)?;
        let head = Parameter::own(format!("head{channels}"), &[classes, channels], Init::Orthogonal);
        let head = b.parameter(head)?;
        let bias = b.parameter(Parameter::own("bias", &[classes], Init::Constant { value: 0.0 }))?;
        let logits = b.linear(pooled, head, bias)?;
        Ok(b.finish([("logits", logits)]))
    }

    /// A column for each unit that a layer reads, a row for each that it writes; the channels say which layer it is.
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let widths = self.widths(architecture)?;
        let inputs = [&[WIDEST], &widths[..]].concat();
        let columns: usize = inputs[..widths.len()].iter().sum();
        let mut plane = vec![-1.0; self.layers * WIDEST * columns];
        let (mut slices, mut first) = (Vec::new(), 0);
        for (i, (&input, &width)) in inputs.iter().zip(&widths).enumerate() {
            for row in 0..width {
                let start = (i * WIDEST + row) * columns + first;
                plane[start..start + input].fill(1.0);
            }
            let rows = first * UNIT..(first + input) * UNIT;
            slices.push(GeneratedSlice { parameter: format!("layer{i}"), rows, columns: 0..width * UNIT });
            first += input;
        }
        Ok(Description { columns, plane, slices })
    }

    fn plane(&self) -> PlaneSpec {
        PlaneSpec { channels: self.layers, rows: WIDEST, cell: Cell { outputs: UNIT, inputs: UNIT } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_space() {
        let task = Task { channels: 3, extents: vec![8, 8], classes: 10 };
        let mut open = || SpaceConfig::build(&PlainConfig::default(), &task);
        for promise in smash_core::conformance::space(&mut open, &task) {
            assert!(promise.outcome.is_ok(), "{promise}");
        }
    }
}
