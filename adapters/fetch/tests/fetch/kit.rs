//! A server on the loopback interface that does what a test tells it, and sources that it has the files of.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use smash_fetch::{Control, File, Progress, Result, Settings, Source, Unpack};
use tempfile::TempDir;

/// One request as the server saw it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// How many came before it.
    pub(crate) number: usize,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first byte that is asked for.
    pub(crate) fn from(&self) -> usize {
        let range = self.header("range").and_then(|range| range.strip_prefix("bytes="));
        range.and_then(|range| range.trim_end_matches('-').parse().ok()).unwrap_or(0)
    }

    fn read(stream: &TcpStream, number: usize) -> Option<Self> {
        let mut lines = BufReader::new(stream).lines().map_while(std::result::Result::ok);
        let path = lines.next()?.split(' ').nth(1)?.to_owned();
        let header = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.take_while(|line| !line.is_empty()).filter_map(header).collect();
        Some(Self { number, path, headers })
    }
}

/// A server until it is dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request, on a thread of its own, by `answer`; the connection closes when that returns.
    pub(crate) fn start(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (requests, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped, answer) = (Arc::clone(&requests), Arc::clone(&stop), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let request = {
                        let mut seen = seen.lock().unwrap();
                        let Some(request) = Request::read(&stream, seen.len()) else { return };
                        seen.push(request.clone());
                        request
                    };
                    answer(&request, &mut stream);
                });
            }
        });
        Self { base, requests, stop }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.base.trim_start_matches("http://"));
    }
}

/// Writes the head of an answer.
pub(crate) fn head(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)]) {
    let mut text = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    headers.iter().for_each(|(name, value)| write!(text, "{name}: {value}\r\n").unwrap());
    // A client that went away is part of some tests.
    let _ = stream.write_all(format!("{text}\r\n").as_bytes());
}

/// An answer without a body.
pub(crate) fn status(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)]) {
    head(stream, status, &[headers, &[("Content-Length", "0")]].concat());
}

/// What a good server answers, but only the first `most` bytes of the body.
pub(crate) fn some(request: &Request, stream: &mut TcpStream, body: &[u8], tag: &str, most: usize) {
    let total = body.len().to_string();
    let from = request.from();
    let same = request.header("if-range").is_none_or(|wanted| wanted == tag);
    let rest = if request.header("range").is_none() || !same {
        head(stream, 200, &[("Content-Length", &total), ("ETag", tag)]);
        body
    } else if from < body.len() {
        let range = format!("bytes {from}-{}/{total}", body.len() - 1);
        let length = (body.len() - from).to_string();
        head(stream, 206, &[("Content-Length", &length), ("Content-Range", &range), ("ETag", tag)]);
        &body[from..]
    } else {
        return status(stream, 416, &[("Content-Range", &format!("bytes */{total}"))]);
    };
    let _ = stream.write_all(&rest[..most.min(rest.len())]);
}

/// What a good server answers.
pub(crate) fn all(request: &Request, stream: &mut TcpStream, body: &[u8]) {
    some(request, stream, body, "\"1\"", usize::MAX);
}

/// Says nothing until the client goes away, or for some seconds.
pub(crate) fn stall(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let _ = stream.read(&mut [0]);
}

/// Bytes that do not repeat.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A source of one file with this content.
pub(crate) fn source(name: &'static str, body: &[u8], unpack: Option<Unpack>) -> Source {
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = File { name, size: Some(body.len() as u64), sha256: Some(hash.leak()) };
    Source {
        name: "test",
        about: "",
        page: "",
        base: "http://127.0.0.1:1",
        files: vec![file].leak(),
        folder: None,
        unpack,
        kind: "test",
        login: None,
    }
}

/// A folder that is fetched into, impatiently.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) settings: Settings,
}

impl Place {
    pub(crate) fn new(server: &Server) -> Self {
        let settings = Settings {
            mirror: Some(server.base.clone()),
            stall: Duration::from_millis(200),
            slowest: 1024,
            retries: 2,
            pause: Duration::from_millis(5),
            proxy: false,
        };
        Self { dir: TempDir::new().unwrap(), settings }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Sorted names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn fetch(&self, source: &Source) -> Result<PathBuf> {
        self.watched(source, &AtomicBool::new(false), &mut |_| {})
    }

    pub(crate) fn watched(
        &self,
        source: &Source,
        cancel: &AtomicBool,
        watch: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf> {
        source.fetch(self.dir.path(), &self.settings, &mut Control { cancel, watch })
    }

    /// Fetches, and expects an error with these fragments.
    pub(crate) fn refused(&self, source: &Source, fragments: &[&str]) -> smash_fetch::Error {
        let error = self.fetch(source).unwrap_err();
        for fragment in fragments {
            assert!(error.to_string().contains(fragment), "expected {fragment:?} in: {error}");
        }
        error
    }
}
