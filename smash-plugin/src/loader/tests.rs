use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use serde_json::{Value, json};
use smash_core::component::Kind;
use tempfile::TempDir;

use sha2::{Digest, Sha256};

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

fn mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A plugin three folders below a temporary one: `a/b/plugin`.
fn below(top: &TempDir) -> (PathBuf, PathBuf) {
    let (place, folder) = (PluginFolder::new(), top.path().join("a/b/plugin"));
    fs::create_dir_all(&folder).unwrap();
    for part in ["a", "a/b", "a/b/plugin"] {
        mode(&top.path().join(part), 0o755);
    }
    place.load();
    for name in ["libsample.so", "sample.smash.json"] {
        fs::copy(place.path(name), folder.join(name)).unwrap();
        mode(&folder.join(name), 0o644);
    }
    (folder.join("sample.smash.json"), folder)
}

/// Whoever may write to a folder far above may exchange all that is below it.
#[test]
fn every_folder_up_to_the_root_is_checked() {
    let top = TempDir::new().unwrap();
    mode(top.path(), 0o755);
    let (manifest, folder) = below(&top);
    assert!(inspect(&manifest).is_ok());
    for above in [top.path().to_owned(), top.path().join("a"), top.path().join("a/b")] {
        for bits in [0o777, 0o775, 0o757] {
            mode(&above, bits);
            let fault = inspect(&manifest).unwrap_err();
            assert!(matches!(&fault, LoadError::Writable { path, .. } if *path == above), "{fault}");
            let text = fault.to_string();
            assert!(text.contains("chmod go-w") && text.contains("move the plugin"), "{text}");
        }
        // As /tmp is: what is not theirs, others cannot replace there.
        mode(&above, 0o1777);
        assert!(inspect(&manifest).is_ok());
        mode(&above, 0o755);
    }
    // To the plugin's own folder nobody may add what the linker would find.
    mode(&folder, 0o1777);
    assert!(matches!(inspect(&manifest), Err(LoadError::Writable { .. })));
    mode(&folder, 0o755);
    if rustix::process::geteuid().is_root() {
        let above = top.path().join("a");
        std::os::unix::fs::chown(&above, Some(12_345), None).unwrap();
        let fault = inspect(&manifest).unwrap_err();
        assert!(matches!(&fault, LoadError::Owner { path, owner: 12_345 } if *path == above), "{fault}");
    } else {
        println!("SKIP loader_owner: only root can give a file away");
    }
}

/// A link may lead through a folder that the path does not show.
#[test]
fn the_folders_of_links_are_checked() {
    let (top, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    mode(top.path(), 0o755);
    mode(other.path(), 0o755);
    let (manifest, folder) = below(&top);
    fs::create_dir(other.path().join("links")).unwrap();
    symlink(&folder, other.path().join("links/last")).unwrap();
    symlink("links/../links/last", other.path().join("first")).unwrap();
    let linked = other.path().join("first/sample.smash.json");
    assert!(inspect(&linked).is_ok());
    mode(&other.path().join("links"), 0o777);
    let fault = inspect(&linked).unwrap_err();
    assert!(matches!(&fault, LoadError::Writable { path, .. } if path.ends_with("links")), "{fault}");
    assert!(inspect(&manifest).is_ok());
    mode(&other.path().join("links"), 0o1777);
    assert!(inspect(&linked).is_ok());
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::lchown(other.path().join("links/last"), Some(12_345), None).unwrap();
        assert!(matches!(inspect(&linked), Err(LoadError::Owner { owner: 12_345, .. })));
    }
    symlink("round", other.path().join("round")).unwrap();
    assert!(matches!(inspect(&other.path().join("round")), Err(LoadError::Unreadable { .. })));
}

/// What was verified and what was opened are the same file, or nothing of it is called.
#[test]
fn a_library_that_is_exchanged_after_it_was_verified_is_found() {
    let place = PluginFolder::new();
    let compile = |output: &str, value: u32| {
        let source = format!("int sample_{value}(void) {{ return {value}; }}");
        place.write("source.c", source.as_bytes(), 0o644);
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-o", output, "source.c"]).current_dir(place.folder.path());
        command.status().is_ok_and(|status| status.success())
    };
    if !compile("libsample.so", 1) || !compile("other.so", 2) {
        println!("SKIP a_library_that_is_exchanged_after_it_was_verified_is_found: no C compiler (cc)");
        return;
    }
    ["libsample.so", "other.so"].iter().for_each(|name| mode(&place.path(name), 0o755));
    let path = fs::canonicalize(place.path("libsample.so")).unwrap();
    let verified = Verified::read(path.clone()).unwrap();
    // SAFETY: the constructors of a library that this test compiled, which has none; its functions are not
    // called.
    let address = |path: &PathBuf, name: &str| unsafe {
        let library = Library::open(Some(path), RTLD_NOW | RTLD_LOCAL).unwrap();
        let symbol: Symbol<unsafe extern "C" fn() -> i32> = library.get(name.as_bytes()).unwrap();
        let address = *symbol as usize;
        mem::forget(library);
        address
    };
    let right = address(&path, "sample_1");
    assert!(verified.check_mapped(right).is_ok());
    if cfg!(target_os = "linux") {
        let wrong = address(&place.path("other.so"), "sample_2");
        assert!(matches!(verified.check_mapped(wrong), Err(LoadError::Replaced { .. })));
    }
    // Written to, with its times set back. Its bytes stay, and it is not cut in between: it is mapped, and
    // its destructors run at the end of this process.
    let times = fs::metadata(&path).unwrap();
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all(b"\x7f").unwrap();
    file.set_modified(times.modified().unwrap()).unwrap();
    assert!(matches!(verified.check_mapped(right), Err(LoadError::Replaced { .. })));
    let verified = Verified::read(path.clone()).unwrap();
    fs::rename(place.path("other.so"), &path).unwrap();
    let fault = verified.check_unchanged().unwrap_err().to_string();
    assert!(fault.contains("libsample.so") && fault.contains("replaced"), "{fault}");
}

/// A library finds what it needs beside itself, since it is opened by its path.
#[test]
fn a_library_finds_what_stands_beside_it() {
    let mut place = PluginFolder::new();
    if needing(&place).is_none() {
        println!("SKIP a_library_finds_what_stands_beside_it: no C compiler (cc)");
        return;
    }
    place.write("source.c", b"int needed(void) { return 1; }", 0o644);
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-o", "libneeded.so", "source.c"]).current_dir(place.folder.path());
    assert!(command.status().unwrap().success());
    let bytes = fs::read(place.path("libsample.so")).unwrap();
    place.manifest["sha256"] = hex(&Sha256::digest(&bytes)).into();
    // It is opened, and is no plugin.
    let fault = place.load();
    assert!(matches!(fault, LoadError::Symbol { .. }), "{fault}");
}
