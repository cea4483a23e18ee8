#![doc = include_str!("../README.md")]

mod consumer;
mod delivery;
mod draft;
mod error;
mod hook;
mod inbox;
mod outbox;
mod pages;
mod poller;
mod receipts;
mod resolve;
mod sender;
mod stop;
mod time;
mod worker;

pub use consumer::{Consumer, GiveUp};
pub use delivery::Delivery;
pub use error::InboxError;
pub use hook::{Hook, HookOwner, hook_owner};
pub use inbox::{Inbox, InboxBuilder};
pub use outbox::{Handle, Outbox, OutboxError, Post};
pub use pages::{PageRequest, Pages};
pub use receipts::{Receipts, Waited};
pub use resolve::{Resolution, Resolve, SendAttempt};
pub use sender::{Sender, SenderBuilder};
pub use whatsgate_store as store;
pub use whatsgate_store::consumers::StartAt;
pub use whatsgate_store::durable::journal::Trust;
pub use whatsgate_store::durable::outbox::{Absent, Class, Course, Draft, Entry, Key, Proof, State};
pub use whatsgate_store::durable::pacing::{Forecast, Limits, QuietHours};
pub use whatsgate_store::durable::partition::Patience;
pub use whatsgate_store::durable::receipts::DeliveryState;
pub use whatsgate_store::outbox::Decision;
pub use whatsgate_store::{OutboxFilter, Receipt, Store, StoreError, Transaction};
