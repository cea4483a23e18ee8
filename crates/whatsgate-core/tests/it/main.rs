//! The pure machines, proved without a network, a clock or chance of their own.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used)]

mod cursor;
