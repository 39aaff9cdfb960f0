//! A public dataset: its files, and what a job says to read them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::client::Client;
use crate::control::Control;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::unpack;

/// A public dataset, and where its authors keep it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The page that tells of it.
    pub page: &'static str,
    /// The address of the folder that holds the files.
    pub base: &'static str,
    /// The files, in the order in which they are fetched.
    pub files: &'static [File],
    /// A folder of its own for files whose names other datasets have too.
    pub folder: Option<&'static str>,
    /// What of the one file is unpacked, where the loader does not read it as it is.
    pub unpack: Option<Unpack>,
    /// The type of the dataset in a job.
    pub kind: &'static str,
    /// Where only a person can get it: what to do.
    pub login: Option<&'static str>,
}

/// A file with what its publisher, or who checks it daily, says of it.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its name, here and in the address.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its hash, in lower case.
    pub sha256: Option<&'static str>,
}

/// What of an archive is unpacked. What else it holds is passed over.
#[derive(Clone, Copy, Debug)]
pub struct Unpack {
    /// The one folder of the archive that is wanted.
    pub folder: &'static str,
    /// Endings of the names that are wanted.
    pub wanted: &'static [&'static str],
    /// Most bytes of all of these together, and most that are decompressed to find them.
    pub most: u64,
}

impl Source {
    /// Fetches the dataset into a folder, which is made where it is missing; returns where it then is. What is there
    /// already is checked, not fetched again; what is unpacked already is left alone.
    ///
    /// # Errors
    /// When it needs a login, a server or the way to it fails for good, a file is not the published one, an archive is
    /// damaged or hostile, the disk is full, or the caller stops it. What arrived by then is kept to go on with.
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

    /// What a job says under `dataset` to read what is in `dir`.
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
