use std::fs;

use smash_core::dataset::Decoding;
use smash_core::task::Task;
use tempfile::TempDir;

use super::*;

fn decoder() -> Decoder {
    let image = Decoding::Image { range: vec![[0.0, 1.0]; 3], resize: Default::default() };
    Decoder::new(&image, &Task { channels: 3, extents: vec![8, 8], classes: 3 }, 1).unwrap()
}

/// What is found in a folder with these files.
fn below(files: &[&str]) -> Result<Option<(Vec<String>, Option<String>)>> {
    let folder = TempDir::new().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let classes = ["apple", "pear", "plum"].map(str::to_owned);
    let found = FoundFiles::below(folder.path(), &decoder(), &classes)?;
    Ok(found.map(|found| {
        let file = |(path, class): &(PathBuf, Option<usize>)| {
            let name = path.strip_prefix(folder.path()).unwrap().display();
            class.map_or_else(|| name.to_string(), |class| format!("{name}={class}"))
        };
        (found.files.iter().map(file).collect(), found.note)
    }))
}

fn files(files: &[&str]) -> Vec<String> {
    below(files).unwrap().unwrap().0
}

#[test]
fn folders_of_every_form_are_read() {
    assert_eq!(files(&["b ü.png", "a.JPG", "notes.txt"]), ["a.JPG", "b ü.png"]);
    assert_eq!(
        files(&["pear/1.png", "apple/2.png", "apple/1.png"]),
        ["apple/1.png=0", "apple/2.png=0", "pear/1.png=1"]
    );
    let parts = ["test/plum/1.png", "train/apple/1.png", "val/pear/1.png", "train/plum/2.png"];
    assert_eq!(
        files(&parts),
        ["train/apple/1.png=0", "train/plum/2.png=2", "val/pear/1.png=1", "test/plum/1.png=2"]
    );
    assert_eq!(
        files(&["apple/train/1.png", "apple/test/2.png"]),
        ["apple/test/2.png=0", "apple/train/1.png=0"]
    );
    assert!(below(&["notes.txt", "a/b/c.png"]).unwrap().is_none());
}

#[test]
fn what_is_passed_over_is_named() {
    let (found, note) = below(&["pear/1.png", "x.png", "pear/a/2.png", "docs/x.txt", ".a"]).unwrap().unwrap();
    assert_eq!(found, ["pear/1.png=1"]);
    let note = note.unwrap();
    for part in
        ["beside the class folders (x.png)", "pear/a/", "1 file in a folder of no class (docs/)", "hidden"]
    {
        assert!(note.contains(part), "{part}: {note}");
    }
    // A folder of pictures stays one when there are others in it.
    let (found, note) = below(&["x.png", "more/y.png"]).unwrap().unwrap();
    assert!(found == ["x.png"] && note.unwrap().contains("more/"));
}

#[test]
fn other_classes_are_refused_with_both_lists() {
    let error = below(&["kiwi/1.png", "pear/1.png", "plum/1.png"]).unwrap_err().to_string();
    for part in ["(apple, pear, plum), found kiwi, pear, plum;", "no class of it: kiwi;", "/kiwi"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(below(&["train/apple/1.png", "test/kiwi/1.png"]).is_err());
}
