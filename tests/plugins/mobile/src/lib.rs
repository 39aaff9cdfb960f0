//! A sample plugin: a search space of mobile networks, whose pointwise convolutions a HyperNet writes.

use serde::{Deserialize, Serialize};
use smash_core::prelude::*;

/// Channels come in units: the stem has `STEM` of them, a stage at most `WIDEST`, a block inside at most
/// `EXPANSION` times as many as it reads.
const UNIT: usize = 8;
const STEM: usize = 2;
const WIDEST: usize = 4;
const EXPANSION: usize = 4;

/// Mobile networks: stages of inverted residual blocks; each stage after the first halves the extents.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct MobileConfig {
    /// Stages.
    #[schemars(range(min = 1, max = 8))]
    stages: usize,
    /// Most blocks of a stage.
    #[schemars(range(min = 1, max = 8))]
    repeats: usize,
}

impl Default for MobileConfig {
    fn default() -> Self {
        Self { stages: 3, repeats: 2 }
    }
}

#[typetag::serde(name = "mobile")]
impl SpaceConfig for MobileConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        Ok(Box::new(Mobile { config: self.clone(), task: task.clone() }))
    }
}

inventory::submit! { Component::new::<MobileConfig>(Kind::Space, "mobile", "Inverted residual blocks, as in MobileNets.") }
smash_sdk::export_plugin!(Space "mobile");

struct Mobile {
    config: MobileConfig,
    task: Task,
}

#[derive(Serialize, Deserialize)]
struct Choices {
    stages: Vec<Stage>,
}

/// What the blocks of a stage have in common.
#[derive(Clone, Serialize, Deserialize)]
struct Stage {
    repeats: usize,
    width: usize,
    expansion: usize,
    kernel: usize,
    squeeze_excite: bool,
    activation: String,
}

/// An inverted residual block; widths in units.
struct Block {
    name: String,
    place: [usize; 2],
    inputs: usize,
    stage: Stage,
}

impl Mobile {
    /// The blocks one after the other, each of which reads what the one before it writes.
    fn blocks(&self, architecture: &Architecture) -> Result<Vec<Block>> {
        self.validate(architecture)?;
        let (mut blocks, mut inputs) = (Vec::new(), STEM);
        for (i, stage) in architecture.read::<Choices>("mobile", 1)?.stages.into_iter().enumerate() {
            for j in 0..stage.repeats {
                let name = format!("stage{i}.block{j}");
                blocks.push(Block { name, place: [i, j], inputs, stage: stage.clone() });
                inputs = stage.width;
            }
        }
        Ok(blocks)
    }
}

impl SearchSpace for Mobile {
    fn id(&self) -> &str {
        "mobile"
    }

    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        let mut stages = Vec::new();
        for i in 0..self.config.stages {
            let name = |field: &str| format!("stages.{i}.{field}");
            stages.push(Stage {
                repeats: decide.integer(&name("repeats"), 1..=self.config.repeats)?,
                width: decide.integer(&name("width"), 1..=WIDEST)?,
                expansion: decide.integer(&name("expansion"), 1..=EXPANSION)?,
                kernel: decide.integer_weighted(&name("kernel"), 3..=7, 2, None)?,
                squeeze_excite: decide.coin(&name("squeeze_excite"), 0.5)?,
                activation: (*decide.choose(&name("activation"), &["relu6", "hard_swish"])?).to_owned(),
            });
        }
        Architecture::new("mobile", 1, &Choices { stages })
    }

    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let mut network = Network { b: Builder::new(), scheme, rank: self.task.rank() };
        let x = network.b.input("x", true, &self.task.dims());
        let stem = network.dims(STEM * UNIT, self.task.channels, 3);
        let stem = Parameter::own("stem", &stem, Init::Orthogonal);
        let h = network.conv(x, stem, 1, 1)?;
        let mut h = network.norm(h, "stem", STEM * UNIT)?;
        for block in self.blocks(architecture)? {
            h = network.block(h, &block)?;
        }
        let (classes, channels) = (self.task.classes, network.b.shape(h).channels());
        let head = scheme.shared("head", &[classes, channels], &[classes, WIDEST * UNIT], Init::Orthogonal);
        let bias = Parameter::own("bias", &[classes], Init::Constant { value: 0.0 });
        let logits = network.b.head(h, head, bias)?;
        Ok(network.b.finish([("logits", logits)]))
    }

    /// A column for each unit that a pointwise convolution reads, a row for each that it writes; the channels
    /// say which convolution it is, and what else the block has.
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let parts = self.blocks(architecture)?.into_iter().flat_map(|block| {
            let Block { name, place: [i, j], inputs, stage } = block;
            let (wide, kernel) = (stage.expansion * inputs, 1 + stage.kernel / 2);
            let mut code = vec![kernel, 7 + i, 7 + self.config.stages + j];
            code.extend(stage.squeeze_excite.then_some(5));
            code.extend((stage.activation == "hard_swish").then_some(6));
            let marks = |role| [&[role], &code[..]].concat();
            [
                PlaneBlock::new(format!("{name}.expand"), marks(0), inputs, wide),
                PlaneBlock::new(format!("{name}.project"), marks(1), wide, stage.width),
            ]
        });
        Description::side_by_side(self.plane(), parts)
    }

    fn plane(&self) -> PlaneSpec {
        let channels = 7 + self.config.stages + self.config.repeats;
        PlaneSpec { channels, rows: EXPANSION * WIDEST, cell: Cell { outputs: UNIT, inputs: UNIT } }
    }
}

/// A network as it grows.
struct Network {
    b: Builder,
    scheme: WeightScheme,
    rank: usize,
}

impl Network {
    /// The extents of a convolution's weight.
    fn dims(&self, outputs: usize, inputs: usize, kernel: usize) -> Vec<usize> {
        [&[outputs, inputs][..], &vec![kernel; self.rank]].concat()
    }

    /// A convolution that keeps the extents or divides them by the stride.
    fn conv(&mut self, x: ValueId, weight: Parameter, stride: usize, groups: usize) -> Result<ValueId> {
        let same = ConvSpec::same(&weight.dims()[2..], &vec![1; self.rank], groups);
        self.b.conv_by(x, weight, ConvSpec { stride: vec![stride; self.rank], ..same })
    }

    /// Batch norm over at most `most` channels.
    fn norm(&mut self, x: ValueId, name: &str, most: usize) -> Result<ValueId> {
        let channels = self.b.shape(x).channels();
        let part = |part: &str, value| {
            let init = Init::Constant { value };
            self.scheme.shared(format!("{name}.{part}"), &[channels], &[most], init)
        };
        let statistics = [
            part("gamma", 1.0),
            part("beta", 0.0),
            part("mean", 0.0).buffer(),
            part("variance", 1.0).buffer(),
        ];
        self.b.batch_norm(x, statistics)
    }

    /// Expansion, a convolution per channel, squeeze and excite, projection, and the input where it fits.
    fn block(&mut self, x: ValueId, block: &Block) -> Result<ValueId> {
        let Block { name, place: [i, j], inputs, stage } = block;
        let (inputs, outputs, most) = (inputs * UNIT, stage.width * UNIT, EXPANSION * WIDEST * UNIT);
        let (wide, stride) = (stage.expansion * inputs, if *i > 0 && *j == 0 { 2 } else { 1 });
        let expand = self.scheme.generated(format!("{name}.expand"), &self.dims(wide, inputs, 1));
        let project = self.scheme.generated(format!("{name}.project"), &self.dims(outputs, wide, 1));
        let (own, all) = (self.dims(wide, 1, stage.kernel), self.dims(most, 1, stage.kernel));
        let depthwise = format!("{name}.depthwise{}", stage.kernel);
        let depthwise = self.scheme.shared(depthwise, &own, &all, Init::Orthogonal);

        let h = self.conv(x, expand, 1, 1)?;
        let h = self.activation(h, &format!("{name}.norm0"), stage)?;
        let h = self.conv(h, depthwise, stride, wide)?;
        let mut h = self.activation(h, &format!("{name}.norm1"), stage)?;
        if stage.squeeze_excite {
            h = self.squeeze_excite(h, name, [wide, most])?;
        }
        let h = self.conv(h, project, 1, 1)?;
        let h = self.norm(h, &format!("{name}.norm2"), WIDEST * UNIT)?;
        if self.b.shape(x) == self.b.shape(h) { self.b.add(x, h) } else { Ok(h) }
    }

    fn activation(&mut self, x: ValueId, norm: &str, stage: &Stage) -> Result<ValueId> {
        let h = self.norm(x, norm, EXPANSION * WIDEST * UNIT)?;
        if stage.activation == "relu6" { self.b.relu6(h) } else { self.b.hard_swish(h) }
    }

    fn squeeze_excite(&mut self, x: ValueId, name: &str, [wide, most]: [usize; 2]) -> Result<ValueId> {
        let layer = |part: &str, dims: [usize; 2], most: [usize; 2]| {
            let bias = Init::Constant { value: 0.0 };
            [
                self.scheme.shared(format!("{name}.{part}"), &dims, &most, Init::Orthogonal),
                self.scheme.shared(format!("{name}.{part}.bias"), &dims[..1], &most[..1], bias),
            ]
        };
        let reduce = layer("reduce", [wide / 4, wide], [most / 4, most]);
        let excite = layer("excite", [wide, wide / 4], [most, most / 4]);
        self.b.squeeze_excite(x, reduce, excite, Op::HardSigmoid)
    }
}

#[test]
fn it_keeps_the_promises_of_a_space() {
    for extents in [vec![12], vec![8, 8], vec![4, 4, 4]] {
        let task = Task { channels: 3, extents, classes: 10 };
        let mut open = || SpaceConfig::build(&MobileConfig::default(), &task);
        smash_core::conformance::space(&mut open, &task).for_each(|p| assert!(p.outcome.is_ok(), "{p}"));
    }
}
