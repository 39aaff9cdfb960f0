//! The binary form against the graph and against damage.

use super::*;
use crate::graph::op::tests::every_op;

/// Every op, whether or not the shapes fit: reading does not ask.
fn everything() -> Graph {
    let ops = every_op().into_iter().enumerate();
    let node = |(i, op)| Node {
        op,
        inputs: (0..i as u32 % 4).map(ValueId).collect(),
        shape: Shape::new(i % 2 == 0, [i, 300, 1 << 20]),
    };
    let parameters = vec![
        Parameter::own("model.größe", &[3, 200], Init::Orthogonal),
        Parameter::shared("w", &[1000, 4], vec![98..100, 1..3], Init::Uniform { bound: 0.25 }),
        Parameter::generated("g", &[]).buffer(),
        Parameter::own("b", &[1], Init::Constant { value: -1.5 }),
    ];
    let outputs = vec![("logits".to_owned(), ValueId(7)), (String::new(), ValueId(u32::MAX))];
    Graph { nodes: ops.map(node).collect(), parameters, outputs }
}

#[test]
fn what_is_written_is_read_again() {
    for graph in [everything(), Graph::default()] {
        let bytes = graph.to_bytes();
        assert!(Graph::is_binary(&bytes) && !Graph::is_binary(graph.to_json().as_bytes()));
        assert_eq!(Graph::from_bytes(&bytes).unwrap(), graph);
        assert!(bytes.len() * 3 < graph.to_json().len() || graph.nodes.is_empty(), "{}", bytes.len());
    }
}

/// What the description says, byte by byte: a version of the form never changes.
#[test]
fn the_form_is_the_one_that_is_described() {
    let graph = Graph {
        nodes: vec![
            Node { op: Op::Input { name: "x".into() }, inputs: vec![], shape: Shape::new(true, [3, 300]) },
            Node {
                op: Op::Pool { kind: PoolKind::Max, window: vec![2], stride: vec![2], padding: vec![] },
                inputs: vec![ValueId(0)],
                shape: Shape::new(true, [3, 150]),
            },
        ],
        parameters: vec![Parameter::own("w", &[2], Init::Constant { value: 1.0 })],
        outputs: vec![("y".into(), ValueId(1))],
    };
    let expected: &[&[u8]] = &[
        b"SMG\x01",
        &[2],                                  // nodes
        &[0, 1, b'x', 0, 1, 2, 3, 0xAC, 0x02], // input "x", no inputs, [true, [3, 300]]
        &[21, 1, 1, 2, 1, 2, 0],               // pool: max, window [2], stride [2], padding []
        &[1, 0, 1, 2, 3, 0x96, 0x01],          // inputs [0], [true, [3, 150]]
        &[1, 1, b'w', 1, 2, 1, 0, 2],          // parameters: "w", stored [2], slice [0..2]
        &[2, 0, 2, 0, 0, 0x80, 0x3F],          // own, weight, constant 1.0
        &[1, 1, b'y', 1],                      // outputs: ("y", 1)
    ];
    assert_eq!(graph.to_bytes(), expected.concat());
}

#[test]
fn damaged_bytes_are_refused_with_their_place_or_are_another_graph() {
    let bytes = everything().to_bytes();
    for length in 0..bytes.len() {
        let error = Graph::from_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("binary form, byte "), "{length}: {error}");
    }
    let error = Graph::from_bytes(&[&bytes[..], &[0]].concat()).unwrap_err().to_string();
    assert!(error.contains("1 bytes too many"), "{error}");
    let mut accepted = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            if let Ok(graph) = Graph::from_bytes(&damaged) {
                accepted += 1;
                // A graph has one form, but for a padding of zeros, which is none.
                assert!(graph.to_bytes() == damaged || damaged.len() > graph.to_bytes().len(), "{at} {bit}");
            }
        }
    }
    assert!(accepted > 0);
}

#[test]
fn what_no_graph_is_written_as_is_refused() {
    let found = |rest: &[u8]| Graph::from_bytes(&[MAGIC, rest].concat()).unwrap_err().to_string();
    for (bytes, expected) in [
        // Lengths that the bytes cannot hold: no memory is taken for them.
        (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01][..], "length of at most 0"),
        (&[3, 6, 0], "length of at most 2, found 3"),
        (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x03], "not the shortest form"),
        (&[0x80; 11], "too large"),
        (&[0x80, 0], "not the shortest form"),
        (&[1, 25, 0, 0, 0], "expected the code of a variant of Op, found 25"),
        (&[1, 6, 0, 2, 0, 0, 0], "expected 0 or 1, found 2"),
        (&[1, 0, 1, 0xFF, 0, 0, 0, 0, 0], "utf-8"),
        (&[1, 13, 0, 0, 0xC0, 0x7F, 0, 0, 0, 0, 0], "not finite"),
        (&[1, 6, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0], "no node has the number 4294967296"),
    ] {
        let error = found(bytes);
        assert!(error.contains(expected), "{bytes:?}: {error}");
    }
    let other = Graph::from_bytes(b"SMG\x02\0\0\0").unwrap_err().to_string();
    assert!(other.contains("byte 0: expected") && other.contains("found"), "{other}");
}

#[test]
fn no_padding_has_one_form() {
    let pool = |padding: &[usize]| {
        let op =
            Op::Pool { kind: PoolKind::Average, window: vec![3], stride: vec![1], padding: padding.to_vec() };
        let nodes = vec![Node { op, inputs: Vec::new(), shape: Shape::new(true, [1, 4]) }];
        Graph { nodes, ..Graph::default() }
    };
    assert_eq!(Graph::from_bytes(&pool(&[0]).to_bytes()).unwrap(), pool(&[]));
    assert_eq!(Graph::from_bytes(&pool(&[1]).to_bytes()).unwrap(), pool(&[1]));
}
