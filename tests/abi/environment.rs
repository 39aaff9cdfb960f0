//! Plugins that the environment names. What a process finds there is given to it when it begins: the test
//! runs itself.

use std::env;
use std::path::Path;
use std::process::Command;
use std::ptr::null_mut;

use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::{self, Buf, ContextOptions};
use smash_tests::artifact;
use smash_tests::plugins::installed;

/// With these flags the process that is begun makes a context.
const FLAGS: &str = "SMASH_TEST_CONTEXT_FLAGS";

/// What a context with these flags consists of, as JSON.
fn description(flags: u64) -> String {
    let (mut context, mut out) = (null_mut(), Buf::EMPTY);
    // SAFETY: the table is static; options are numbers and null pointers and live for the call; what is
    // handed out is given back.
    unsafe {
        let api = smash_get_api(abi::MAJOR, abi::MINOR).as_ref().unwrap();
        let options =
            ContextOptions { struct_size: size_of::<ContextOptions>(), flags, ..std::mem::zeroed() };
        assert_eq!((api.context_create)(&options, &mut context, null_mut()), abi::OK);
        assert_eq!((api.context_describe)(context, &mut out, null_mut()), abi::OK);
        let text = std::slice::from_raw_parts(out.data, out.len);
        let text = String::from_utf8(text.to_vec()).unwrap();
        out.release.unwrap()(&mut out);
        (api.context_free)(context);
        text
    }
}

/// What the same test finds in a process with this folder in its environment.
fn with(folder: &Path, flags: u64) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--exact",
        "--nocapture",
        "environment::folders_of_the_environment_are_searched_if_allowed",
    ]);
    let output = command.env("SMASH_PLUGIN_PATH", folder).env(FLAGS, flags.to_string()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn folders_of_the_environment_are_searched_if_allowed() {
    if let Ok(flags) = env::var(FLAGS) {
        println!("{}", description(flags.parse().unwrap()));
        return;
    }
    let (folder, _manifest) = installed(&artifact::library("smash-sample-space"));
    let loaded = |flags| {
        let said = with(folder.path(), flags);
        assert!(said.contains("\"memory_bank\""), "{said}");
        said.contains("\"plain\"")
    };
    assert!(loaded(abi::CTX_ALLOW_PLUGINS | abi::CTX_ALLOW_ENV_PATHS));
    assert!(!loaded(abi::CTX_ALLOW_PLUGINS));
    assert!(!loaded(0));
}
