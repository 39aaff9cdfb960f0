//! Datasets through the vtable and back, and datasets whose descriptions are impossible.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Data, Dataset, Normalise, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::testing::Blobs;
use smash_core::{Error, Result};

use crate::abi::{self, Buf, Code, DatasetVtable, Host, OK, Plugin};
use crate::dataset;
use crate::plugin::ForeignPlugin;

/// A dataset of blobs in three views, some of which cannot be read.
struct Views(Blobs);

impl Dataset for Views {
    fn task(&self) -> &Task {
        self.0.task()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn label(&self, index: usize) -> usize {
        self.0.label(index)
    }
    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        self.read_view(index, index % 3, out)
    }
    fn views(&self) -> usize {
        3
    }
    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        assert_ne!(index, 13, "no example has this number");
        if index == 12 {
            return Err(Error::Data("the twelfth is lost".into()));
        }
        self.0.read(index, out)?;
        out.iter_mut().for_each(|value| *value += view as f32);
        Ok(())
    }
    fn splits(&self, seed: Seed) -> Result<Splits> {
        self.0.splits(seed)
    }
    fn augmentation(&self) -> Augmentation {
        Augmentation { flip: true, roll: [-2, 1], ..Augmentation::default() }
    }
    fn normalise(&self) -> Option<Normalise> {
        Some(Normalise { mean: vec![1.0], std: vec![2.0] })
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ViewsConfig {}

#[typetag::serde(name = "views")]
impl DatasetConfig for ViewsConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(Views(Blobs::new(3, &[4, 5], 60, 7))))
    }
}

inventory::submit! { Component::new::<ViewsConfig>(Kind::Dataset, "views", "Three views.") }

unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", &[("Dataset", "views")], host, out, err) }
}

fn there() -> Box<dyn Dataset> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    plugin.components[0].dataset(&json!({"type": "views"})).unwrap()
}

#[test]
fn a_dataset_is_the_same_on_the_other_side() {
    let (here, there) = (ViewsConfig {}.open().unwrap(), there());
    assert_eq!((there.task(), there.len(), there.views()), (here.task(), 60, 3));
    assert_eq!((there.augmentation(), there.normalise()), (here.augmentation(), here.normalise()));
    assert!(
        here.allows_prefetch() && !there.allows_prefetch(),
        "a table is called where examples are needed"
    );
    assert!((0..60).all(|index| there.label(index) == here.label(index)));
    let splits = there.splits(Seed::new(1)).unwrap();
    assert_ne!(splits, there.splits(Seed::new(2)).unwrap());
    assert_eq!(splits.train.len() + splits.valid.len() + splits.test.len(), 60);
    let data = |dataset| Data::new(dataset, Seed::new(0)).unwrap();
    let (here, there) = (data(here), data(there));
    for seed in [None, Some(Seed::new(5))] {
        let indices = [3, 59, 0, 3];
        assert_eq!(there.batch(&indices, seed).unwrap().x, here.batch(&indices, seed).unwrap().x);
    }
    assert_eq!(there.view(&[7], 2).unwrap().x, here.view(&[7], 2).unwrap().x);
    assert_eq!(there.batch(&[], None).unwrap().x.data().len(), 0);
}

#[test]
fn what_cannot_be_read_is_named_and_a_panic_poisons() {
    let dataset = there();
    let mut out = [0.0; 60];
    assert_eq!(
        dataset.read(12, &mut out).unwrap_err().to_string(),
        "dataset: \"views\": reading example 12: the twelfth is lost"
    );
    assert!(dataset.read(11, &mut out).is_ok());
    let error = dataset.read_view(0, 3, &mut out).unwrap_err().to_string();
    assert!(error.contains("example 0") && error.contains("views below their number"), "{error}");
    let error = dataset.read(60, &mut out).unwrap_err().to_string();
    assert!(error.contains("below 60"), "{error}");
    let error = dataset.read(0, &mut out[1..]).unwrap_err().to_string();
    assert!(error.contains("expected a place"), "{error}");
    let error = dataset.read(13, &mut out).unwrap_err().to_string();
    assert!(error.contains("panicked") && error.contains("no example has this number"), "{error}");
    let error = dataset.read(11, &mut out).unwrap_err();
    assert!(matches!(&error, Error::Data(text) if text.contains("an earlier call panicked")), "{error}");
    drop(dataset);
}

/// A dataset with the description, labels and values that a test sets.
struct Liar {
    description: String,
    label: u32,
    value: f32,
    splits: Option<String>,
    ended: AtomicUsize,
}

const LIAR: DatasetVtable = DatasetVtable {
    struct_size: size_of::<DatasetVtable>(),
    describe: liar_describe,
    labels: liar_labels,
    read: liar_read,
    splits: None,
    destroy: liar_destroy,
};

fn liar(description: &Value) -> Liar {
    Liar {
        description: description.to_string(),
        label: 1,
        value: 0.5,
        splits: None,
        ended: AtomicUsize::new(0),
    }
}

unsafe extern "C" fn liar_describe(this: *mut c_void, out: *mut Buf, _: *mut *mut abi::Error) -> Code {
    // SAFETY: the tests below pass a liar.
    unsafe { out.write(Buf::text((*this.cast::<Liar>()).description.clone())) };
    OK
}

unsafe extern "C" fn liar_labels(
    this: *mut c_void,
    _: u64,
    out: *mut u32,
    n: usize,
    _: *mut *mut abi::Error,
) -> Code {
    // SAFETY: as above; there is room for `n`.
    unsafe { std::slice::from_raw_parts_mut(out, n).fill((*this.cast::<Liar>()).label) };
    OK
}

unsafe extern "C" fn liar_read(
    this: *mut c_void,
    _: *const u64,
    _: *const u32,
    _: usize,
    out: *mut f32,
    len: usize,
    _: *mut *mut abi::Error,
) -> Code {
    // SAFETY: as above; there is room for `len`. The last value is not written.
    unsafe { std::slice::from_raw_parts_mut(out, len - 1).fill((*this.cast::<Liar>()).value) };
    OK
}

unsafe extern "C" fn liar_splits(this: *mut c_void, _: u64, out: *mut Buf, _: *mut *mut abi::Error) -> Code {
    // SAFETY: as above.
    unsafe { out.write(Buf::text((*this.cast::<Liar>()).splits.clone().unwrap_or_default())) };
    OK
}

unsafe extern "C" fn liar_destroy(this: *mut c_void) {
    // SAFETY: as above.
    unsafe { (*this.cast::<Liar>()).ended.fetch_add(1, Ordering::Relaxed) };
}

fn opened(liar: &Liar, vtable: &DatasetVtable) -> Result<Box<dyn Dataset>> {
    // SAFETY: both outlive the test's use of the dataset.
    unsafe { dataset::import("liar", vtable, ptr::from_ref(liar).cast_mut().cast()) }
}

#[test]
fn nothing_absurd_is_believed() {
    let good = json!({"task": {"channels": 1, "extents": [2, 3], "classes": 2}, "examples": 100_000});
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        match pointer.rsplit_once('/') {
            Some((at, key)) => changed.pointer_mut(at).unwrap()[key] = value,
            None => changed = value,
        }
        let liar = liar(&changed);
        let error = opened(&liar, &LIAR).map(drop).unwrap_err();
        assert!(matches!(error, Error::Data(_)) && error.to_string().contains("\"liar\""), "{error}");
        assert_eq!(liar.ended.load(Ordering::Relaxed), 0, "on an error it is still the caller's");
        error.to_string()
    };
    let largest = json!(u64::MAX);
    for (pointer, value, said) in [
        ("", json!("nothing"), "describe: invalid type"),
        ("/examples", largest.clone(), "describe/examples: expected 1 to"),
        ("/examples", json!(0), "describe/examples"),
        ("/examples", json!(-1), "describe: invalid value"),
        ("/views", largest.clone(), "describe/views"),
        ("/task/classes", largest.clone(), "describe/task/classes"),
        ("/task/channels", largest.clone(), "values of an example"),
        ("/task/extents", json!([largest, largest]), "values of an example"),
        ("/task/extents", json!([2, 0]), "values of an example"),
        ("/task/extents", json!([]), "describe/task/extents"),
        ("/task/extents", json!([1, 1, 1, 1]), "describe/task/extents"),
        ("/augmentation", json!({"crop_padding": 1_000_000}), "describe/augmentation"),
        ("/augmentation", json!({"roll": [i32::MIN, 0]}), "describe/augmentation"),
        ("/splits", json!({"train": [[0, 5]], "test": [[4, 6]]}), "example 4 is in a part already"),
        ("/splits", json!({"train": [[0, largest]]}), "describe/splits/train/0"),
        ("/spilts", json!({}), "unknown field `spilts`"),
    ] {
        let error = with(pointer, value);
        assert!(error.contains(said), "{pointer}: expected {said:?} in {error}");
    }
    let wrong = Liar { label: 2, ..liar(&good) };
    let error = opened(&wrong, &LIAR).map(drop).unwrap_err().to_string();
    assert!(error.contains("expected a class below 2 for example 0, found 2"), "{error}");
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    let description = json!({"task": {"channels": 1, "extents": [2, 3], "classes": 2}, "examples": 10});
    let mut out = [0.0; 12];
    let nan = Liar { value: f32::NAN, ..liar(&description) };
    let dataset = opened(&nan, &LIAR).unwrap();
    let error = dataset.read_batch(&[4, 7], None, &mut out).unwrap_err().to_string();
    assert!(error.contains("example 4: value 0: expected a number, found NaN"), "{error}");
    drop(dataset);
    assert_eq!(nan.ended.load(Ordering::Relaxed), 1);
    let lazy = liar(&description);
    let dataset = opened(&lazy, &LIAR).unwrap();
    let error = dataset.read_batch(&[4, 7], None, &mut out).unwrap_err().to_string();
    assert!(error.contains("example 7: value 5") && error.contains("none was written"), "{error}");

    // Without splits, a tenth of each class tests; with splits, the given ones.
    assert_eq!(dataset.splits(Seed::new(0)).unwrap().test.len(), 1);
    let vtable = DatasetVtable { splits: Some(liar_splits), ..LIAR };
    let split = Liar { splits: Some(json!({"train": [[2, 11]]}).to_string()), ..liar(&description) };
    let error = opened(&split, &vtable).unwrap().splits(Seed::new(0)).unwrap_err().to_string();
    assert!(error.contains("splits/train/0: expected [from, to) within 10"), "{error}");
}

#[test]
fn tables_must_be_complete() {
    let liar = liar(&json!({}));
    let said = |vtable: *const DatasetVtable| {
        // SAFETY: null, or a vtable as large as it says.
        let made = unsafe { dataset::import("liar", vtable, ptr::from_ref(&liar).cast_mut().cast()) };
        made.map(drop).unwrap_err().to_string()
    };
    assert!(said(ptr::null()).contains("null"));
    let short = DatasetVtable { struct_size: size_of::<DatasetVtable>() - 8, ..LIAR };
    assert!(said(&raw const short).contains("expected at least 48 bytes in struct_size, found 40"));
    let mut words = [size_of::<DatasetVtable>(), 1, 1, 0, 1, 1];
    assert!(said(words.as_ptr().cast()).contains("function 3 of its vtable is null"));
    words[0] = 0;
    assert!(said(words.as_ptr().cast()).contains("found 0"));
}
