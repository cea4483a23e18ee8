//! The program as its users run it: a process, its output and its exit code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod campaign;
mod campaign_run;
mod commands;
mod conform;
mod consuming;
mod demo;
mod doctor;
mod doctor_bundle;
mod doctor_tls;
mod drift;
mod files;
mod help;
mod interrupts;
mod journal;
mod long_running;
mod outbox;
mod outcomes;
mod posts;
mod private;
mod serve;
mod settings;
mod support;
