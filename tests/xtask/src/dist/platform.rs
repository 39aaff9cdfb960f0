//! What things are called on a platform. Only Linux is tested.

use crate::workspace::VERSION;

enum System {
    Linux,
    Mac,
    Windows,
}

/// A platform to build for.
pub(super) struct Platform {
    pub(super) target: String,
    system: System,
}

/// Where the parts of a library are, and what they were called when they were built.
pub(super) struct Library {
    pub(super) built: String,
    pub(super) place: String,
    /// Links beside it, the one that programs look for at their start first.
    pub(super) links: Vec<(String, String)>,
    /// What linkers read instead of the library: built, place.
    pub(super) import: Option<(String, String)>,
}

impl Library {
    /// Where it is by the name that programs look for when they start.
    pub(super) fn start(&self) -> &str {
        // A single link is for linkers.
        self.links.first().filter(|_| self.links.len() > 1).map_or(&self.place, |(at, _)| at)
    }
}

impl Platform {
    pub(super) fn of(target: &str) -> Self {
        let system = if target.contains("-windows-") {
            System::Windows
        } else if target.contains("-apple-") {
            System::Mac
        } else {
            System::Linux
        };
        Self { target: target.into(), system }
    }

    /// The library: by the version of SMASH, with links by the major version of its interface, which is what
    /// programs are linked to (see `smash-plugin/cdylib/build.rs`).
    pub(super) fn library(&self, abi: u32) -> Library {
        let own = |text: &str| text.to_owned();
        let links = |links: [(&str, &str); 1]| links.map(|(at, to)| (own(at), own(to))).to_vec();
        match self.system {
            System::Linux => {
                let (file, soname) = (format!("libsmash.so.{VERSION}"), format!("libsmash.so.{abi}"));
                Library {
                    built: own("libsmash.so"),
                    place: format!("lib/{file}"),
                    links: vec![(format!("lib/{soname}"), file), (own("lib/libsmash.so"), soname)],
                    import: None,
                }
            }
            System::Mac => {
                let file = format!("libsmash.{abi}.dylib");
                Library {
                    built: own("libsmash.dylib"),
                    place: format!("lib/{file}"),
                    links: links([("lib/libsmash.dylib", &file)]),
                    import: None,
                }
            }
            System::Windows => {
                let import = if self.target.ends_with("-gnu") { "libsmash.dll.a" } else { "smash.dll.lib" };
                let place =
                    if self.target.ends_with("-gnu") { "lib/libsmash.dll.a" } else { "lib/smash.lib" };
                Library {
                    built: own("smash.dll"),
                    place: own("bin/smash.dll"),
                    links: Vec::new(),
                    import: Some((own(import), own(place))),
                }
            }
        }
    }

    /// The command, as it was built.
    pub(super) fn program(&self) -> &'static str {
        if matches!(self.system, System::Windows) { "smash.exe" } else { "smash" }
    }

    /// The packages that cargo builds at once. On Windows the symbols of `smash.dll` and of `smash.exe` are
    /// both in `smash.pdb`: two linkers would write one file. The library comes last, so that its symbols
    /// stay there.
    pub(super) fn builds(&self) -> &'static [&'static [&'static str]] {
        match self.system {
            System::Windows => &[&["smash-cli"], &["smash-cdylib"]],
            System::Linux | System::Mac => &[&["smash-cdylib", "smash-cli"]],
        }
    }

    /// Whether debug symbols are taken out by `objcopy`. Apple's tools have another way (`dsymutil`), and on
    /// Windows they are in files of their own from the start.
    pub(super) fn has_objcopy(&self) -> bool {
        matches!(self.system, System::Linux)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_each_system() {
        let linux = Platform::of("aarch64-unknown-linux-gnu").library(1);
        assert_eq!(linux.links[0], ("lib/libsmash.so.1".into(), format!("libsmash.so.{VERSION}")));
        assert_eq!(linux.start(), "lib/libsmash.so.1");
        assert_eq!(linux.links[1], ("lib/libsmash.so".into(), "libsmash.so.1".into()));
        let mac = Platform::of("aarch64-apple-darwin").library(1);
        assert_eq!((mac.start(), mac.links.len()), ("lib/libsmash.1.dylib", 1));
        let windows = Platform::of("x86_64-pc-windows-msvc").library(1);
        assert_eq!(windows.import.unwrap().1, "lib/smash.lib");
    }
}
