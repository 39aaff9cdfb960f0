//! A sample plugin: a search space of plain convolutional networks, each layer as wide as it likes.

use serde::{Deserialize, Serialize};
use smash_core::prelude::*;

/// Channels come in units; a layer has at most `WIDEST` of them.
const UNIT: usize = 8;
const WIDEST: usize = 4;

/// Plain networks: 1×1 convolutions whose weights a HyperNet writes, each behind a shared 3×3 one per
/// channel.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlainConfig {
    /// Most layers.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 16))]
    layers: usize,
}

fn four() -> usize {
    4
}

#[typetag::serde(name = "plain")]
impl SpaceConfig for PlainConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        Ok(Box::new(Plain { layers: self.layers, task: task.clone() }))
    }
}

inventory::submit! { Component::new::<PlainConfig>(Kind::Space, "plain", "Plain networks of varying width.") }
smash_sdk::export_plugin!(Space "plain");

struct Plain {
    layers: usize,
    task: Task,
}

impl Plain {
    /// The width of each layer in units.
    fn widths(&self, architecture: &Architecture) -> Result<Vec<usize>> {
        self.validate(architecture)?;
        Ok(architecture.read::<Choices>("plain", 1)?.widths)
    }
}

#[derive(Serialize, Deserialize)]
struct Choices {
    layers: usize,
    widths: Vec<usize>,
}

impl SearchSpace for Plain {
    fn id(&self) -> &str {
        "plain"
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let layers = decide.integer("layers", 1..=self.layers)?;
        let widths = (0..layers).map(|i| decide.integer(&format!("widths.{i}"), 1..=WIDEST));
        let widths = widths.collect::<Result<_>>()?;
        Architecture::new("plain", 1, &Choices { layers, widths })
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let (rank, most, classes) = (self.task.rank(), WIDEST * UNIT, self.task.classes);
        let dims = |o: usize, i: usize, kernel: usize| [&[o, i][..], &vec![kernel; rank]].concat();
        let same = |groups| ConvSpec::same(&vec![3; rank], &vec![1; rank], groups);
        let mut b = Builder::new();
        let x = b.input("x", true, &self.task.dims());
        let stem = Parameter::own("stem", &dims(most, self.task.channels, 3), Init::Orthogonal);
        let (mut h, mut inputs) = (b.conv_by(x, stem, same(1))?, most);
        for (i, width) in self.widths(architecture)?.into_iter().enumerate() {
            let (name, own, all) = (format!("layer{i}.depthwise"), dims(inputs, 1, 3), dims(most, 1, 3));
            h = b.conv_by(h, scheme.shared(name, &own, &all, Init::Orthogonal), same(inputs))?;
            let pointwise = scheme.generated(format!("layer{i}"), &dims(width * UNIT, inputs, 1));
            h = b.conv_by(h, pointwise, ConvSpec::default())?;
            (h, inputs) = (b.relu(h)?, width * UNIT);
        }
        let head = scheme.shared("head", &[classes, inputs], &[classes, most], Init::Orthogonal);
        let logits = b.head(h, head, Parameter::own("bias", &[classes], Init::Constant { value: 0.0 }))?;
        Ok(b.finish([("logits", logits)]))
    }

    /// A column for each unit that a layer reads, a row for each that it writes; the channels say which layer
    /// it is.
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let units = [vec![WIDEST], self.widths(architecture)?].concat();
        let part = |(i, w): (usize, &[usize])| PlaneBlock::new(format!("layer{i}"), vec![i], w[0], w[1]);
        Description::side_by_side(self.plane(), units.windows(2).enumerate().map(part))
    }

    fn plane(&self) -> PlaneSpec {
        PlaneSpec { channels: self.layers, rows: WIDEST, cell: Cell { outputs: UNIT, inputs: UNIT } }
    }
}

#[test]
fn it_keeps_the_promises_of_a_space() {
    let task = Task { channels: 3, extents: vec![8, 8], classes: 10 };
    let mut open = || SpaceConfig::build(&PlainConfig { layers: 4 }, &task);
    smash_core::conformance::space(&mut open, &task).for_each(|p| assert!(p.outcome.is_ok(), "{p}"));
}
