//! What the targets share: a folder for their files, and a look at whatever was opened; run folders, and
//! mutations that leave JSON what it is.

mod mutate;
mod run;

pub use mutate::{mutate_json, mutate_safetensors};
pub use run::{Base, Runs, Use};

use std::fs;
use std::path::{Path, PathBuf};

use smash_core::Result;
use smash_core::dataset::Dataset;
use smash_core::random::Seed;

/// A folder that stays for the whole run.
pub struct Place(PathBuf);

impl Place {
    /// An empty folder for a target.
    pub fn new(target: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smash-fuzz-{target}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the target");
        Self(path)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("a folder for the file");
        fs::write(&path, bytes).expect("a file for the input");
        path
    }
}

/// Nothing that looks at a dataset may stumble over one that was opened; what was refused names its file.
pub fn look<D: Dataset>(opened: Result<D>, place: &Place) {
    let dataset = match opened {
        Ok(dataset) => dataset,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(&place.path().display().to_string()), "{text}");
            return;
        }
    };
    let mut out = vec![0.0; dataset.task().example_len()];
    for index in 0..dataset.len() {
        assert!(dataset.label(index) < dataset.task().classes);
        if index < 16 {
            dataset.read(index, &mut out).expect("an example of an opened dataset");
            assert!(out.iter().all(|value| value.is_finite()));
        }
    }
    dataset.splits(Seed::new(0)).expect("the splits of an opened dataset");
}

/// A folder of ModelNet10 with one file for each class and part; the extension is the target's name.
pub fn modelnet10(target: &str, file: &[u8]) -> Place {
    let place = Place::new(target);
    for class in
        ["bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"]
    {
        for part in ["train", "test"] {
            place.write(&format!("{class}/{part}/1.{target}"), file);
        }
    }
    place
}
