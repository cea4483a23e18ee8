//! Files over HTTP, against a gateway of a few lines that answers what it is told to.

// Helpers of tests may panic like the tests themselves.
#![allow(clippy::unwrap_used)]

mod gateway;
mod receive;
mod send;
