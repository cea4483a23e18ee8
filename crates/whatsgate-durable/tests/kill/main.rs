//! Real processes, killed with SIGKILL while events come in, and counted outside.
//!
//! `cargo xtask kill` does the same with many more events; `WHATSGATE_KILL_EVENTS` and `WHATSGATE_KILLS` say how many.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells what it counted"
)]

mod bots;
mod child;
mod effects;
mod sends;
