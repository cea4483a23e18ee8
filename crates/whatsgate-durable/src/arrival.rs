//! Events on their way into the store.

use whatsgate_model::Event;
use whatsgate_store::durable::journal::{Incoming, Trust};
use whatsgate_store::durable::receipts::reported;
use whatsgate_store::journal::Arrival;

/// An event that came, and what it says of a sent message.
pub(crate) fn arrival(event: &Event, trust: Trust, session_of_the_path: Option<&str>) -> Arrival {
    Arrival { event: Incoming::new(event, trust, session_of_the_path), receipt: reported(event) }
}
