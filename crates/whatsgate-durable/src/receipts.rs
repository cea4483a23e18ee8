//! How far sent messages have come.

use std::time::Duration;

use tokio::time::Instant;
use whatsgate_model::SessionId;
use whatsgate_store::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_store::{Receipt, Store, StoreError};

use crate::time::after;

/// How far sent messages have come, folded from all events of the journal; survives restarts, and any process with the
/// store can ask.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::time::Duration;
/// use whatsgate_durable::{DeliveryState, Receipts, Store, Waited};
/// use whatsgate_model::SessionId;
///
/// let receipts = Receipts::new(Store::memory());
/// let session = SessionId::new("6345454545454")?;
/// let message = "true_79991112233@c.us_3EB0EBC34954F8976AA6";
/// let waited = receipts.wait(&session, message, DeliveryState::Delivered, Duration::from_millis(1)).await?;
/// assert_eq!(waited, Waited::Stalled(None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Receipts {
    store: Store,
}

/// What waiting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// The message has come at least as far as was waited for: to this state.
    Reached(DeliveryState),
    /// WhatsApp reported an error. A later delivery would still count.
    Failed,
    /// The time is over. So far it had come, if anything is known of it.
    Stalled(Option<DeliveryState>),
}

/// How often the store is asked when no event comes: receipts do not move the journal if the event was known.
const LOOK: Duration = Duration::from_secs(1);

impl Receipts {
    /// The receipts of a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// How far a message has come and since when that is known; none if no event has told of it. `message` is its long or its
    /// short id.
    ///
    /// ```
    /// # async fn example(receipts: whatsgate_durable::Receipts) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::DeliveryState;
    /// use whatsgate_model::SessionId;
    ///
    /// let session = SessionId::new("6345454545454")?;
    /// let receipt = receipts.of(&session, "true_79991112233@c.us_3EB0B430B6F8F1D0E053").await?;
    /// if receipt.is_some_and(|receipt| receipt.state >= DeliveryState::Read) {
    ///     println!("it was read");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn of(&self, session: &SessionId, message: &str) -> Result<Option<Receipt>, StoreError> {
        let key = ReceiptKey::new(session, message);
        self.store.run(move |tables| tables.receipt(&key)).await
    }

    /// Waits until a message has come so far, at most for the time given.
    ///
    /// ```
    /// # async fn example(receipts: whatsgate_durable::Receipts) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_durable::{DeliveryState, Waited};
    /// use whatsgate_model::SessionId;
    ///
    /// let session = SessionId::new("6345454545454")?;
    /// let at_most = Duration::from_secs(2 * 60 * 60);
    /// let waited = receipts.wait(&session, "3EB0B430B6F8F1D0E053", DeliveryState::Delivered, at_most).await?;
    /// if !matches!(waited, Waited::Reached(_)) {
    ///     println!("call them instead");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn wait(
        &self,
        session: &SessionId,
        message: &str,
        until: DeliveryState,
        at_most: Duration,
    ) -> Result<Waited, StoreError> {
        let deadline = after(at_most);
        let mut end = self.store.end();
        loop {
            end.borrow_and_update();
            let state = self.of(session, message).await?.map(|receipt| receipt.state);
            match state {
                Some(DeliveryState::Failed) if until != DeliveryState::Failed => return Ok(Waited::Failed),
                Some(state) if state >= until => return Ok(Waited::Reached(state)),
                state if Instant::now() >= deadline => return Ok(Waited::Stalled(state)),
                _ => {}
            }
            tokio::select! {
                _ = end.changed() => {}
                () = tokio::time::sleep_until(deadline.min(after(LOOK))) => {}
            }
        }
    }
}
