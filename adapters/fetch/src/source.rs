//! A public dataset: its files, and the configuration that reads them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::client::Client;
use crate::control::Control;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::unpack;

/// A public dataset and its download location.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Name on the command line.
    pub name: &'static str,
    /// One-line description.
    pub about: &'static str,
    /// Web page of the dataset.
    pub page: &'static str,
    /// URL of the folder that holds the files.
    pub base: &'static str,
    /// The files, in download order.
    pub files: &'static [File],
    /// Subfolder for files whose names other datasets use too.
    pub folder: Option<&'static str>,
    /// What to unpack of the one file, where the loader does not read the archive directly.
    pub unpack: Option<Unpack>,
    /// The dataset's `type` in a job.
    pub kind: &'static str,
    /// Instructions, for a dataset that needs a login.
    pub login: Option<&'static str>,
}

/// A file with its published size and checksum, where there are any.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// File name, on disk and in the URL.
    pub name: &'static str,
    /// Size in bytes.
    pub size: Option<u64>,
    /// SHA-256, hexadecimal in lower case.
    pub sha256: Option<&'static str>,
}

/// What to unpack of an archive; all else in it is skipped.
#[derive(Clone, Copy, Debug)]
pub struct Unpack {
    /// The folder of the archive that is unpacked.
    pub folder: &'static str,
    /// Suffixes of the file names that are unpacked.
    pub wanted: &'static [&'static str],
    /// Limit on their total size in bytes, and on the bytes decompressed to find them.
    pub most: u64,
}

impl Source {
    /// Downloads the dataset into a folder, which is created if missing; returns the path that a loader
    /// reads. Existing files are verified, not downloaded again; unpacked folders are left alone.
    ///
    /// # Errors
    /// When it needs a login, a server or connection fails for good, a checksum does not match, an archive is
    /// damaged or hostile, the disk is full, or the caller cancels. What was downloaded by then is kept, to
    /// be resumed.
    pub fn fetch(&self, dir: &Path, settings: &Settings, control: &mut Control<'_>) -> Result<PathBuf> {
        if let Some(instead) = self.login {
            return Err(Error::Login { name: self.name, instead });
        }
        let place = self.place(dir);
        if self.unpack.is_some() && place.is_dir() {
            return Ok(place);
        }
        let folder = self.folder.map_or_else(|| dir.to_path_buf(), |folder| dir.join(folder));
        fs::create_dir_all(&folder).map_err(|e| Error::io("make the folder", &folder, e))?;
        let client = Client::new(settings);
        let base = settings.mirror.as_deref().unwrap_or(self.base).trim_end_matches('/');
        for file in self.files {
            let url = format!("{base}/{}", file.name);
            let path = folder.join(file.name);
            Download { client: &client, settings, url, file }.run(&path, control)?;
            if let Some(unpack) = &self.unpack {
                unpack::unpack(&path, unpack, &place, control)?;
            }
        }
        Ok(place)
    }

    /// The configuration of the dataset in `dir`, for a job.
    pub fn dataset(&self, dir: &Path) -> Value {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), self.kind.into());
        fields.insert("path".to_owned(), self.place(dir).to_string_lossy().into());
        Value::Object(fields)
    }

    /// The file or folder that a loader reads.
    fn place(&self, dir: &Path) -> PathBuf {
        match (self.folder, &self.unpack, self.files) {
            (Some(folder), ..) => dir.join(folder),
            (None, Some(unpack), _) => dir.join(unpack.folder),
            (None, None, [file]) => dir.join(file.name),
            (None, None, _) => dir.to_path_buf(),
        }
    }
}
