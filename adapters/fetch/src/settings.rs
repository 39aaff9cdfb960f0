//! Settings of a download: mirror, timeout, retries and proxy.

use std::time::Duration;

/// Settings of a download.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of a folder with copies of the files (a mirror), used instead of the authors' server.
    pub mirror: Option<String>,
    /// Timeout of a connection that sends nothing, or too little.
    pub stall: Duration,
    /// Least speed of a transfer in bytes a second, on average over [`stall`](Self::stall).
    pub slowest: u64,
    /// Retries in a row without a new byte, after which the download is given up.
    pub retries: u32,
    /// Back-off before the first retry; it doubles from one to the next, up to [`Self::LONGEST`].
    pub pause: Duration,
    /// Whether to use the proxy of the environment (`HTTPS_PROXY`, `NO_PROXY` and so on).
    pub proxy: bool,
}

impl Settings {
    /// Limit on the back-off, also where a server asks for more.
    pub const LONGEST: Duration = Duration::from_secs(60);
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mirror: None,
            stall: Duration::from_secs(30),
            slowest: 1024,
            retries: 5,
            pause: Duration::from_secs(1),
            proxy: false,
        }
    }
}
