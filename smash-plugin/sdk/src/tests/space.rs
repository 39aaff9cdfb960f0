//! Spaces through the vtable and back, and spaces whose descriptions are impossible.

use serde_json::json;
use smash_core::architecture::Architecture;
use smash_core::component::{Component, Kind, SpaceConfig};
use smash_core::decision::{Decide, Decision};
use smash_core::graph::{Graph, Op, PoolKind, PoolSpec};
use smash_core::random::{Random, Seed};
use smash_core::space::{Cell, Description, Figure, PartOutline, PlaneSpec, SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_core::testing::ToySpace;
use smash_core::{Error, Result};

use crate::abi::{self, Code, Host, Plugin, SpaceVtable};
use crate::plugin::ForeignPlugin;

/// The toy space with an injected fault.
struct Odd {
    toy: ToySpace,
    fault: String,
}

impl Odd {
    fn is(&self, fault: &str) -> bool {
        self.fault == fault
    }
}

impl SearchSpace for Odd {
    fn id(&self) -> &str {
        "toy"
    }
    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        self.toy.draw(decide)
    }
    fn sample(&self, random: &mut Random, progress: f64) -> Result<Architecture> {
        assert!(!self.is("panic"), "no sample at all");
        let architecture = self.toy.sample(random, progress)?;
        let space = if self.is("name") { "other".to_owned() } else { architecture.space.clone() };
        Ok(Architecture { space, ..architecture })
    }
    fn mutate(&self, architecture: &Architecture, random: &mut Random, rate: f64) -> Result<Architecture> {
        self.toy.mutate(architecture, random, rate)
    }
    fn validate(&self, architecture: &Architecture) -> Result<()> {
        self.toy.validate(architecture)
    }
    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let mut graph = self.toy.build(architecture, scheme)?;
        match self.fault.as_str() {
            "huge" => graph.nodes[0].shape.dims = vec![usize::MAX, usize::MAX],
            "order" => graph.nodes.swap(0, 2),
            "outputs" => graph.outputs.clear(),
            "node" => graph.outputs[0].1.0 = 9999,
            "gated" => graph = gated(graph)?,
            _ => {}
        }
        Ok(graph)
    }
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let mut description = self.toy.describe(architecture)?;
        match self.fault.as_str() {
            "plane" => drop(description.plane.pop()),
            "columns" => description.columns = usize::MAX,
            "nan" => description.plane[3] = f32::NAN,
            "slice" => description.slices[0].rows.end = 10_000,
            _ => {}
        }
        Ok(description)
    }
    fn plane(&self) -> PlaneSpec {
        let plane = self.toy.plane();
        if self.is("cell") { PlaneSpec { cell: Cell { outputs: 0, inputs: 1 }, ..plane } } else { plane }
    }
    fn outline(&self, _: &Architecture) -> Result<Vec<PartOutline>> {
        let figure = |name: &'static str| Figure { name: name.into(), value: 3, limit: Some(4) };
        let part = |part: &str, name| PartOutline { part: part.into(), figures: vec![figure(name)] };
        let second = if self.is("outline") { "other" } else { "same" };
        Ok(vec![part("a", "same"), part("b", second)])
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct OddConfig {
    fault: String,
}

#[typetag::serde(name = "odd")]
impl SpaceConfig for OddConfig {
    fn build(&self, task: &Task) -> Result<Box<dyn SearchSpace>> {
        if task.classes > 5 {
            return Err(Error::invalid("/fault", "too many classes"));
        }
        Ok(Box::new(Odd { toy: ToySpace::new(task), fault: self.fault.clone() }))
    }
}

inventory::submit! { Component::new::<OddConfig>(Kind::Space, "odd", "Something is wrong.") }

unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", &[("Space", "odd")], host, out, err) }
}

pub(super) fn task() -> Task {
    Task { channels: 2, extents: vec![4, 4], classes: 3 }
}

pub(super) fn there(fault: &str) -> Result<Box<dyn SearchSpace>> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }?;
    plugin.components[0].space(&json!({"type": "odd", "fault": fault}), &task())
}

#[test]
fn a_space_is_the_same_on_the_other_side() {
    let (here, there) = (ToySpace::new(&task()), there("").unwrap());
    assert_eq!((there.id(), there.plane()), (here.id(), here.plane()));
    let mut random = Seed::new(1).random();
    for i in 0..20 {
        let drawn = |random: &Random| Seed::new(random.clone().bits()).random();
        let expected = here.sample(&mut drawn(&random), 0.5).unwrap();
        let a = there.sample(&mut random, 0.5).unwrap();
        assert_eq!(a, expected, "{i}");
        let expected = here.mutate(&a, &mut drawn(&random), 0.7).unwrap();
        let b = there.mutate(&a, &mut random, 0.7).unwrap();
        assert_eq!(b, expected, "{i}");
        there.validate(&there.crossover(&a, &b, &mut random, 0.1).unwrap()).unwrap();
        for network in [WeightScheme::OneShot, WeightScheme::Standalone] {
            assert_eq!(there.build(&a, network).unwrap(), here.build(&a, network).unwrap());
        }
        assert_eq!(there.describe(&a).unwrap(), here.describe(&a).unwrap());
        assert_eq!(there.describe_at(&a, 0.3).unwrap(), here.describe(&a).unwrap());
        assert_eq!(there.outline(&a).unwrap()[1].figures[0].limit, Some(4));
    }
    let a = there.sample(&mut random, 1.0).unwrap();
    let error = there.convert(&a).unwrap_err().to_string();
    assert!(error.contains("cannot convert"), "{error}");
    let wrong =
        Architecture { choices: json!({"depth": 1, "layers": [{"width": 9, "skip": false}]}).into(), ..a };
    let Error::Invalid(problem) = there.validate(&wrong).unwrap_err() else { panic!("expected a problem") };
    assert_eq!(problem.pointer, "/choices/layers/0/width");
    assert!(matches!(there.build(&wrong, WeightScheme::OneShot), Err(Error::Invalid(_))));
}

/// The network with a tail that no built-in space has: hard activations, a gain for each example, and padded
/// pooling over the classes.
fn gated(mut network: Graph) -> Result<Graph> {
    let (name, logits) = network.outputs.remove(0);
    let mut b = network.extend();
    let classes = b.shape(logits).channels();
    let h = b.hard_swish(logits)?;
    let gate = b.hard_sigmoid(h)?;
    let h = b.gain(h, gate)?;
    let h = b.op(Op::Clamp { low: -0.5, high: 6.0 }, &[h])?;
    let h = b.op(Op::Reshape { dims: vec![1, classes] }, &[h])?;
    let h = b.pool(h, PoolKind::Average, PoolSpec::same(&[3]))?;
    let y = b.op(Op::Reshape { dims: vec![classes] }, &[h])?;
    Ok(b.finish([(name, y)]))
}

#[test]
fn networks_of_any_op_come_across() {
    let toy = ToySpace::new(&task());
    let architecture = toy.sample(&mut Seed::new(2).random(), 1.0).unwrap();
    for scheme in [WeightScheme::OneShot, WeightScheme::Standalone] {
        let expected = gated(toy.build(&architecture, scheme).unwrap()).unwrap();
        let found = there("gated").unwrap().build(&architecture, scheme).unwrap();
        assert_eq!((found.hash(), &found), (expected.hash(), &expected));
    }
}

#[test]
fn nothing_absurd_is_believed() {
    let error = there("cell").map(drop).unwrap_err().to_string();
    assert!(error.contains("info/plane/cell/outputs: expected 1 to 65536, found 0"), "{error}");
    let architecture = ToySpace::new(&task()).sample(&mut Seed::new(2).random(), 1.0).unwrap();
    let said = |fault: &str, call: &dyn Fn(&dyn SearchSpace) -> Result<()>, expected: &str| {
        let error = call(&*there(fault).unwrap()).unwrap_err();
        assert!(matches!(error, Error::Plugin(_)), "{fault}: {error:?}");
        assert!(error.to_string().contains(expected), "{fault}: expected {expected:?} in {error}");
    };
    let sample = |space: &dyn SearchSpace| space.sample(&mut Seed::new(1).random(), 1.0).map(drop);
    let build = |space: &dyn SearchSpace| space.build(&architecture, WeightScheme::OneShot).map(drop);
    let describe = |space: &dyn SearchSpace| space.describe(&architecture).map(drop);
    said("name", &sample, "expected an architecture of the space \"toy\", found \"other\"");
    said("huge", &build, "larger than any network");
    said("order", &build, "node 0");
    said("outputs", &build, "expected the output \"logits\"");
    said("node", &build, "node 9999, which does not exist");
    said("plane", &describe, "expected a plane of");
    said("columns", &describe, "expected a plane of");
    said("nan", &describe, "found NaN at 3");
    said("slice", &describe, "expected slices within");
    said("outline", &|space| space.outline(&architecture).map(drop), "expected the figures");
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    let many = Task { classes: 6, ..task() };
    let error = plugin.components[0].space(&json!({"type": "odd"}), &many).map(drop).unwrap_err();
    assert!(matches!(&error, Error::Invalid(p) if p.pointer == "/fault"), "{error}");
}

#[test]
fn a_panic_poisons_the_space_alone() {
    let space = there("panic").unwrap();
    let error = space.sample(&mut Seed::new(1).random(), 1.0).unwrap_err().to_string();
    assert!(error.contains("no sample at all") && error.contains("PANIC"), "{error}");
    let architecture = ToySpace::new(&task()).sample(&mut Seed::new(2).random(), 1.0).unwrap();
    let error = space.validate(&architecture).unwrap_err();
    assert!(matches!(&error, Error::State(text) if text.contains("an earlier call panicked")), "{error}");
    assert!(there("").unwrap().validate(&architecture).is_ok());
}

/// What a vtable need not have follows from its decisions.
#[test]
fn optional_functions_fall_back() {
    let least = SpaceVtable {
        decisions: None,
        sample: None,
        mutate: None,
        crossover: None,
        convert: None,
        validate: None,
        describe: None,
        outline: None,
        ..crate::space::export::VTABLE
    };
    let toy = ToySpace::new(&task());
    let lent = crate::space::export::BorrowedSpace::new(&toy);
    // SAFETY: the toy space outlives the foreign space that is made of it.
    let space =
        unsafe { crate::space::import::ForeignSpace::borrowed(&raw const least, lent.this()) }.unwrap();
    let (mut here, mut there) = (Seed::new(1).random(), Seed::new(1).random());
    for _ in 0..20 {
        let a = toy.sample(&mut here, 1.0).unwrap();
        assert_eq!(space.sample(&mut there, 1.0).unwrap(), a);
        let b = toy.mutate(&a, &mut here, 0.5).unwrap();
        assert_eq!(space.mutate(&a, &mut there, 0.5).unwrap(), b);
        let child = toy.crossover(&a, &b, &mut here, 0.1).unwrap();
        assert_eq!(space.crossover(&a, &b, &mut there, 0.1).unwrap(), child);
        assert_eq!(space.decisions(&child).unwrap(), toy.decisions(&child).unwrap());
        space.validate(&child).unwrap();
        assert!(space.convert(&a).is_err());
        assert_eq!(space.outline(&a).unwrap(), []);
        let error = space.describe(&a).unwrap_err().to_string();
        assert!(error.contains("does not describe its architectures"), "{error}");
    }
}

/// Whoever decides on this side, and fails, is the cause that is told.
#[test]
fn decisions_cross_with_their_errors() {
    struct Stubborn(usize);
    impl Decide for Stubborn {
        fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
            match decision.name {
                "layers.1.width" => Err(Error::Infeasible("enough".into())),
                "layers.0.width" => Ok(self.0),
                _ => Ok(1),
            }
        }
    }
    let space = there("").unwrap();
    let drawn = |index| space.draw(&mut Stubborn(index)).map_err(|error| error.to_string());
    assert_eq!(drawn(2).unwrap_err(), "enough");
    let outside = drawn(9).unwrap_err();
    assert_eq!(outside, "/layers.0.width: expected an index below 4 into 1 to 4, found 9");
    assert!(drawn(usize::MAX).is_err());
}
