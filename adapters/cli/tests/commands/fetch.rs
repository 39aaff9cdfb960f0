//! `smash fetch`, from a server on the loopback interface.

use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::kit::{self, Place};

/// Answers each request, a list of lines, until the test ends; returns its address and what was asked for.
fn serve(
    answer: impl Fn(&[String], &mut TcpStream) + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Vec<String>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            requests.lock().unwrap().push(request.clone());
            answer(&request, &mut stream);
        }
    });
    (address, seen)
}

fn status(code: u16) -> impl Fn(&[String], &mut TcpStream) + Send + Sync + 'static {
    move |_, stream| {
        let _ = write!(stream, "HTTP/1.1 {code} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
}

/// Sends a file from the byte on that is asked for.
fn send(request: &[String], stream: &mut TcpStream, body: &[u8], most: usize) {
    let range =
        request.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let from: usize = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    let (code, rest, last) = (if from > 0 { 206 } else { 200 }, &body[from..], body.len() - 1);
    let _ = write!(
        stream,
        "HTTP/1.1 {code} X\r\nConnection: close\r\nETag: \"1\"\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{last}/{}\r\n\r\n",
        rest.len(),
        body.len()
    );
    let _ = stream.write_all(&rest[..most.min(rest.len())]);
}

/// An archive of the one set whose size nobody published.
fn meshes() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let noise: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    for name in ["ModelNet40/chair/train/chair_0001.off", "ModelNet40/chair/notes.txt", "__MACOSX/x.off"] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&noise).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn lists_what_there_is() {
    let place = Place::new();
    let list = place.good(&["fetch"]);
    for word in ["cifar10", "162.2 MiB", "stl10", "fashion-mnist", "modelnet40", "(login)", "https://"] {
        assert!(list.contains(word), "expected {word:?} in {list}");
    }
    assert_eq!(place.names(), ["small.json"]);
}

#[test]
fn fetches_unpacks_and_says_how_to_read_it() {
    let place = Place::new();
    let body = meshes();
    let (mirror, requests) = serve(move |request, stream| send(request, stream, &body, usize::MAX));
    let args = ["fetch", "modelnet40", "--dir", "sets", "--mirror", &mirror];
    let done = place.run(&args);
    assert_eq!(done.code, 0, "{}", done.err);
    let dataset: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(dataset, serde_json::json!({"type": "modelnet40", "path": "sets/ModelNet40"}));
    assert!(
        done.err.contains("modelnet40 is in sets/ModelNet40") && !done.err.contains('\u{1b}'),
        "{}",
        done.err
    );
    assert_eq!(kit::names(&place.path("sets")), ["ModelNet40", "ModelNet40.zip"]);
    assert_eq!(kit::names(&place.path("sets/ModelNet40/chair")), ["train"]);
    // The second time nothing is asked for.
    let again = place.run(&[&args[..], &["--quiet"]].concat());
    assert_eq!((again.out, again.err, requests.lock().unwrap().len()), (done.out, String::new(), 1));
}

#[test]
fn errors_are_one_message_with_a_code() {
    let place = Place::new();
    place.bad(&["fetch", "cifar"], 2, &["\"cifar\"", "cifar10, cifar100"]);
    place.bad(&["fetch", "imagenet32"], 2, &["login", "https://image-net.org"]);
    assert_eq!(place.run(&["fetch", "cifar10", "--patience", "0"]).code, 2);
    let (missing, _) = serve(status(404));
    place.bad(&["fetch", "cifar10", "--mirror", &missing], 3, &["cifar-10-binary.tar.gz", "no such file"]);
    let (broken, requests) = serve(status(500));
    let args = ["fetch", "mnist", "--mirror", &broken, "--retries", "0"];
    place.bad(&args, 3, &["train-images-idx3-ubyte.gz", "answered 500", "attempts: 1"]);
    assert_eq!(requests.lock().unwrap().len(), 1);
    // Another file than the published one, by its size alone.
    let (other, _) = serve(|request, stream| send(request, stream, b"<html>", usize::MAX));
    place.bad(&["fetch", "stl10", "--mirror", &other], 3, &["2640397119 bytes", "one of 6"]);
    place.write("here/cifar-10-binary.tar.gz", "mine");
    place.bad(
        &["fetch", "cifar10", "--dir", "here"],
        3,
        &["here/cifar-10-binary.tar.gz", "found 4 bytes", "remove"],
    );
    assert_eq!(place.read("here/cifar-10-binary.tar.gz"), "mine");
    place.bad(&["fetch", "cifar10", "--dir", "small.json/below"], 3, &["small.json/below"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_download_is_gone_on_with() {
    let place = Place::new();
    let body = meshes();
    let half = body.len() / 2;
    let (mirror, requests) = serve(move |request, stream| {
        let resumed = request.iter().any(|line| line.to_lowercase().starts_with("range:"));
        send(request, stream, &body, if resumed { usize::MAX } else { half });
        if !resumed {
            // Silent, until the program goes away.
            let _ = std::io::Read::read(stream, &mut [0]);
        }
    });
    let args = ["fetch", "modelnet40", "--dir", "sets", "--mirror", &mirror];
    let mut command = place.command(&args);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let part = place.path("sets/ModelNet40.zip.part");
    let here = || part.metadata().map_or(0, |meta| meta.len() as usize);
    let begin = std::time::Instant::now();
    while here() < half {
        assert!(begin.elapsed().as_secs() < 20, "{} of {half} bytes arrived", here());
        thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("run the command again to go on") && output.stdout.is_empty(), "{err}");
    assert_eq!(here(), half);
    place.good(&args);
    assert!(place.exists("sets/ModelNet40/chair/train/chair_0001.off"));
    let last = requests.lock().unwrap().pop().unwrap();
    assert!(last.iter().any(|line| line.to_lowercase() == format!("range: bytes={half}-")), "{last:?}");
}
