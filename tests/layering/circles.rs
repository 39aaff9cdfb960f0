//! No modules of a crate use each other in a circle: each can be read, tested and moved without those that
//! use it.

use std::collections::BTreeSet;

use crate::modules::{Crate, around, circles};
use crate::workspace::packages;

/// Modules that may use each other, and why they do.
struct Circle {
    folder: &'static str,
    modules: &'static [&'static str],
    reason: &'static str,
}

const fn circle(folder: &'static str, modules: &'static [&'static str], reason: &'static str) -> Circle {
    Circle { folder, modules, reason }
}

/// The circles that there are. A part of one may go; a module may not come in without a reason.
const CIRCLES: &[Circle] = &[
    circle(
        "smash-core",
        &["dataset", "dataset::normalise"],
        "examples are normalised by what was measured on the dataset that they come from",
    ),
    circle(
        "smash-core",
        &["graph", "graph::builder", "graph::json", "graph::op", "graph::parameter"],
        "a graph consists of ops and parameters, the builder makes a graph and extends one, and all of them are JSON",
    ),
    circle(
        "smash-core",
        &["graph::canonical", "graph::canonical::rank", "graph::canonical::simplify"],
        "both passes of the canonical form ask which ops commute",
    ),
    circle(
        "smash-core",
        &["session", "session::event", "session::report", "session::state"],
        "the state and the events of a session are what it consists of, and reports are methods of it",
    ),
    circle(
        "smash-plugin/sdk",
        &["error", "guard", "host_functions"],
        "a panic becomes an error, an error is handed to the host, and calls of the host are guarded",
    ),
    circle(
        "adapters/backend-tch",
        &["backend", "config"],
        "a configuration opens the engine, which keeps it",
    ),
    circle(
        "adapters/backend-tch",
        &["backward", "engine"],
        "the engine keeps what its backward passes need of the forward passes",
    ),
    circle("adapters/datasets", &["mesh", "mesh::off"], "a mesh is read from its file"),
    circle(
        "adapters/datasets",
        &["modelnet", "modelnet::archive", "modelnet::folder", "modelnet::objects"],
        "objects are found in a folder or an archive, and both have the limits of objects",
    ),
    circle(
        "adapters/datasets",
        &["pickle", "pickle::machine", "pickle::numpy"],
        "the machine makes what a pickle consists of",
    ),
    circle(
        "adapters/fetch",
        &["archive", "checksum", "download", "source", "unpack"],
        "a source is fetched by steps, each of which is told the source",
    ),
    circle(
        "adapters/cli",
        &["args", "args::data", "args::plugin", "args::predict", "args::study"],
        "commands are variants of the arguments and share some of them",
    ),
    circle(
        "tests/bench",
        &["workload", "workload::convolution", "workload::network"],
        "the list of workloads is put together from their kinds",
    ),
];

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    let mut found = BTreeSet::new();
    for package in packages() {
        for uses in package.crates.iter().map(|root| Crate::read(root).uses()) {
            for circle in circles(&uses) {
                let known = |known: &Circle| {
                    known.folder == package.folder
                        && circle.iter().all(|m| known.modules.contains(&m.as_str()))
                };
                match CIRCLES.iter().position(known) {
                    Some(known) => drop(found.insert(known)),
                    None => wrong.push(format!(
                        "{}: {} modules use each other: {circle:?}, as in {}",
                        package.folder,
                        circle.len(),
                        around(&circle, &uses)
                    )),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "circles that are not in CIRCLES of tests/layering/circles.rs; move what both sides need into a module below \
         them:\n{}",
        wrong.join("\n")
    );
    for (i, circle) in CIRCLES.iter().enumerate() {
        assert!(
            found.contains(&i),
            "{}: {:?} is a circle no longer (it was one because {}): take it off the list",
            circle.folder,
            circle.modules,
            circle.reason
        );
    }
}
