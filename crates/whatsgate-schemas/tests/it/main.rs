//! The generated schemas against the documented exchanges, the names of the 1C library, and the sandbox.

mod exchanges;
mod fixtures;
mod invalid_requests;
mod names;
mod openapi;
mod stale;
