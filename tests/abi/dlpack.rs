//! `smash_dlpack.h` beside a program's own `dlpack.h`.

use std::fs;
use std::path::Path;

use smash_tests::kit::Place;

use crate::build::{compile_file, include};

/// A program with a `dlpack.h` of its own, which passes a tensor of one to a function of the other.
fn program(first: &str, second: &str) -> String {
    format!(
        "#include {first}\n#include {second}\n\
         static int take(const DLTensor *tensor, struct DLManagedTensorVersioned *managed) {{\n\
         \x20 return (int)tensor->ndim + (managed == NULL);\n}}\n\
         int main(void) {{\n  SmashFeed feed = SMASH_FEED_INIT;\n  SmashTensorOut out = SMASH_TENSOR_OUT_INIT;\n  DLTensor tensor;\n\
         \x20 DLDataType type = {{(uint8_t)kDLFloat, 32, 1}};\n  DLDevice device = {{kDLCPU, 0}};\n\
         \x20 tensor.data = NULL;\n  tensor.ndim = 1;\n  tensor.dtype = type;\n  tensor.device = device;\n\
         \x20 feed.tensor = &tensor;\n  return take(feed.tensor, out.tensor) - 2;\n}}\n"
    )
}

/// The stand-in for the original: the declarations that DLPack's specification gives, under its include
/// guard.
fn original() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/dlpack/dlpack.h");
    fs::read_to_string(path).unwrap()
}

#[test]
fn either_order_is_one_set_of_types() {
    let place = Place::new();
    place.write("dlpack.h", &original());
    let cases = [
        ("cc", "c", "-std=c99"),
        ("cc", "c", "-std=c11"),
        ("c++", "cpp", "-std=c++11"),
        ("c++", "cpp", "-std=c++20"),
    ];
    for (compiler, extension, standard) in cases {
        for (first, second) in [
            ("\"dlpack.h\"", "<smash.h>"),
            ("\"dlpack.h\"", "<smash_dlpack.h>\n#include <smash.h>"),
            ("<smash.h>", "\"dlpack.h\""),
            ("<smash_dlpack.h>", "\"dlpack.h\"\n#include <smash.h>"),
        ] {
            let name = format!("program.{extension}");
            place.write(&name, &program(first, second));
            let built = compile_file(compiler, &[standard], &place.path(&name), &place.path("program"));
            let Some(built) = built else {
                println!(
                    "SKIP either_order_is_one_set_of_types: no {compiler} (install a C and C++ compiler)"
                );
                break;
            };
            let built = built.unwrap_or_else(|error| panic!("{standard} {first} {second}: {error}"));
            assert!(
                std::process::Command::new(built).status().unwrap().success(),
                "{standard} {first} {second}"
            );
        }
    }
}

/// What a program reads in `dlpack.h` it finds in `smash_dlpack.h`, with the same values.
#[test]
fn nothing_of_the_original_is_missing() {
    let constants = |text: &str| -> Vec<(String, String)> {
        let words = |line: &str| line.split("/*").next().unwrap().trim().trim_end_matches(',').to_owned();
        let lines = text.lines().map(words).filter(|line| line.starts_with("kDL"));
        lines.filter_map(|line| line.split_once(" = ").map(|(a, b)| (a.to_owned(), b.to_owned()))).collect()
    };
    let ours = fs::read_to_string(include().join("smash_dlpack.h")).unwrap();
    assert_eq!(constants(&ours), constants(&original()));
    assert!(constants(&ours).len() > 30);
}
