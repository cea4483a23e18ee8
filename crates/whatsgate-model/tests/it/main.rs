//! What holds for every value of the wire, tried with generated ones.

#![allow(clippy::unwrap_used, reason = "clippy sees the helpers of the tests as no tests")]

mod constructors;
mod generate;
mod lenient;
mod lists;
mod reading;
mod requests;
mod round_trip;
mod said;
mod words;
