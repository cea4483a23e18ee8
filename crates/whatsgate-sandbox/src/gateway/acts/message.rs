//! Making messages.

use whatsgate_model::{Message, MessageId};

/// A message with this long id.
pub(super) fn new_message(id: &str) -> Result<Message, String> {
    MessageId::new(id).map(Message::new).map_err(|error| error.to_string())
}
