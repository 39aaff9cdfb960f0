use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use serde_json::{Value, json};
use smash_core::component::Kind;
use tempfile::TempDir;

use super::*;
use crate::{Error, Registry};

/// A folder that only its owner can write to, with a file that is no library and a manifest that fits it.
struct PluginFolder {
    folder: TempDir,
    manifest: Value,
}

impl PluginFolder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let place = Self { manifest: Value::Null, folder };
        place.write("libsample.so", b"\x7fELF cut off", 0o644);
        let sha256 = hex(&Sha256::digest(b"\x7fELF cut off"));
        let provides = vec![Provided { kind: Kind::Backend, id: "sample".into() }];
        let manifest = Manifest::new("sample", "0.1.0", "libsample.so", sha256, provides);
        Self { manifest: serde_json::to_value(manifest).unwrap(), ..place }
    }

    fn write(&self, name: &str, bytes: &[u8], mode: u32) {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The fault of loading when the manifest has `value` at a JSON pointer.
    fn fault(&self, pointer: &str, value: Value) -> LoadError {
        let mut manifest = self.manifest.clone();
        *manifest.pointer_mut(pointer).unwrap() = value;
        self.write("sample.smash.json", manifest.to_string().as_bytes(), 0o644);
        load(&self.path("sample.smash.json")).map(drop).unwrap_err()
    }

    /// The fault of loading when nothing is wrong with the manifest.
    fn load(&self) -> LoadError {
        self.fault("/name", "sample".into())
    }
}

#[test]
fn what_is_no_library_is_refused_by_the_system() {
    let place = PluginFolder::new();
    let fault = place.load();
    assert!(matches!(fault, LoadError::Open { .. }), "{fault}");
    let error = Registry::builtin().unwrap().load_plugin(&place.path("sample.smash.json")).unwrap_err();
    assert!(matches!(error, Error::Plugin { .. }) && error.exit_code() == 3);
    assert!(
        error.to_string().contains("sample.smash.json") && error.to_string().contains("libsample.so"),
        "{error}"
    );
}

#[test]
fn manifests_that_do_not_fit() {
    let place = PluginFolder::new();
    let said = |pointer: &str, value: Value, fragments: &[&str]| {
        let text = place.fault(pointer, value).to_string();
        for fragment in fragments {
            assert!(text.contains(fragment), "{pointer}: expected {fragment:?} in {text}");
        }
    };
    said("/manifest_version", json!(2), &["version 1", "found 2"]);
    said("/abi/major", json!(9), &["1.0", "9.0", "build it against"]);
    said("/abi/minor", json!(7), &["1.0", "1.7"]);
    said("/target", json!("sparc-sun-solaris"), &["sparc-sun-solaris", "build it for this platform"]);
    said("/sha256", json!("00"), &["expected sha256 00", "another build"]);
    said("/provides/0/kind", json!("engine"), &["not valid", "engine"]);
    for library in ["../libsample.so", "/lib/libc.so.6", "", "./a/../libsample.so", "."] {
        assert!(matches!(place.fault("/library", json!(library)), LoadError::Path { .. }), "{library}");
    }
    said("/library", json!("none.so"), &["none.so", "No such file"]);
    assert!(matches!(load(&place.path("none.smash.json")).map(drop), Err(LoadError::Unreadable { .. })));
    for text in ["", "{", "[]", "{\"manifest_version\": 1}", "{\"manifest_version\": \"1\"}", "\0\0"] {
        place.write("bad.smash.json", text.as_bytes(), 0o644);
        assert!(
            matches!(load(&place.path("bad.smash.json")).map(drop), Err(LoadError::Manifest(_))),
            "{text}"
        );
    }
    place.write("large.smash.json", &vec![b' '; (1 << 20) + 1], 0o644);
    assert!(matches!(load(&place.path("large.smash.json")).map(drop), Err(LoadError::TooLarge { .. })));
}

#[test]
fn places_that_cannot_be_trusted() {
    let place = PluginFolder::new();
    for mode in [0o664, 0o646] {
        fs::set_permissions(place.path("libsample.so"), Permissions::from_mode(mode)).unwrap();
        assert!(matches!(place.load(), LoadError::Writable { .. }), "{mode:o}");
    }
    fs::set_permissions(place.path("libsample.so"), Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(place.load(), LoadError::Writable { path, .. } if path.is_dir()));
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o755)).unwrap();

    let elsewhere = PluginFolder::new();
    symlink(elsewhere.path("libsample.so"), place.path("link.so")).unwrap();
    assert!(matches!(place.fault("/library", json!("link.so")), LoadError::Outside { .. }));
    symlink(place.path("libsample.so"), place.path("inside.so")).unwrap();
    assert!(matches!(place.fault("/library", json!("inside.so")), LoadError::Open { .. }));
    fs::create_dir(place.path("folder")).unwrap();
    fs::set_permissions(place.path("folder"), Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(place.fault("/library", json!("folder")), LoadError::NotAFile { .. }));
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(place.path("libsample.so"), Some(12_345), None).unwrap();
        assert!(matches!(place.load(), LoadError::Owner { owner: 12_345, .. }));
    } else {
        println!("SKIP loader_owner: only root can give a file away");
    }
}

#[test]
fn a_library_that_is_no_plugin() {
    let place = PluginFolder::new();
    // Any shared library will do: the C library is mapped into every program of this platform.
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let Some(library) = maps.split_whitespace().find(|word| word.contains("libc.so")) else {
        println!("SKIP a_library_that_is_no_plugin: no libc.so is loaded");
        return;
    };
    let bytes = fs::read(library).unwrap();
    place.write("libsample.so", &bytes, 0o644);
    let fault = place.fault("/sha256", hex(&Sha256::digest(&bytes)).into());
    assert!(matches!(fault, LoadError::Symbol { .. } | LoadError::Open { .. }), "{fault}");
}

/// Compiles two C libraries: `libsample.so` calls a function that `libneeded.so` defines. `None` without a C
/// compiler.
fn needing(place: &PluginFolder) -> Option<()> {
    let compile = |output: &str, source: &str, more: &[&str]| {
        place.write("source.c", source.as_bytes(), 0o644);
        let folder = place.folder.path();
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-o", output, "source.c"]).args(more).current_dir(folder);
        command.status().ok().filter(ExitStatus::success)
    };
    compile("libneeded.so", "int needed(void) { return 1; }", &[])?;
    let source = "int needed(void); int sample(void) { return needed(); }";
    compile("libsample.so", source, &["-L.", "-lneeded", "-Wl,-rpath,$ORIGIN"])?;
    fs::set_permissions(place.path("libsample.so"), Permissions::from_mode(0o755)).unwrap();
    // Another version of the dependency: it opens, and lacks the function that the plugin calls.
    compile("libneeded.so", "int other(void) { return 1; }", &[]).map(drop)
}

#[test]
fn a_plugin_that_needs_another_library() {
    let mut place = PluginFolder::new();
    if needing(&place).is_none() {
        println!("SKIP a_plugin_that_needs_another_library: no C compiler (cc)");
        return;
    }
    let bytes = fs::read(place.path("libsample.so")).unwrap();
    place.manifest["sha256"] = hex(&Sha256::digest(&bytes)).into();
    let said = |place: &PluginFolder, fragments: &[&str]| {
        let fault = place.load();
        assert!(matches!(fault, LoadError::Open { .. }), "{fault}");
        for fragment in fragments {
            assert!(fault.to_string().contains(fragment), "expected {fragment:?} in {fault}");
        }
    };
    said(&place, &["needed", "ldd"]);
    place.manifest["requires"] = json!({"needed": "2.11.0"});
    said(&place, &["undefined symbol", "requires needed 2.11.0", "LD_LIBRARY_PATH"]);
    fs::remove_file(place.path("libneeded.so")).unwrap();
    said(&place, &["libneeded.so", "No such file", "requires needed 2.11.0", "LD_LIBRARY_PATH"]);
    place.write("libneeded.so", b"no library", 0o644);
    said(&place, &["libneeded.so", "requires needed 2.11.0"]);
}
