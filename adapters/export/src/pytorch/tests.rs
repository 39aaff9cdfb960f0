use std::collections::BTreeSet;

use smash_core::graph::{Builder, Init, Op, Parameter, PoolKind, PoolSpec};
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

#[test]
fn gates_clamps_and_padding_read_as_a_person_writes_them() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 5, 5]);
    let h = b.relu6(x).unwrap();
    let mean = PoolSpec { stride: vec![2, 2], ..PoolSpec::same(&[3, 3]) };
    let h = b.pool(h, PoolKind::Average, mean).unwrap();
    let h = b.pool(h, PoolKind::Max, PoolSpec::same(&[3, 1])).unwrap();
    let own = |name: &str, dims: &[usize]| Parameter::own(format!("model.{name}"), dims, Init::Orthogonal);
    let reduce = [own("gate.reduce.weight", &[2, 3]), own("gate.reduce.bias", &[2])];
    let expand = [own("gate.expand.weight", &[3, 2]), own("gate.expand.bias", &[3])];
    let h = b.squeeze_excite(h, reduce, expand, Op::HardSigmoid).unwrap();
    let h = b.op(Op::Clamp { low: -0.5, high: 4.0 }, &[h]).unwrap();
    let h = b.hard_swish(h).unwrap();
    let h = b.conv_by(h, own("out.weight", &[3, 3, 1, 1]), Default::default()).unwrap();
    let y = b.global_average_pool(h).unwrap();
    let graph = b.finish([("logits", y)]);
    let weights = graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
    let network = Network { graph: &graph, weights: &weights, card: Card::default() };
    let source = pytorch(&network, &PyTorchOptions::default()).unwrap().source;
    for line in [
        "        x = F.avg_pool2d(F.relu6(x), 3, stride=2, padding=1, count_include_pad=False)",
        "        x = F.max_pool2d(x, (3, 1), stride=1, padding=(1, 0))",
        "        h = F.hardsigmoid(self.expand(F.relu(h)))",
        "        return F.hardswish(F.hardtanh(x * h[:, :, None, None], -0.5, 4.0))",
    ] {
        assert!(source.lines().any(|l| l == line), "{line} is not in\n{source}");
    }
}

#[test]
fn volumes_that_are_thinner_than_a_mean_are_refused() {
    for (kind, depth, fits) in
        [(PoolKind::Average, 1, false), (PoolKind::Average, 3, true), (PoolKind::Max, 1, true)]
    {
        let mut b = Builder::new();
        let x = b.input("x", true, &[2, depth, 4, 4]);
        let h = b.pool(x, kind, PoolSpec::same(&[3, 3, 3])).unwrap();
        let y = b.global_average_pool(h).unwrap();
        let graph = b.finish([("logits", y)]);
        let network = Network { graph: &graph, weights: &Default::default(), card: Card::default() };
        match pytorch(&network, &PyTorchOptions::default()) {
            Ok(_) => assert!(fits, "{kind:?}"),
            Err(e) => assert!(!fits && e.to_string().contains("at least [3, 3, 3]"), "{kind:?}: {e}"),
        }
    }
}
