//! The decisions of the durable layer: what is the same event, whose turn it is, what a failure comes to.
//!
//! Nothing here does I/O, reads a clock or draws chance: what is known goes in with the time, and what to do comes out.
//! `whatsgate-store` keeps what these decisions need, `whatsgate-durable` carries them out, and the simulator breaks
//! everything around them.

pub mod journal;
pub mod leases;
pub mod opt_out;
pub mod outbox;
pub mod pacing;
pub mod partition;
pub mod receipts;

/// The rules of the durable layer, each with a name.
pub mod rules {
    pub use crate::rules::Rule;
}

/// A point in time by the store's clock: milliseconds since the beginning of 1970 in UTC.
pub type Millis = i64;
