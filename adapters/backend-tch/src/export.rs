//! The entry symbol of the plugin, for hosts that open this library at run time.

smash_sdk::export_plugin!(Backend "tch");
