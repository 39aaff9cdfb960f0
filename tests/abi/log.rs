//! What a host hears: messages, at which level, on which thread, and from folders that the environment names.

use std::ffi::{CString, c_char, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::{self, Buf, Code, ContextOptions};
use smash_tests::artifact;
use smash_tests::plugins::installed;
use tempfile::TempDir;

/// A message as the host heard it.
#[derive(Debug)]
struct Heard {
    level: i32,
    target: String,
    message: String,
    thread: ThreadId,
}

/// What a host does when it is told something.
struct Ear {
    heard: Mutex<Vec<Heard>>,
    patience: Duration,
}

unsafe extern "C" fn hear(
    user: *mut c_void,
    level: i32,
    target: *const c_char,
    target_len: usize,
    message: *const c_char,
    message_len: usize,
) {
    // SAFETY: `user` is the ear of the test, and texts are lent for the call.
    let (ear, text) = unsafe {
        let text = |data: *const c_char, len| std::slice::from_raw_parts(data.cast::<u8>(), len);
        (&*user.cast::<Ear>(), [text(target, target_len), text(message, message_len)])
    };
    let [target, message] = text.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    thread::sleep(ear.patience);
    ear.heard.lock().unwrap().push(Heard { level, target, message, thread: thread::current().id() });
}

/// Makes a context with the folder of a plugin that cannot be loaded; what was heard meanwhile.
fn listen(ear: &Ear, folder: &TempDir, flags: u64, log_level: i32) -> Code {
    std::fs::write(folder.path().join("broken.smash.json"), "{").unwrap();
    let folder = CString::new(folder.path().to_str().unwrap()).unwrap();
    let folders = [folder.as_ptr()];
    // SAFETY: the table is static; numbers and null pointers.
    let (api, mut options) = unsafe {
        (smash_get_api(abi::MAJOR, abi::MINOR).as_ref().unwrap(), std::mem::zeroed::<ContextOptions>())
    };
    options.struct_size = size_of::<ContextOptions>();
    options.flags = flags;
    (options.plugin_dirs, options.n_plugin_dirs) = (folders.as_ptr(), 1);
    options.log = Some(hear);
    options.user = std::ptr::from_ref(ear).cast_mut().cast();
    options.log_level = log_level;
    let mut context = null_mut();
    // SAFETY: everything lives for the call, the ear as long as the context.
    unsafe {
        let code = (api.context_create)(&options, &mut context, null_mut());
        (api.context_free)(context);
        code
    }
}

fn ear() -> Ear {
    Ear { heard: Mutex::default(), patience: Duration::ZERO }
}

#[test]
fn a_faulty_plugin_is_heard_of_on_the_thread_that_calls() {
    let (ear, folder) = (ear(), TempDir::new().unwrap());
    assert_eq!(listen(&ear, &folder, abi::CTX_ALLOW_PLUGINS, 4), abi::OK);
    let heard = ear.heard.lock().unwrap();
    let [warning] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((warning.level, &*warning.target), (1, "smash"));
    assert!(warning.message.contains("broken.smash.json"), "{warning:?}");
    assert_eq!(warning.thread, thread::current().id());
}

#[test]
fn what_lies_above_the_level_is_not_said() {
    let (ear, folder) = (ear(), TempDir::new().unwrap());
    assert_eq!(listen(&ear, &folder, abi::CTX_ALLOW_PLUGINS, 0), abi::OK);
    assert!(ear.heard.lock().unwrap().is_empty());
}

#[test]
fn a_slow_host_is_waited_for() {
    let patience = Duration::from_millis(50);
    let (ear, folder) = (Ear { patience, ..ear() }, TempDir::new().unwrap());
    let clock = Instant::now();
    assert_eq!(listen(&ear, &folder, abi::CTX_ALLOW_PLUGINS, 4), abi::OK);
    assert!(clock.elapsed() >= patience);
    assert_eq!(ear.heard.lock().unwrap().len(), 1);
}

#[test]
fn folders_of_the_environment_need_plugins_to_be_allowed() {
    let (ear, folder) = (ear(), TempDir::new().unwrap());
    assert_eq!(listen(&ear, &folder, abi::CTX_ALLOW_ENV_PATHS, 4), abi::ERR_BAD_STATE);
    let both = abi::CTX_ALLOW_PLUGINS | abi::CTX_ALLOW_ENV_PATHS;
    assert_eq!(listen(&ear, &folder, both, 4), abi::OK);
}

/// The context that a host looks into while it is told something.
static CONTEXT: AtomicPtr<abi::Context> = AtomicPtr::new(null_mut());

unsafe extern "C" fn look(user: *mut c_void, _: i32, _: *const c_char, _: usize, _: *const c_char, _: usize) {
    let mut out = Buf::EMPTY;
    // SAFETY: the test made the context, and `user` is where it counts.
    unsafe {
        let api = smash_get_api(abi::MAJOR, abi::MINOR).as_ref().unwrap();
        assert_eq!((api.context_describe)(CONTEXT.load(Ordering::Relaxed), &mut out, null_mut()), abi::OK);
        out.release.unwrap()(&mut out);
        *user.cast::<u32>() += 1;
    }
}

#[test]
fn a_host_may_look_at_the_context_when_it_hears_of_a_plugin() {
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    let (manifest, mut looked, mut context) = (manifest.to_str().unwrap(), 0_u32, null_mut());
    // SAFETY: as in `listen`.
    let (api, mut options) = unsafe {
        (smash_get_api(abi::MAJOR, abi::MINOR).as_ref().unwrap(), std::mem::zeroed::<ContextOptions>())
    };
    (options.struct_size, options.flags) = (size_of::<ContextOptions>(), abi::CTX_ALLOW_PLUGINS);
    options.log = Some(look);
    options.user = (&raw mut looked).cast();
    options.log_level = 2;
    // SAFETY: everything lives for the calls.
    unsafe {
        assert_eq!((api.context_create)(&options, &mut context, null_mut()), abi::OK);
        CONTEXT.store(context, Ordering::Relaxed);
        let (text, len) = (manifest.as_ptr().cast(), manifest.len());
        assert_eq!((api.context_load_plugin)(context, text, len, null_mut()), abi::OK);
        (api.context_free)(context);
    }
    assert_eq!(looked, 1);
}

/// A grey PNG image of 4×4 pixels.
const IMAGE: &[u8] =
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x04\x00\x00\x00\
    \x04\x08\x00\x00\x00\x00\x8c\x9a\xc1\xa2\x00\x00\x00\x1c\x49\x44\x41\x54\x78\xda\x63\x60\x10\
    \x54\x32\x66\x50\x32\x76\x09\x65\x70\x09\x4d\x2b\x67\x48\x2b\xef\x98\x09\x00\x21\x48\x04\xc9\
    \x55\xf0\x05\xd6\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

#[test]
fn what_a_dataset_passes_over_is_heard_of() {
    let (ear, folder) = (ear(), TempDir::new().unwrap());
    for class in ["apple", "pear"] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        for number in 0..10 {
            std::fs::write(folder.path().join(format!("{class}/{number}.png")), IMAGE).unwrap();
        }
    }
    std::fs::write(folder.path().join("pear/other.bmp"), "BM").unwrap();
    let job = serde_json::json!({
        "dataset": {"type": "image_folder", "path": folder.path(), "size": [4, 4], "validation": 0.2},
        "strategy": {"type": "smash", "epochs": 1},
    });
    let (job, mut context, mut search) = (job.to_string(), null_mut(), null_mut());
    // SAFETY: as in `listen`.
    let (api, mut options) = unsafe {
        (smash_get_api(abi::MAJOR, abi::MINOR).as_ref().unwrap(), std::mem::zeroed::<ContextOptions>())
    };
    (options.struct_size, options.log_level) = (size_of::<ContextOptions>(), 1);
    options.log = Some(hear);
    options.user = std::ptr::from_ref(&ear).cast_mut().cast();
    // SAFETY: everything lives for the calls.
    unsafe {
        assert_eq!((api.context_create)(&options, &mut context, null_mut()), abi::OK);
        let (text, len) = (job.as_ptr().cast(), job.len());
        let code = (api.search_create)(context, text, len, std::ptr::null(), &mut search, null_mut());
        assert_eq!(code, abi::OK);
        (api.search_free)(search);
        (api.context_free)(context);
    }
    let heard = ear.heard.lock().unwrap();
    assert!(
        heard.iter().any(|heard| heard.level == 1 && heard.message.contains("pear/other.bmp")),
        "{heard:?}"
    );
}
