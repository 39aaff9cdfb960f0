use std::collections::BTreeSet;

use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;
use smash_search_spaces::memory_bank::MemoryBankConfig;

use super::text::{attribute, class, literal, number, per_axis};
use super::{PyTorchOptions, pytorch};
use crate::{Card, Network};

#[test]
fn text_of_others_stays_text() {
    assert_eq!(literal("dog"), "\"dog\"");
    assert_eq!(literal("Käse 猫"), "\"Käse 猫\"");
    assert_eq!(literal("\"\"\"); import os; os.system(\"x\")"), r#""\"\"\"); import os; os.system(\"x\")""#);
    assert_eq!(literal("a\\\n\r\u{202e}"), "\"a\\\\\\n\\U0000000d\\U0000202e\"");
}

#[test]
fn names_are_names_of_python() {
    let taken = &mut BTreeSet::new();
    let names = ["conv0", "conv0", "class", "eval", "0.1", "", "a\"b", "größe"];
    let names = names.map(|name| attribute(name, taken));
    assert_eq!(names, ["conv0", "conv0_2", "class_", "eval_", "n0_1", "n", "a_b", "gr__e"]);
    let taken = &mut BTreeSet::from(["F".to_owned()]);
    let names = ["block0.op1", "block0.op1", "f", "0.1", ""].map(|path| class(path, taken));
    assert_eq!(names, ["Block0Op1", "Block0Op1_2", "F_2", "Part01", "Part"]);
}

#[test]
fn numbers_are_numbers_of_python() {
    assert_eq!([0.1, 1e-5, -2.0, f32::INFINITY].map(number), ["0.1", "1e-5", "-2.0", "float(\"inf\")"]);
    assert_eq!([per_axis(&[3, 3]), per_axis(&[3, 5]), per_axis(&[2])], ["3", "(3, 5)", "2"]);
}

#[test]
fn a_network_becomes_classes_for_its_blocks() {
    let task = Task { channels: 1, extents: vec![8, 8], classes: 10 };
    let space = MemoryBankConfig::default().build(&task).unwrap();
    let architecture = space.sample(&mut Seed::new(3).random(), 1.0).unwrap();
    let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
    let weights = graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
    let network = Network { graph: &graph, weights: &weights, card: Card::default() };
    let python = pytorch(&network, &PyTorchOptions::default()).unwrap();
    for line in [
        "class Block0Op0(nn.Module):",
        "        self.conv1x1 = nn.Conv2d(32, 24, kernel_size=1, bias=False)",
        "        x_0, x_1 = x.split(24, dim=1)",
        "        x_1 = x_1 + self.op1(torch.cat([x_0, x_1], dim=1))",
        "        x = self.transition0(self.block0(self.stem(x)))",
        "        return self.output(x)",
    ] {
        assert!(python.source.lines().any(|l| l == line), "{line} is not in\n{}", python.source);
    }
    let wide: Vec<&str> = python.source.lines().filter(|line| line.len() > 100).collect();
    assert!(wide.is_empty(), "{wide:?}");
    let folded = pytorch(&network, &PyTorchOptions { fold: true }).unwrap();
    assert!(!folded.source.contains("self.norm1") && folded.weights.len() < python.weights.len());
}
