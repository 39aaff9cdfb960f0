use super::*;
use crate::decision::Decide;
use crate::graph::{Builder, Init, Parameter};
use crate::space::{Description, PlaneSpec};
use crate::testing::ToySpace;

/// The toy space with one fault.
struct Faulty {
    toy: ToySpace,
    fault: &'static str,
}

impl SearchSpace for Faulty {
    fn id(&self) -> &str {
        self.toy.id()
    }
    fn draw(&self, decide: &mut dyn Decide) -> Result<Architecture> {
        if self.fault == "twice" {
            decide.integer("depth", 1..=4)?;
        }
        self.toy.draw(decide)
    }
    fn value_of(&self, choices: &Value, name: &str) -> Option<Value> {
        let name = if self.fault == "other value" { "layers.0.width" } else { name };
        crate::decision::lookup(choices, name)
    }
    fn sample(&self, random: &mut crate::random::Random, _: f64) -> Result<Architecture> {
        self.toy.sample(random, 1.0)
    }
    fn build(&self, architecture: &Architecture, scheme: WeightScheme) -> Result<Graph> {
        let graph = self.toy.build(architecture, scheme)?;
        if self.fault != "statistics" {
            return Ok(graph);
        }
        let logits = graph.output("logits").expect("a network has logits");
        let channels = graph.shape(logits).channels();
        let own = |name: &str| Parameter::own(name, &[channels], Init::Constant { value: 1.0 });
        let mut b: Builder = graph.extend();
        let statistics = [own("gamma"), own("beta"), own("mean").buffer(), own("var")];
        let y = b.batch_norm(logits, statistics)?;
        Ok(b.finish([("logits", y)]))
    }
    fn describe(&self, architecture: &Architecture) -> Result<Description> {
        let mut description = self.toy.describe(architecture)?;
        match self.fault {
            "swapped" => description.slices.iter_mut().for_each(|slice| {
                std::mem::swap(&mut slice.rows, &mut slice.columns);
            }),
            "superfluous" => {
                let mut slice = description.slices[0].clone();
                slice.parameter = "other".into();
                description.slices.push(slice);
            }
            "repeated" => description.slices.push(description.slices[0].clone()),
            _ => {}
        }
        Ok(description)
    }
    fn plane(&self) -> PlaneSpec {
        self.toy.plane()
    }
}

#[test]
fn each_fault_of_a_space_is_found_and_said() {
    let task = Task { channels: 2, extents: vec![4, 4], classes: 3 };
    let said = |fault| {
        let mut open =
            || -> Result<Box<dyn SearchSpace>> { Ok(Box::new(Faulty { toy: ToySpace::new(&task), fault })) };
        let failed = space(&mut open, &task).filter(|promise| promise.outcome.is_err());
        failed.map(|promise| promise.to_string()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(said("none"), "");
    for (fault, text) in [
        ("twice", "asks for the decision \"depth\" twice"),
        ("other value", "expected"),
        (
            "statistics",
            "expected buffers as the mean and the variance of a batch norm, found the weight \"var\"",
        ),
        ("swapped", "expected [outputs, inputs, 1, …]"),
        ("superfluous", "a slice is for \"other\", which is no generated parameter"),
        ("repeated", "two slices are for "),
    ] {
        let found = said(fault);
        assert!(found.contains(text), "{fault}: expected {text:?} in {found:?}");
    }
}
