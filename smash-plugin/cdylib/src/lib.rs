//! The library that `cargo xtask dist` packs. What it exports is in `smash_plugin::abi`; naming that crate
//! links it, with the components that it registers.

use smash_plugin as _;
