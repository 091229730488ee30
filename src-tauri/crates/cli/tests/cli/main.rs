//! The command line as scripts use it: exit status, one line on stderr, one
//! JSON document on stdout.

mod bad_input;
mod contract;
mod profile;
mod registry;
mod support;
