//! What ends an inbox or a consumer.

use whatsgate_model::SessionId;
use whatsgate_store::StoreError;

/// Why an inbox did not start, or a consumer does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InboxError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The gateway.
    #[error(transparent)]
    Gateway(#[from] whatsgate_native::Error),
    /// Events of the session are posted to somebody else.
    #[error(
        "events of session {session} are posted to another address already; take it over if nobody needs that any more"
    )]
    ForeignHook {
        /// Which session.
        session: SessionId,
    },
    /// Something in the settings cannot be.
    #[error("{0}")]
    Settings(String),
}
