//! Archives: good, damaged, and hostile.

use std::fs;
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use smash_fetch::{Error, Progress, Source, Unpack};
use tar::{Builder, EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::kit::{Place, Server, all, bytes, source};

const WANTED: Unpack = Unpack { folder: "set", wanted: &[".bin"], most: 1 << 20 };

/// A file, or what pretends to be one.
#[derive(Clone, Copy)]
enum Entry<'a> {
    File(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
}

/// A .tar.gz; names are written as they are.
fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = Header::new_ustar();
        let (name, body): (&str, &[u8]) = match entry {
            Entry::File(name, body) => (name, body),
            Entry::Link(name, to) => {
                header.set_entry_type(EntryType::Symlink);
                header.set_link_name(to).unwrap();
                (name, b"")
            }
        };
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, body).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn zip(entries: &[Entry]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        match entry {
            Entry::File(name, body) => {
                writer.start_file(*name, SimpleFileOptions::default()).unwrap();
                writer.write_all(body).unwrap();
            }
            Entry::Link(name, to) => writer.add_symlink(*name, *to, SimpleFileOptions::default()).unwrap(),
        }
    }
    writer.finish().unwrap().into_inner()
}

/// The archive of both formats, each as a source and a server that has it.
fn both(entries: &[Entry], unpack: Unpack) -> [(Source, Server); 2] {
    [("set.tar.gz", tar(entries)), ("set.zip", zip(entries))].map(|(name, body)| served(name, body, unpack))
}

fn served(name: &'static str, body: Vec<u8>, unpack: Unpack) -> (Source, Server) {
    let source = source(name, &body, Some(unpack));
    (source, Server::start(move |request, stream| all(request, stream, &body)))
}

/// Expects that nothing of an archive is unpacked.
fn refused(entries: &[Entry], unpack: Unpack, fragments: &[&str]) {
    for (source, server) in both(entries, unpack) {
        let place = Place::new(&server);
        let error = place.refused(&source, &[&[source.files[0].name], fragments].concat());
        assert!(matches!(error, Error::Archive { .. }), "{error:?}");
        assert_eq!(place.names(), [source.files[0].name], "something else was left behind");
    }
}

#[test]
fn what_is_wanted_appears_as_a_whole() {
    let large = bytes(200_000);
    let entries = [
        Entry::File("set/a/1.bin", b"one"),
        Entry::File("./set/2.bin", &large),
        Entry::File("set/notes.txt", b"not wanted"),
        Entry::File("set/.hidden.bin", b"not wanted"),
        Entry::File("__other/set/3.bin", b"not wanted"),
        Entry::File("set/a/", b""),
    ];
    for (source, server) in both(&entries, WANTED) {
        let place = Place::new(&server);
        // What looks like a broken attempt is not mistaken for the result, and stays as it is.
        fs::create_dir_all(place.path("set.unpacking")).unwrap();
        fs::write(place.path("set.unpacking/9.bin"), "").unwrap();
        let mut last = None;
        let fetched = place.watched(&source, &AtomicBool::new(false), &mut |progress| {
            if let Progress::Unpack { done, total, .. } = progress {
                last = Some((done, total));
            }
        });
        assert_eq!(fetched.unwrap(), place.path("set"));
        let mut names = ["set", source.files[0].name, "set.unpacking"];
        names.sort_unstable();
        assert_eq!(place.names(), names);
        assert_eq!(place.read("set.unpacking/9.bin"), b"");
        assert_eq!((place.read("set/a/1.bin"), place.read("set/2.bin") == large), (b"one".to_vec(), true));
        assert_eq!(fs::read_dir(place.path("set")).unwrap().count(), 2);
        assert!(last.is_some_and(|(done, total)| done > 0 && done <= total));
        // What is unpacked is not fetched again, also where the archive is gone.
        fs::remove_file(place.path(source.files[0].name)).unwrap();
        place.fetch(&source).unwrap();
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn names_that_lead_elsewhere() {
    for name in
        ["../evil.bin", "set/../../evil.bin", "/tmp/evil.bin", "set//x.bin", "set/a\\..\\x.bin", "c:/x.bin"]
    {
        refused(&[Entry::File("set/1.bin", b"1"), Entry::File(name, b"2")], WANTED, &["names inside"]);
    }
}

#[test]
fn links() {
    let entries = [Entry::Link("set/1.bin", "/etc/passwd"), Entry::File("set/2.bin", b"")];
    refused(&entries, WANTED, &["files and folders only", "set/1.bin"]);
}

#[test]
fn the_same_file_twice() {
    // A zip says of itself that it has a name once.
    let (source, server) =
        served("set.tar.gz", tar(&[Entry::File("set/1.bin", b"1"), Entry::File("set/1.bin", b"2")]), WANTED);
    let place = Place::new(&server);
    place.refused(&source, &["each file once", "1.bin"]);
    assert_eq!(place.names(), ["set.tar.gz"]);
}

#[test]
fn more_than_belongs_into_it() {
    let zeros = vec![0; 1 << 20];
    let small = Unpack { most: 1 << 19, ..WANTED };
    refused(&[Entry::File("set/1.bin", &zeros)], small, &["at most 524288 bytes"]);
    refused(
        &[Entry::File("set/1.bin", &zeros[1 << 19..]), Entry::File("set/2.bin", b"1")],
        small,
        &["at most"],
    );
    // What is not wanted of a .tar.gz is decompressed too; of a .zip it is not.
    let [(gz, gz_server), (zip, zip_server)] =
        both(&[Entry::File("other", &zeros), Entry::File("set/1.bin", b"1")], small);
    Place::new(&gz_server).refused(&gz, &["at most 524288 bytes"]);
    Place::new(&zip_server).fetch(&zip).unwrap();
}

#[test]
fn nothing_that_is_wanted() {
    refused(&[Entry::File("other/1.bin", b"1")], WANTED, &["expected set/….bin, found none"]);
    refused(&[], WANTED, &["found none"]);
}

#[test]
fn damaged_archives() {
    let body = bytes(100_000);
    let entries = [Entry::File("set/1.bin", &body), Entry::File("set/2.bin", &body)];
    for (name, whole) in [("set.tar.gz", tar(&entries)), ("set.zip", zip(&entries))] {
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x55;
        for body in [whole[..whole.len() - 30].to_vec(), whole[..100].to_vec(), flipped, b"<html>".to_vec()] {
            let (source, server) = served(name, body, WANTED);
            let place = Place::new(&server);
            let error = place.refused(&source, &[name]);
            assert!(matches!(error, Error::Archive { .. }), "{error:?}");
            assert_eq!(place.names(), [name]);
        }
    }
}

#[test]
fn a_stop_leaves_the_archive() {
    let body = bytes(400_000);
    for (source, server) in both(&[Entry::File("set/1.bin", &body)], WANTED) {
        let place = Place::new(&server);
        let cancel = AtomicBool::new(false);
        let stopped = place.watched(&source, &cancel, &mut |progress| {
            if matches!(progress, Progress::Unpack { .. }) {
                cancel.store(true, Ordering::Relaxed);
            }
        });
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
        assert_eq!(place.names(), [source.files[0].name]);
        place.fetch(&source).unwrap();
        assert!(place.read("set/1.bin") == body && server.requests().len() == 1);
    }
}
