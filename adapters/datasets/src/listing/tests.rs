use tempfile::TempDir;

use super::*;

#[test]
fn what_systems_leave_is_passed_over_and_counted() {
    let folder = TempDir::new().unwrap();
    for name in ["b.png", "A.PNG", ".DS_Store", "._b.png", "Thumbs.db", "DESKTOP.INI"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    for name in ["__MACOSX/a", "cat/deep/er", ".git", "Dog"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("__MACOSX/a/._b.png"), "").unwrap();
    let mut passed = PassedOver::below(folder.path());
    let listing = Listing::of(folder.path(), &mut passed).unwrap();
    let names = |paths: &[PathBuf]| paths.iter().map(|path| name(path)).collect::<Vec<_>>();
    assert_eq!(
        (names(&listing.folders), names(&listing.files)),
        (vec!["Dog".to_owned(), "cat".into()], vec!["A.PNG".to_owned(), "b.png".into()])
    );
    assert_eq!(ending(&listing.files[0]), "png");
    let note = passed.note().unwrap();
    assert!(note.contains(": 5 hidden or system files (") && note.ends_with(", …)"), "{note}");
    // A folder without files is not worth a word.
    passed.add(Reason::Folder, &folder.path().join("cat"));
    assert_eq!(passed.note().unwrap(), note);
}

#[test]
fn parts_are_known_by_their_usual_names() {
    for (name, part) in [
        ("train", Part::Train),
        ("Training", Part::Train),
        ("val", Part::Valid),
        ("VALID", Part::Valid),
        ("validation", Part::Valid),
        ("Test", Part::Test),
    ] {
        assert_eq!(Part::named(name), Some(part), "{name}");
    }
    assert_eq!(Part::named("trainer"), None);
}
