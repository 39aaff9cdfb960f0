//! The one symbol that hosts look up when they open this library at run time.

smash_sdk::export_plugin!(Backend "tch");
