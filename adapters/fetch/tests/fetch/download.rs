//! Downloads from servers that behave, and from servers that do not.

use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use smash_fetch::{Error, Progress};

use crate::kit::{self, Place, Server, all, bytes, head, some, source, stall, status};

const SIZE: usize = 300_000;

#[test]
fn a_file_arrives_once() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| all(request, stream, &served));
    let place = Place::new(&server);
    let (mut seen, mut checked) = (Vec::new(), 0);
    let fetched = place.watched(&source, &AtomicBool::new(false), &mut |progress| match progress {
        Progress::Download { name: "data.bin", done, total: Some(total) } => seen.push((done, total)),
        Progress::Check { done, .. } => checked = done,
        other => panic!("{other:?}"),
    });
    assert_eq!(fetched.unwrap(), place.path("data.bin"));
    assert!(place.read("data.bin") == body && place.names() == ["data.bin"]);
    assert!(
        seen.is_sorted() && seen[0] == (0, SIZE as u64) && seen.last() == Some(&(SIZE as u64, SIZE as u64))
    );
    assert_eq!(checked, SIZE as u64);
    let requests = server.requests();
    assert_eq!(
        (requests.len(), requests[0].path.as_str(), requests[0].header("range")),
        (1, "/data.bin", None)
    );
    // What is there is checked, and nothing is asked for.
    place.fetch(&source).unwrap();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(source.dataset(place.dir())["path"], place.path("data.bin").to_str().unwrap());
}

#[test]
fn a_file_that_is_there_and_damaged_is_left_to_its_owner() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let server = Server::start(move |request, stream| all(request, stream, &body));
    let place = Place::new(&server);
    fs::write(place.path("data.bin"), b"mine").unwrap();
    place.refused(&source, &["data.bin", "expected 300000 bytes, found 4", "remove the file"]);
    fs::write(place.path("data.bin"), vec![0; SIZE]).unwrap();
    place.refused(&source, &["data.bin", "the SHA-256", source.files[0].sha256.unwrap()]);
    assert_eq!((place.read("data.bin"), server.requests().len()), (vec![0; SIZE], 0));
}

#[test]
fn a_connection_that_breaks_is_gone_on_with() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    // Each answer breaks off sooner than it said; only one attempt in a row brings nothing.
    let server = Server::start(move |request, stream| match request.number {
        2 => some(request, stream, &served, "\"1\"", 0),
        _ => some(request, stream, &served, "\"1\"", 100_000),
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body);
    let requests = server.requests();
    let from: Vec<usize> = requests.iter().map(kit::Request::from).collect();
    assert_eq!(from, [0, 100_000, 200_000, 200_000]);
    assert_eq!(requests[1].header("if-range"), Some("\"1\""));
}

#[test]
fn a_stop_keeps_what_arrived_for_another_time() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| {
        some(request, stream, &served, "\"1\"", if request.number == 0 { 200_000 } else { usize::MAX });
        if request.number == 0 {
            stall(stream);
        }
    });
    let mut place = Place::new(&server);
    place.settings.stall = Duration::from_secs(60);
    let (cancel, begin) = (AtomicBool::new(false), Instant::now());
    let stopped = place.watched(&source, &cancel, &mut |progress| {
        if matches!(progress, Progress::Download { done: 200_000, .. }) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    assert!(begin.elapsed() < Duration::from_secs(2), "a stop does not wait for the server");
    assert_eq!(place.names(), ["data.bin.part", "data.bin.part.tag"]);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && place.names() == ["data.bin"]);
    assert_eq!(server.requests()[1].from(), 200_000);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| {
        head(stream, 200, &[("Content-Length", "300000"), ("ETag", "\"1\"")]);
        let most = if request.number == 0 { 100_000 } else { SIZE };
        let _ = stream.write_all(&served[..most]);
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && server.requests()[1].from() == 100_000);
}

#[test]
fn a_version_without_a_name_starts_over() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| {
        // A weak tag does not promise the same bytes.
        some(request, stream, &served, "W/\"1\"", if request.number == 0 { 100_000 } else { SIZE });
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && server.requests()[1].header("range").is_none());
}

#[test]
fn a_file_that_changes_in_between_starts_over() {
    let (old, body) = (vec![7; SIZE], bytes(SIZE));
    let source = source("data.bin", &body, None);
    for polite in [true, false] {
        let (old, served) = (old.clone(), body.clone());
        let server = Server::start(move |request, stream| match request.number {
            0 => some(request, stream, &old, "\"1\"", 100_000),
            // One that heeds If-Range sends all of the new version; one that does not sends the rest of it.
            1 if !polite => {
                let range = [("Content-Range", "bytes 100000-299999/300000"), ("ETag", "\"2\"")];
                head(stream, 206, &[&range[..], &[("Content-Length", "200000")]].concat());
                let _ = stream.write_all(&served[100_000..]);
            }
            _ => some(request, stream, &served, "\"2\"", SIZE),
        });
        let place = Place::new(&server);
        place.fetch(&source).unwrap();
        assert!(place.read("data.bin") == body);
        assert_eq!(server.requests().len(), if polite { 2 } else { 3 });
    }
}

#[test]
fn another_part_than_asked_for_is_not_taken() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| match request.number {
        0 => some(request, stream, &served, "\"1\"", 100_000),
        1 => {
            let range = [("Content-Range", "bytes 5-299999/300000"), ("ETag", "\"1\"")];
            head(stream, 206, &[&range[..], &[("Content-Length", "299995")]].concat());
            let _ = stream.write_all(&served[5..]);
        }
        _ => all(request, stream, &served),
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && server.requests()[2].from() == 0);
}

#[test]
fn content_that_is_not_the_published_one_is_removed() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let mut damaged = body;
    damaged[SIZE / 2] ^= 1;
    let server = Server::start(move |request, stream| all(request, stream, &damaged));
    let place = Place::new(&server);
    let error = place.refused(&source, &["data.bin.part", "the SHA-256", "what arrived was removed"]);
    assert!(matches!(error, Error::Content { .. }));
    assert!(place.names().is_empty() && server.requests().len() == 1);
}

#[test]
fn a_damaged_beginning_is_fetched_anew() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| all(request, stream, &served));
    let place = Place::new(&server);
    for left in [100_000, SIZE, SIZE + 1] {
        fs::write(place.path("data.bin.part"), vec![0; left]).unwrap();
        fs::write(place.path("data.bin.part.tag"), "\"1\"").unwrap();
        place.fetch(&source).unwrap();
        assert!(place.read("data.bin") == body && place.names() == ["data.bin"]);
        fs::remove_file(place.path("data.bin")).unwrap();
    }
}

#[test]
fn sizes_that_contradict_each_other() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    // Another file, at once: not one byte of it is wanted.
    let served = body.clone();
    let server = Server::start(move |request, stream| all(request, stream, &served[1..]));
    let place = Place::new(&server);
    place.refused(&source, &["expected a file of 300000 bytes, the server has one of 299999"]);
    assert_eq!(server.requests().len(), 1);
    // Without a length, more than there should be.
    let served = body.clone();
    let server = Server::start(move |_, stream| {
        head(stream, 200, &[]);
        let _ = stream.write_all(&[&served[..], b"more"].concat());
    });
    let place = Place::new(&server);
    place.refused(&source, &["expected 300000 bytes, the server sends more"]);
    // Without a length, less.
    let served = body.clone();
    let server = Server::start(move |_, stream| {
        head(stream, 200, &[]);
        let _ = stream.write_all(&served[1..]);
    });
    let place = Place::new(&server);
    place.refused(&source, &["ended after 299999 of 300000 bytes", "attempts: 3"]);
    // A length that the body never reaches.
    let server = Server::start(move |request, stream| some(request, stream, &body, "\"1\"", 0));
    let place = Place::new(&server);
    place.refused(&source, &["attempts: 3", "run the command again"]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_silent_server_is_given_up() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    for silent_after in [None, Some(0), Some(100_000)] {
        let served = body.clone();
        let server = Server::start(move |request, stream| {
            if let Some(most) = silent_after {
                // The same bytes each time: no attempt brings anything new.
                let whole = kit::Request { number: request.number, ..kit::Request::default() };
                some(&whole, stream, &served, "\"1\"", most);
            }
            stall(stream);
        });
        let place = Place::new(&server);
        let begin = Instant::now();
        let error = place.refused(&source, &["attempts: 3"]);
        assert!(matches!(error, Error::Transfer { .. }));
        assert!(begin.elapsed() < Duration::from_secs(3), "{silent_after:?}: {:?}", begin.elapsed());
        assert!((3..=4).contains(&server.requests().len()));
    }
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| match request.path.as_str() {
        "/data.bin" => status(stream, 302, &[("Location", "/elsewhere/data.bin")]),
        _ => some(request, stream, &served, "\"1\"", 200_000),
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body);
    // What is asked for stays the same on the way.
    let last = server.requests().pop().unwrap();
    assert_eq!((last.path.as_str(), last.from()), ("/elsewhere/data.bin", 200_000));

    let server = Server::start(|_, stream| status(stream, 301, &[("Location", "/data.bin")]));
    let place = Place::new(&server);
    let error = place.refused(&source, &["at most 5 redirects"]);
    assert!(matches!(error, Error::Refused { .. }) && server.requests().len() == 6);
    let server = Server::start(|_, stream| status(stream, 302, &[("Location", "ftp://127.0.0.1/data.bin")]));
    Place::new(&server).refused(&source, &["/data.bin"]);
    let server = Server::start(|_, stream| status(stream, 302, &[]));
    Place::new(&server).refused(&source, &["/data.bin"]);
}

#[test]
fn answers_that_trying_again_does_not_change() {
    let source = source("data.bin", &bytes(SIZE), None);
    for (code, text) in [(404, "no such file"), (403, "does not give it out"), (400, "answered 400")] {
        let server = Server::start(move |_, stream| status(stream, code, &[]));
        let place = Place::new(&server);
        let error = place.refused(&source, &["data.bin", text, "mirror"]);
        assert!(matches!(error, Error::Refused { .. }) && server.requests().len() == 1);
    }
}

#[test]
fn answers_that_another_attempt_changes() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    for code in [429, 500, 503] {
        let served = body.clone();
        let server = Server::start(move |request, stream| match request.number {
            0 => status(stream, code, &[("Retry-After", "0")]),
            1 => status(stream, code, &[]),
            _ => all(request, stream, &served),
        });
        let place = Place::new(&server);
        let mut waits = Vec::new();
        let done = place.watched(&source, &AtomicBool::new(false), &mut |progress| {
            if let Progress::Retry { problem, wait } = progress {
                waits.push((problem.to_owned(), wait.as_millis()));
            }
        });
        done.unwrap();
        let problem = format!("the server answered {code}");
        assert_eq!(waits, [(problem.clone(), 0), (problem, 10)]);
    }
    let server = Server::start(|_, stream| status(stream, 503, &[]));
    let place = Place::new(&server);
    let error = place.refused(&source, &["answered 503", "attempts: 3"]);
    assert!(matches!(error, Error::Transfer { .. }) && server.requests().len() == 3);
}

#[test]
fn a_stop_ends_a_long_wait() {
    let source = source("data.bin", &bytes(SIZE), None);
    let server = Server::start(|_, stream| status(stream, 429, &[("Retry-After", "3600")]));
    let place = Place::new(&server);
    let (cancel, begin, mut waits) = (AtomicBool::new(false), Instant::now(), Vec::new());
    let stopped = place.watched(&source, &cancel, &mut |progress| {
        if let Progress::Retry { wait, .. } = progress {
            waits.push(wait.as_secs());
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)) && waits == [60]);
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_is_no_server() {
    let source = source("data.bin", &bytes(SIZE), None);
    let server = Server::start(|_, stream| drop(stream.write_all(b"220 mail ready\r\n")));
    let mut place = Place::new(&server);
    place.refused(&source, &["attempts: 3"]);
    for (mirror, text) in [
        ("http://127.0.0.1:1", "attempts: 3"),
        ("not an address", "data.bin"),
        ("ftp://127.0.0.1/x", "data.bin"),
        ("", "data.bin"),
    ] {
        place.settings.mirror = Some(mirror.to_owned());
        place.refused(&source, &[text]);
    }
    // Secure connections are not made with what does not speak TLS.
    place.settings.mirror = Some(server.base.replace("http:", "https:"));
    place.refused(&source, &["data.bin"]);
}

#[cfg(unix)]
#[test]
fn links_in_the_place_of_its_files_are_not_followed() {
    for (link, left) in [("data.bin.part", 0), ("data.bin.part.tag", 1), ("data.bin", 2)] {
        let body = bytes(SIZE);
        let source = source("data.bin", &body, None);
        let server = Server::start(move |request, stream| all(request, stream, &body));
        let place = Place::new(&server);
        let outside = tempfile::TempDir::new().unwrap();
        let precious = outside.path().join("precious");
        if left < 2 {
            fs::write(&precious, "precious").unwrap();
        }
        std::os::unix::fs::symlink(&precious, place.path(link)).unwrap();
        place.refused(&source, &[link, "found a symbolic link"]);
        assert_eq!(fs::read_to_string(&precious).ok(), (left < 2).then(|| "precious".to_owned()), "{link}");
    }
}

#[test]
fn two_downloads_of_a_file_do_not_meet() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| all(request, stream, &served));
    let place = Place::new(&server);
    let other = fs::File::create(place.path("data.bin.part")).unwrap();
    other.lock().unwrap();
    place.refused(&source, &["data.bin.part", "another process"]);
    drop(other);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body);
}

#[test]
fn places_that_nothing_can_be_written_to() {
    let source = source("data.bin", &bytes(10), None);
    let server = Server::start(|request, stream| all(request, stream, &bytes(10)));
    let place = Place::new(&server);
    fs::write(place.path("file"), "").unwrap();
    let control = &mut smash_fetch::Control { cancel: &AtomicBool::new(false), watch: &mut |_| {} };
    let error = source.fetch(&place.path("file/below"), &place.settings, control).unwrap_err();
    assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("file/below"), "{error}");
}

#[test]
fn a_file_whose_size_nobody_published() {
    let body = bytes(SIZE);
    let mut source = source("data.bin", &body, None);
    source.files = vec![smash_fetch::File { name: "data.bin", size: None, sha256: None }].leak();
    let served = body.clone();
    let server = Server::start(move |request, stream| some(request, stream, &served, "\"1\"", 200_000));
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && server.requests().len() == 2);
    // All of it was left by a run that did not get to its end.
    fs::rename(place.path("data.bin"), place.path("data.bin.part")).unwrap();
    fs::write(place.path("data.bin.part.tag"), "\"1\"").unwrap();
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body && server.requests().len() == 3);
}

#[test]
fn a_login_is_asked_for() {
    let source = smash_fetch::find("imagenet32").unwrap();
    let server = Server::start(|_, stream| status(stream, 404, &[]));
    Place::new(&server).refused(source, &["imagenet32", "login", "https://image-net.org"]);
    assert!(server.requests().is_empty());
}

/// A server that sends a byte now and then is never silent, and would take years.
#[test]
fn a_server_that_drips_is_given_up() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let server = Server::start(move |request, stream| {
        let whole = kit::Request { number: request.number, ..kit::Request::default() };
        some(&whole, stream, &body, "\"1\"", 0);
        // Longer than the test waits.
        for byte in &body[..500] {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let place = Place::new(&server);
    let begin = Instant::now();
    let error =
        place.refused(&source, &["1024 bytes a second or more", "attempts: 3", "what arrived is kept"]);
    assert!(matches!(error, Error::Transfer { .. }));
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    assert!(place.names().contains(&"data.bin.part".to_owned()));
}

/// One slow attempt is no reason to give up: the next one goes on where it ended.
#[test]
fn what_dripped_is_gone_on_with() {
    let body = bytes(SIZE);
    let source = source("data.bin", &body, None);
    let served = body.clone();
    let server = Server::start(move |request, stream| {
        if request.number > 0 {
            return all(request, stream, &served);
        }
        some(request, stream, &served, "\"1\"", 0);
        for byte in &served[..100] {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let place = Place::new(&server);
    place.fetch(&source).unwrap();
    assert!(place.read("data.bin") == body);
    assert!(server.requests()[1].from() > 0, "{:?}", server.requests());
}
