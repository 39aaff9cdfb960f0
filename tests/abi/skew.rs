//! Hosts and libraries of different versions. `v1_0/smash.h` is what a program that was compiled for 1.0
//! knows; it is never edited.

use std::ffi::c_void;
use std::path::Path;
use std::process::Command;
use std::ptr::{self, null_mut};

use smash_plugin::abi::smash_get_api;
use smash_plugin::loader;
use smash_sdk::abi::{self, ContextOptions, RunOptions};
use smash_sdk::sized::SizedStruct;
use smash_tests::kit::Place;

use crate::build::{compile_file, host};

/// Compiled against the frozen header, it works with today's library.
#[test]
fn a_host_of_version_1_0() {
    let place = Place::new();
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/v1_0");
    place.write(
        "host.c",
        "#include \"smash.h\"\n#include <stdio.h>\nint main(void) {\n  const SmashApi *api = smash_get_api(1, 0);\n  \
         SmashContext *context = NULL;\n  SmashContextOptions options = {0};\n  if (api == NULL || api->struct_size < \
         sizeof(SmashApi)) return 1;\n  options.struct_size = sizeof options;\n  if (api->context_create(&options, \
         &context, NULL) != SMASH_OK) return 2;\n  api->context_free(context);\n  puts(\"fine\");\n  return 0;\n}\n",
    );
    for header in ["smash.h", "smash_dlpack.h"] {
        std::fs::copy(frozen.join(header), place.path(header)).unwrap();
    }
    let source = place.path("host.c");
    let Some(program) = host("a_host_of_version_1_0", "cc", "-std=c99", &source, &place.path("host")) else {
        return;
    };
    let output = Command::new(program).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(0), b"fine\n".to_vec()));
}

#[test]
fn other_versions_get_no_table() {
    assert!(smash_get_api(abi::MAJOR + 8, 0).is_null());
    assert!(smash_get_api(abi::MAJOR, abi::MINOR + 1).is_null());
    assert!(smash_get_api(0, 0).is_null());
    assert!(!smash_get_api(abi::MAJOR, 0).is_null());
}

/// A plugin of version 9 is refused before anything of it is used, with both versions in the text.
#[test]
fn a_plugin_of_version_9() {
    let place = Place::new();
    place.write(
        "plugin.c",
        "#include <smash.h>\nSmashCode smash_plugin_init_v1(const SmashHost *host, const SmashPlugin **out, \
         SmashError **err) {\n  static const SmashPlugin plugin = {sizeof(SmashPlugin), 9, 0, \"future\", \
         \"9.0\", NULL, 0, sizeof(SmashComponent)};\n  (void)host;\n  (void)err;\n  *out = &plugin;\n  return \
         SMASH_OK;\n}\n",
    );
    let library = place.path("libfuture.so");
    let Some(built) =
        compile_file("cc", &["-std=c99", "-shared", "-fPIC"], &place.path("plugin.c"), &library)
    else {
        println!("SKIP a_plugin_of_version_9: no cc (install a C compiler)");
        return;
    };
    let said = loader::describe(&built.unwrap()).unwrap_err().to_string();
    assert!(said.contains("expected ABI version 1, found 9"), "{said}");
}

/// A library that was built before version 1.0 is told what to do, by its symbol and by its manifest.
#[test]
fn a_plugin_of_before_version_1_0() {
    let place = Place::new();
    place.write(
        "plugin.c",
        "int smash_extension_init_v1(void);\nint smash_extension_init_v1(void) { return 0; }\n",
    );
    let (source, library) = (place.path("plugin.c"), place.path("libearlier.so"));
    let Some(built) = compile_file("cc", &["-std=c99", "-shared", "-fPIC"], &source, &library) else {
        println!("SKIP a_plugin_of_before_version_1_0: no cc (install a C compiler)");
        return;
    };
    let said = loader::describe(&built.unwrap()).unwrap_err().to_string();
    assert!(said.contains("expected the symbol smash_plugin_init_v1"), "{said}");
    assert!(said.contains("build the plugin with the smash.h"), "{said}");
    let manifest = |kind: &str| {
        let provides = serde_json::json!([{"kind": kind, "id": "x"}]);
        let text = serde_json::json!({
            "manifest_version": 1, "name": "x", "version": "1", "abi": {"major": 1, "minor": 0}, "target": "x",
            "library": "x.so", "sha256": "", "provides": provides,
        });
        loader::Manifest::parse(text.to_string().as_bytes())
    };
    assert!(manifest("proposer").is_ok());
    let said = manifest("strategy").unwrap_err().to_string();
    assert!(
        said.contains("expected the kind \"proposer\"") && said.contains("smash plugin manifest"),
        "{said}"
    );
    assert!(
        manifest("engine").unwrap_err().to_string().contains("space, proposer, estimator, dataset, backend")
    );
}

/// What a struct of a caller does not cover is 0; what is behind what is known is ignored.
#[test]
fn shorter_and_longer_structs() {
    /// A context's options as a later version may have them.
    #[repr(C)]
    struct Longer {
        options: ContextOptions,
        future: [u64; 4],
    }
    // SAFETY: the table is static.
    let api = unsafe { smash_get_api(abi::MAJOR, abi::MINOR).as_ref() }.unwrap();
    // SAFETY: numbers and null pointers.
    let mut longer: Longer = unsafe { std::mem::zeroed() };
    longer.future = [u64::MAX; 4];
    longer.options.struct_size = size_of::<Longer>();
    let shorter = [<ContextOptions as SizedStruct>::MIN_SIZE, 0];
    let (mut context, mut search) = (null_mut(), null_mut());
    let job = r#"{"strategy": {"type": "random"}}"#;
    let run: [*const c_void; 3] =
        [<RunOptions as SizedStruct>::MIN_SIZE as *const c_void, ptr::null(), ptr::null()];
    // SAFETY: each struct is as large as it says.
    unsafe {
        assert_eq!((api.context_create)(&longer.options, &mut context, null_mut()), abi::OK);
        (api.context_free)(context);
        assert_eq!((api.context_create)(shorter.as_ptr().cast(), &mut context, null_mut()), abi::OK);
        let code = (api.search_create)(
            context,
            job.as_ptr().cast(),
            job.len(),
            ptr::null(),
            &mut search,
            null_mut(),
        );
        assert_eq!(code, abi::OK);
        // Only the host can evaluate: the options were understood, and there is nothing to run.
        assert_eq!((api.search_run)(search, run.as_ptr().cast(), null_mut()), abi::ERR_BAD_STATE);
        (api.search_free)(search);
        (api.context_free)(context);
    }
}
