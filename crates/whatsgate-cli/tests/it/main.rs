//! The program as its users run it: a process, its output and its exit code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod commands;
mod demo;
mod files;
mod help;
mod interrupts;
mod long_running;
mod outcomes;
mod private;
mod settings;
mod support;
