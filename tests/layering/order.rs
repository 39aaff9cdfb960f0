//! Which modules stand above which within a crate.

use std::path::Path;

use crate::modules::{Crate, ROOT, is_inside};
use crate::workspace::root;

/// The modules of the core from the lowest on. A module uses its own line and the lines above it here; one
/// that is new needs a place.
const CORE: &[&[&str]] = &[
    &["error", "json"],
    &["process", "random", "schedule", "task", "tensor"],
    &["graph"],
    &["architecture"],
    &["backend", "dataset", "decision"],
    // What is searched, with the weights that are generated for it.
    &["space"],
    &["constraint", "strategy"],
    &["train"],
    // What goes on whatever the strategy is.
    &["component", "session"],
    // What is looked at next, and what it is worth.
    &["search", "estimators"],
    &["smash"],
    &["testing"],
    &["conformance"],
    &["prelude"],
];

/// The layers of the kernels from the lowest on: what an instruction set has, what a register tile does, what
/// is done to which part of a tensor, the loops over those parts, and what the engine calls. What measures
/// the peak of a machine stands beside that.
const KERNEL: &[&[&str]] = &[
    &["kernel::simd"],
    &["kernel::micro"],
    &["kernel::plan"],
    &["kernel::run"],
    &["kernel::api", "kernel::peak"],
];

/// Everything that uses what stands above it.
fn upwards(tree: &Crate, order: &[&[&str]]) -> Vec<String> {
    let place =
        |module: &str| order.iter().position(|line| line.iter().any(|outer| is_inside(module, outer)));
    let mut wrong = Vec::new();
    for (module, used) in tree.uses() {
        for (other, path) in used {
            if let (Some(from), Some(to)) = (place(&module), place(&other))
                && from < to
            {
                wrong.push(format!("{module} uses {other}, which stands above it ({path})"));
            }
        }
    }
    wrong
}

/// Modules of an order that are not in the crate.
fn missing<'a>(tree: &Crate, order: &[&[&'a str]]) -> Vec<&'a str> {
    order.concat().into_iter().filter(|module| !tree.has(module)).collect()
}

fn read(file: &str) -> Crate {
    Crate::read(&root().join(Path::new(file)))
}

#[test]
fn what_points_up_is_found() {
    let (_folder, tree) = Crate::of(&[
        ("lib.rs", "mod above; mod below;"),
        ("above.rs", "mod part; pub struct Above;"),
        ("above/part.rs", "use crate::below::Below;"),
        ("below.rs", "pub struct Below; fn f() -> crate::above::Above {}"),
    ]);
    assert!(
        upwards(&tree, &[&["above"], &["below"]])
            .iter()
            .any(|wrong| wrong.starts_with("above::part uses below,"))
    );
    assert_eq!(upwards(&tree, &[&["below"], &["above"]]).len(), 1);
    assert_eq!(missing(&tree, &[&["below", "beside"], &["above::part"]]), ["beside"]);
}

#[test]
fn core_has_its_abstractions_below_what_is_made_of_them() {
    let core = read("smash-core/src/lib.rs");
    let placed = |name: &str| name == ROOT || name.contains("::") || CORE.concat().contains(&name);
    let new: Vec<_> = core.names().filter(|name| !placed(name)).collect();
    assert!(new.is_empty(), "modules without a place in CORE of tests/layering/order.rs: {new:?}");
    let missing = missing(&core, CORE);
    assert!(
        missing.is_empty(),
        "CORE of tests/layering/order.rs names modules that smash-core does not have: {missing:?}"
    );
    let wrong = upwards(&core, CORE);
    assert!(wrong.is_empty(), "smash-core: modules that use what stands above them:\n{}", wrong.join("\n"));
}

#[test]
fn kernels_are_in_layers() {
    let native = read("adapters/backend-native/src/lib.rs");
    let missing = missing(&native, KERNEL);
    assert!(missing.is_empty(), "layers of the kernels that are not there: {missing:?}");
    let beside = |name: &&String| {
        is_inside(name, "kernel")
            && name.matches("::").count() == 1
            && !KERNEL.concat().contains(&name.as_str())
    };
    let beside: Vec<_> = native.names().filter(beside).collect();
    assert!(beside.is_empty(), "modules of the kernels that are in no layer: {beside:?}");
    let wrong = upwards(&native, KERNEL);
    assert!(wrong.is_empty(), "kernels: modules that use what stands above them:\n{}", wrong.join("\n"));
}
