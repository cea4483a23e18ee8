//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use whatsgate_core::durable::Millis;

/// The time now.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
