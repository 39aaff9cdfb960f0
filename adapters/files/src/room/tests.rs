use super::*;
use std::fs;
use tempfile::TempDir;

fn room() -> (TempDir, Room) {
    let place = TempDir::new().unwrap();
    let room = Room::create(&place.path().join("room")).unwrap();
    (place, room)
}

#[test]
fn files_are_written_as_a_whole_and_nothing_else_is_left() {
    let (_place, room) = room();
    room.write("a.json", b"one").unwrap();
    room.write("a.json", b"two").unwrap();
    assert_eq!(room.read("a.json").unwrap(), b"two");
    assert_eq!(room.names().unwrap(), ["a.json"]);
    room.remove("a.json").unwrap();
    room.remove("a.json").unwrap();
    assert!(!room.has("a.json").unwrap());
}

#[test]
fn only_one_creates_a_folder() {
    let (place, _room) = room();
    let error = Room::create(&place.path().join("room")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn names_stay_in_the_folder() {
    let (place, room) = room();
    for name in ["../x", "..", ".", "", "a/b", "/tmp/x", "a/"] {
        assert!(room.write(name, b"").is_err() && room.append(name).is_err(), "{name}");
        assert!(room.read(name).is_err() && room.make_folder(name).is_err(), "{name}");
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn leftovers_are_swept_and_nothing_like_them() {
    let (_place, room) = room();
    room.folder.create_file(&crate::temporary::name()).unwrap();
    let kept = ["notes.tmp", ".smash-tmp-mine"];
    kept.iter().for_each(|name| room.write(name, b"").unwrap());
    room.sweep();
    let mut names = room.names().unwrap();
    names.sort();
    assert_eq!(names, [".smash-tmp-mine", "notes.tmp"]);
}

#[test]
fn a_lock_is_held_once() {
    let (_place, room) = room();
    let lock = room.lock("lock").unwrap();
    assert!(matches!(room.lock("lock"), Err(LockError::Taken)));
    assert!(room.holds(&lock) && room.is_in_place());
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    #[test]
    fn nothing_is_done_through_a_link() {
        let (place, room) = room();
        let outside = place.path().join("outside");
        fs::write(&outside, "precious").unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        symlink(&outside, room.file("link")).unwrap();
        symlink(place.path().join("nothing"), room.file("dangling")).unwrap();
        symlink(place.path().join("folder"), room.file("folder")).unwrap();
        for name in ["link", "dangling"] {
            for error in [
                room.write(name, b"x").unwrap_err(),
                room.append(name).map(drop).unwrap_err(),
                room.read(name).map(drop).unwrap_err(),
                room.remove(name).unwrap_err(),
                room.rename("other", name).unwrap_err(),
            ] {
                assert!(error.to_string().contains("found a symbolic link"), "{name}: {error}");
            }
            assert!(matches!(room.lock(name), Err(LockError::Io(_))));
        }
        assert!(room.make_folder("folder").unwrap_err().to_string().contains("symbolic link"));
        assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
        assert!(!place.path().join("nothing").exists());
        assert_eq!(room.names().unwrap().len(), 3);
        // A dangling link is in the way of a folder.
        assert_eq!(Room::create(&room.file("dangling")).unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let (_place, room) = room();
        assert!(Command::new("mkfifo").arg(room.file("fifo")).status().unwrap().success());
        for error in [
            room.write("fifo", b"x").unwrap_err(),
            room.append("fifo").map(drop).unwrap_err(),
            room.read("fifo").map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().contains("found a FIFO"), "{error}");
        }
    }

    #[test]
    fn other_names_of_a_file_keep_what_they_have() {
        let (place, room) = room();
        let other = place.path().join("other");
        fs::write(&other, "old").unwrap();
        fs::hard_link(&other, room.file("log")).unwrap();
        room.append("log").unwrap().write_all(b" and new").unwrap();
        assert_eq!(
            (fs::read_to_string(&other).unwrap(), room.read("log").unwrap()),
            ("old".into(), b"old and new".to_vec())
        );
    }

    #[test]
    fn a_folder_that_was_replaced_is_noticed_and_the_other_left_alone() {
        let (place, room) = room();
        let lock = room.lock("lock").unwrap();
        fs::rename(room.path(), place.path().join("moved")).unwrap();
        assert!(!room.is_in_place());
        let other = Room::create(room.path()).unwrap();
        assert!(!room.is_in_place() && room.holds(&lock));
        room.write("a", b"here").unwrap();
        assert!(!other.has("a").unwrap());
        fs::remove_file(place.path().join("moved/lock")).unwrap();
        assert!(!room.holds(&lock));
        let again = room.lock("lock").unwrap();
        assert!(room.holds(&again) && !room.holds(&lock));
    }
}
