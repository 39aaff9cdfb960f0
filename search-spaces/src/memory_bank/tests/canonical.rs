//! Canonical graphs of whole networks.

use smash_core::graph::{Builder, Graph, Op, ValueId};
use smash_core::random::Random;
use smash_core::space::WeightScheme;

use super::*;

/// An equal network with its nodes in another order, swapped operands, other names and dead nodes.
fn disguised(graph: &Graph, random: &mut Random) -> Graph {
    let mut b = Builder::new();
    let mut map: Vec<Option<ValueId>> = vec![None; graph.nodes.len()];
    while map.contains(&None) {
        let ready = |i: &usize| {
            map[*i].is_none() && graph.nodes[*i].inputs.iter().all(|input| map[input.index()].is_some())
        };
        let ready: Vec<usize> = (0..graph.nodes.len()).filter(ready).collect();
        let i = *random.choose(&ready).unwrap();
        let node = &graph.nodes[i];
        let mut inputs: Vec<ValueId> = node.inputs.iter().filter_map(|input| map[input.index()]).collect();
        let id = match &node.op {
            Op::Input { name } => b.input(name, node.shape.batched, &node.shape.dims),
            Op::Parameter { index } => {
                let mut parameter = graph.parameters[*index].clone();
                parameter.name = format!("other.{}", parameter.name.chars().rev().collect::<String>());
                b.parameter(parameter).unwrap()
            }
            op => {
                if *op == Op::Add {
                    inputs.reverse();
                }
                b.op(op.clone(), &inputs).unwrap()
            }
        };
        b.op(Op::Tanh, &[id]).unwrap();
        map[i] = Some(id);
    }
    b.finish(graph.outputs.iter().map(|(name, id)| (name.clone(), map[id.index()].unwrap())))
}

#[test]
fn disguised_networks_have_the_same_form_and_others_another() {
    for space in spaces() {
        let mut random = Seed::new(4).random();
        for network in [WeightScheme::OneShot, WeightScheme::Standalone] {
            let mut forms: Vec<Graph> = Vec::new();
            for seed in 0..3 {
                let graph = space.build(&draw(&space, seed, 1.0), network).unwrap();
                let form = graph.canonical();
                assert_eq!(disguised(&graph, &mut random).canonical(), form);
                assert_eq!(form.canonical(), form);
                assert!(!forms.contains(&form));
                // Flattening sums may add operations, never multiplications. Equal slices become one
                // parameter.
                let (count, canonical) = (graph.count(), form.count());
                assert_eq!(canonical.macs, count.macs);
                assert!(canonical.params == count.params || network == WeightScheme::OneShot);
                forms.push(form);
            }
        }
    }
}

#[test]
fn symmetric_paths_of_large_networks_are_no_obstacle() {
    let space = MemoryBankConfig {
        ops: Some(Ops::Big),
        max_kernel: Some(3),
        max_dilation: Some(1),
        max_groups: Some(1),
        ..preset(Preset::SmashV2)
    };
    let space = space.build(&images()).unwrap();
    let graph = space.build(&draw(&space, 1, 1.0), WeightScheme::Standalone).unwrap();
    let form = graph.canonical();
    assert_eq!(disguised(&graph, &mut Seed::new(1).random()).canonical(), form);
}
