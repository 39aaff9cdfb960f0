//! How patient a download is, and where it goes.

use std::time::Duration;

/// How patient a download is, and where it goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of a folder that has the files, instead of the authors'.
    pub mirror: Option<String>,
    /// Silence after which a connection is given up.
    pub stall: Duration,
    /// How often in a row it is tried again without a byte more than before.
    pub retries: u32,
    /// The wait before the first of these; it doubles from one to the next, up to [`Self::LONGEST`].
    pub pause: Duration,
    /// Go through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY` and so on).
    pub proxy: bool,
}

impl Settings {
    /// The longest wait, also where a server asks for more.
    pub const LONGEST: Duration = Duration::from_secs(60);
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mirror: None,
            stall: Duration::from_secs(30),
            retries: 5,
            pause: Duration::from_secs(1),
            proxy: false,
        }
    }
}
