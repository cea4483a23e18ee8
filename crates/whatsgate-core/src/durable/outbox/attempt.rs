//! An attempt to send, as it is recorded before its request leaves.

use serde::{Deserialize, Serialize};

use crate::durable::Millis;

/// One attempt to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which one it is, from 1 on.
    pub number: u32,
    /// When it was recorded, before its request left.
    pub started: Millis,
    /// When its end was recorded.
    pub ended: Option<Millis>,
    /// The highest number of an event that was known then. Its own event has a higher one.
    pub highest: Option<i64>,
    /// Who makes it.
    pub worker: String,
    /// Until when that worker counts as alive.
    pub expires: Millis,
}
