//! The generated schemas against the documented exchanges, the names of the 1C library, and the sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests; the counts are printed for a summary"
)]

mod exchanges;
mod fixtures;
mod invalid_requests;
mod names;
mod openapi;
mod stale;
