#![doc = include_str!("../README.md")]

mod backend;
mod clock;
pub mod consumers;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(dead_code, unused_imports, reason = "a store in memory has no thread")
)]
mod engine;
mod error;
pub mod journal;
mod memory;
pub mod outbox;
#[cfg(feature = "sqlite")]
mod owner;
pub mod pacing;
pub mod pages;
pub mod poll;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod tables;
pub mod waiting;

pub use backend::Backend;
pub use error::StoreError;
pub use memory::Memory;
#[cfg(feature = "postgres")]
pub use postgres::PostgresTransaction;
#[cfg(feature = "sqlite")]
pub use rusqlite;
pub use store::{Store, StoreVersion};
pub use tables::{
    ConsumerRow, End, OutboxFilter, OutboxTables, PartitionRow, Receipt, RelayTables, RelayTokenRow,
    RelayTokens, Sendable, SightingRow, Slice, Tables, Transaction,
};
#[cfg(feature = "postgres")]
pub use tokio_postgres;
pub use whatsgate_core::durable;
