//! What a store must do, for every store there is; and what only one of them can meet.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod support;

mod commits;
mod consumers;
#[cfg(feature = "sqlite")]
mod hidden;
mod journal;
mod leases;
mod outbox;
#[cfg(feature = "postgres")]
mod postgres;
mod receipts;
mod relay;
mod retention;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod same;
#[cfg(feature = "sqlite")]
mod sqlite;
mod texts;
mod transactions;
