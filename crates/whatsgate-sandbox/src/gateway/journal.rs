//! What came in, so that it can come in again: the gateway answers alike when it does.

use serde::{Deserialize, Serialize};
use whatsgate_model::{ChatId, MessageId, SessionId};

use super::request::RequestBody;
use super::state::{AccountIndex, Incoming};
use crate::faults::FaultRule;

/// Something that came in and may have changed the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The time that the gateway was told.
    pub(crate) at: u64,
    pub(crate) input: Input,
    /// The number of the last event afterwards, to find out when something else happens the second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_event: Option<i64>,
}

/// What came in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Input {
    /// Time passed, and something happened by that.
    Time,
    Request {
        command: String,
        account: AccountIndex,
        body: RequestBody,
    },
    LateRequest {
        command: String,
        account: AccountIndex,
        body: RequestBody,
        after_ms: u64,
    },
    AdminRequest {
        command: String,
        account: AccountIndex,
        body: RequestBody,
    },
    SetFaults {
        seed: u64,
        rules: Vec<FaultRule>,
    },
    MoveClock {
        ms: u64,
    },
    TakeDeliveries,
    Delivered {
        delivery: u64,
        reply: Result<String, String>,
    },
    ReadySession {
        name: String,
    },
    Scan {
        session: SessionId,
    },
    Disconnect {
        session: SessionId,
        reason: String,
    },
    Receive {
        session: SessionId,
        incoming: Box<Incoming>,
    },
    Read {
        session: SessionId,
        chat: ChatId,
    },
    SwitchPhone {
        session: SessionId,
        chat: ChatId,
        on: bool,
    },
    Type {
        session: SessionId,
        chat: ChatId,
        text: String,
    },
    React {
        session: SessionId,
        message: MessageId,
        reaction: String,
    },
    Edit {
        session: SessionId,
        message: MessageId,
        text: String,
    },
    Revoke {
        session: SessionId,
        message: MessageId,
    },
}

/// The entries not yet taken; none if nobody wants them.
#[derive(Debug, Default)]
pub(crate) struct Journal(Option<Vec<Entry>>);

impl Journal {
    /// A journal that somebody takes the entries of.
    pub(crate) fn kept() -> Self {
        Self(Some(Vec::new()))
    }

    pub(crate) fn note(&mut self, at: u64, input: impl FnOnce() -> Input) {
        if let Some(entries) = &mut self.0 {
            entries.push(Entry { at, input: input(), last_event: None });
        }
    }

    /// Takes the entries, the last of which says what the last event is now.
    pub(crate) fn take(&mut self, last_event: i64) -> Vec<Entry> {
        let mut entries = self.0.as_mut().map(std::mem::take).unwrap_or_default();
        if let Some(last) = entries.last_mut() {
            last.last_event = Some(last_event);
        }
        entries
    }
}
