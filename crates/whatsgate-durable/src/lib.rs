#![doc = include_str!("../README.md")]

mod arrival;
mod consumer;
mod delivery;
mod error;
mod hook;
mod inbox;
mod poller;
mod receipts;
mod stop;
mod time;
mod worker;

pub use consumer::{Consumer, GiveUp};
pub use delivery::Delivery;
pub use error::InboxError;
pub use hook::Hook;
pub use inbox::{Inbox, InboxBuilder};
pub use receipts::{Receipts, Waited};
pub use whatsgate_store as store;
pub use whatsgate_store::consumers::StartAt;
pub use whatsgate_store::durable::journal::Trust;
pub use whatsgate_store::durable::partition::Patience;
pub use whatsgate_store::durable::receipts::DeliveryState;
pub use whatsgate_store::{Receipt, Store, StoreError, Transaction};
