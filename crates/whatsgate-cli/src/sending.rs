//! Sending what is in the outbox of a store, and receiving the events that tell what became of it.

use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::{Absent, Inbox, InboxError, Limits, Sender, Store, StoreError};
use whatsgate_native::Client;
use whatsgate_native::model::SessionId;

use crate::command_error::CommandError;
use crate::journal;

/// Sends until it is stopped.
pub(crate) struct Sending {
    inbox: Inbox,
    sender: Sender,
}

/// How it is sent.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) session: SessionId,
    pub(crate) limits: Option<Limits>,
    pub(crate) absent: Absent,
    /// Only the message of this key.
    pub(crate) only: Option<Key>,
}

/// Who sends.
pub(crate) enum Sends {
    This(Box<Sending>),
    /// Another process, by its number.
    Other(String),
}

impl Way {
    /// Starts to send, unless another process has the store for itself.
    pub(crate) async fn start(&self) -> Result<Sends, CommandError> {
        let Self { client, store, session, limits, absent, only } = self.clone();
        match store.own().await {
            Err(StoreError::Owned { owner }) => return Ok(Sends::Other(owner)),
            owned => owned?,
        }
        let id = session.as_str().to_owned();
        let proofs = store.run(move |tables| journal::for_sending(tables, &id)).await?;
        let mut inbox = Inbox::builder(client.clone(), store.clone()).since(proofs.start);
        if proofs.session.is_some() {
            inbox = inbox.session(session);
        }
        let inbox = match inbox.start().await {
            Err(InboxError::Store(StoreError::Owned { owner })) => return Ok(Sends::Other(owner)),
            started => started?,
        };
        if only.is_none() {
            // Who wrote "stop" while nothing ran gets no bulk.
            inbox.caught_up().await;
        }
        let mut sender = Sender::builder(client, store).with_limits(limits).with_absent(absent);
        if let Some(only) = only {
            sender = sender.with_only(only);
        }
        Ok(Sends::This(Box::new(Sending { inbox, sender: sender.start().await? })))
    }
}

impl Sending {
    /// Returns once everything that the service lists was received, for the first time since the start.
    pub(crate) async fn caught_up(&self) {
        self.inbox.caught_up().await;
    }

    /// Begins no new message, and returns once those under way are stored.
    pub(crate) async fn stop(self) {
        self.sender.stop().await;
        self.inbox.stop();
    }
}
