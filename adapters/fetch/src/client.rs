//! The HTTP client: one request at a time, each on a thread of its own, so that the caller notices a stalled
//! connection or a cancellation at any moment. An abandoned thread ends with its connection.

use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::HeaderMap;
use ureq::http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE, RETRY_AFTER,
};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::control::{Control, TICK};
use crate::error::Result;
use crate::settings::Settings;

/// Limit on the redirects of one request.
const REDIRECTS: u32 = 5;

/// Size of a chunk in bytes, and how many chunks may be queued for the disk.
const CHUNK: usize = 1 << 16;
const CHUNKS: usize = 16;

/// A request for a file, or a range request for the rest of one of its versions.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) url: String,
    /// Bytes that are already here, and the tag (ETag or date) of their version.
    pub(crate) from: Option<(u64, String)>,
}

/// The relevant parts of a response's status line and headers.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Content-Length, where it is given.
    pub(crate) length: Option<u64>,
    /// Content-Range of a partial response: first byte and size of the whole.
    pub(crate) range: Option<(Option<u64>, u64)>,
    /// The version of the file: a strong ETag, or else the Last-Modified date.
    pub(crate) tag: Option<String>,
    /// Retry-After: how long to wait before the next attempt.
    pub(crate) wait: Option<Duration>,
}

/// What arrives from a request, in this order: the head, chunks of bytes, the end; or a failure at any time.
#[derive(Debug)]
pub(crate) enum Arrival {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    /// The connection failed: worth a retry.
    Failed(String),
    /// The connection is too slow: worth a retry, which may be no better.
    Slow(String),
    /// A permanent failure: a retry would fail again.
    Refused(String),
}

/// The HTTP client for all files of a dataset.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    stall: Duration,
    slowest: u64,
}

impl Client {
    pub(crate) fn new(settings: &Settings) -> Self {
        // The certificate authorities of the operating system, including a company's own.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .timeout_resolve(Some(settings.stall))
            .timeout_connect(Some(settings.stall))
            .timeout_recv_response(Some(settings.stall))
            .proxy(settings.proxy.then(Proxy::try_from_env).flatten())
            .user_agent(concat!("smash/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { agent: config.new_agent(), stall: settings.stall, slowest: settings.slowest }
    }

    /// Starts a request.
    pub(crate) fn send(&self, request: Request) -> Transfer {
        let (sender, receiver) = sync_channel(CHUNKS);
        let agent = self.agent.clone();
        // If the thread cannot start, the sender is dropped and the transfer counts as failed.
        let _ = thread::Builder::new().name("download".into()).spawn(move || run(&agent, &request, &sender));
        Transfer { receiver, stall: self.stall, slowest: self.slowest, window: None }
    }
}

/// A request in progress.
#[derive(Debug)]
pub(crate) struct Transfer {
    receiver: Receiver<Arrival>,
    stall: Duration,
    slowest: u64,
    /// When the current measurement of the speed began, and the bytes that have arrived since.
    window: Option<(Instant, u64)>,
}

impl Transfer {
    /// Waits for the next arrival. A connection that stalls for too long, or that sends a little now and
    /// then, has failed.
    pub(crate) fn next(&mut self, control: &Control<'_>) -> Result<Arrival> {
        let begin = Instant::now();
        loop {
            control.check()?;
            match self.receiver.recv_timeout(TICK.min(self.stall)) {
                Ok(Arrival::Bytes(bytes)) => return Ok(self.measured(bytes)),
                Ok(arrival) => return Ok(arrival),
                Err(RecvTimeoutError::Timeout) if begin.elapsed() < self.stall => {}
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = self.stall.as_secs_f64();
                    return Ok(Arrival::Failed(format!("nothing arrived for {seconds} s")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Arrival::Failed("the transfer ended without a result".into()));
                }
            }
        }
    }
}

impl Transfer {
    /// The bytes that arrived, unless too few have within the time that a stall may last.
    fn measured(&mut self, bytes: Vec<u8>) -> Arrival {
        let (begun, before) = self.window.unwrap_or_else(|| (Instant::now(), 0));
        let (elapsed, arrived) = (begun.elapsed(), before + bytes.len() as u64);
        self.window = Some((begun, arrived));
        if elapsed >= self.stall {
            let speed = arrived as f64 / elapsed.as_secs_f64();
            if speed < self.slowest as f64 {
                let (seconds, least) = (elapsed.as_secs_f64(), self.slowest);
                return Arrival::Slow(format!(
                    "expected {least} bytes a second or more, found {speed:.0} over {seconds:.0} s"
                ));
            }
            self.window = None;
        }
        Arrival::Bytes(bytes)
    }
}

/// Sends the request and passes on what arrives, until the receiver is dropped.
fn run(agent: &Agent, request: &Request, sender: &SyncSender<Arrival>) {
    let url = &request.url;
    // No downgrade: redirects never lead from https to http.
    let secure = url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    let mut get = agent.get(url).config().https_only(secure).build().header(ACCEPT_ENCODING, "identity");
    if let Some((bytes, tag)) = &request.from {
        get = get.header(RANGE, format!("bytes={bytes}-")).header(IF_RANGE, tag);
    }
    let (head, body) = match get.call() {
        Ok(response) => response.into_parts(),
        Err(error) => return drop(sender.send(failure(&error))),
    };
    if sender.send(Arrival::Head(self::head(head.status.as_u16(), &head.headers))).is_err() {
        return;
    }
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        let arrival = match reader.read(&mut chunk) {
            Ok(0) => Arrival::End,
            Ok(read) => {
                chunk.truncate(read);
                Arrival::Bytes(chunk)
            }
            Err(error) => Arrival::Failed(format!("the connection broke: {error}")),
        };
        let last = !matches!(arrival, Arrival::Bytes(_));
        if sender.send(arrival).is_err() || last {
            return;
        }
    }
}

fn head(status: u16, headers: &HeaderMap) -> Head {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    // A weak ETag means equivalent content, not the same bytes.
    let tag = text(ETAG).filter(|tag| tag.starts_with('"')).or_else(|| text(LAST_MODIFIED));
    Head {
        status,
        length: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        range: text(CONTENT_RANGE).and_then(range),
        tag: tag.map(str::to_owned),
        wait: text(RETRY_AFTER).and_then(|wait| wait.parse().ok()).map(Duration::from_secs),
    }
}

/// Parses Content-Range: first byte and size of the whole, of `bytes 10-19/20` or, without a range,
/// `bytes */20`.
fn range(text: &str) -> Option<(Option<u64>, u64)> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let first = match part {
        "*" => None,
        part => Some(part.split_once('-')?.0.parse().ok()?),
    };
    Some((first, total.parse().ok()?))
}

fn failure(error: &ureq::Error) -> Arrival {
    match error {
        ureq::Error::TooManyRedirects => {
            Arrival::Refused(format!("expected a file after at most {REDIRECTS} redirects, found more"))
        }
        ureq::Error::RequireHttpsOnly(to) => {
            Arrival::Refused(format!("expected to stay with https, was redirected to {to}"))
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RedirectFailed => {
            Arrival::Refused(format!("expected an address http(s)://…: {error}"))
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => insecure(error),
        // TLS errors, such as an invalid certificate.
        ureq::Error::Io(cause) if cause.kind() == ErrorKind::InvalidData => insecure(error),
        _ => Arrival::Failed(format!("no answer: {error}")),
    }
}

fn insecure(error: &ureq::Error) -> Arrival {
    Arrival::Refused(format!(
        "no secure connection: {error}; are the CA certificates of this system installed and up to date?"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(range("bytes 10-19/20"), Some((Some(10), 20)));
        assert_eq!(range("bytes */20"), Some((None, 20)));
        for wrong in ["10-19/20", "bytes 10-19/*", "bytes -/20", "bytes 10/20", ""] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_version_is_named_by_a_strong_tag_or_a_date() {
        let tag = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (name.parse::<ureq::http::HeaderName>().unwrap(), value.parse().unwrap())
            });
            head(200, &pairs.collect()).tag
        };
        let date = ("last-modified", "Tue, 01 Jan 2019 00:00:00 GMT");
        assert_eq!(tag(&[("etag", "\"a\""), date]).as_deref(), Some("\"a\""));
        assert_eq!(tag(&[("etag", "W/\"a\""), date]).as_deref(), Some(date.1));
        assert_eq!(tag(&[("etag", "W/\"a\"")]), None);
    }
}
