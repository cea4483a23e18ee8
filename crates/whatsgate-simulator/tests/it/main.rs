//! Schedules hold, rules are missed, and the tables are up to date.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rules;
mod schedules;
