//! What is going to happen by itself, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whatsgate_model::{Ack, ChatId};

use super::drafts::{Draft, Incoming};
use super::keys::SessionKey;

/// Something that happens without a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// The session shows its code.
    Authorize,
    /// The code was shown that often; another one takes its place.
    RefreshCode(u32),
    /// The account's phone scans the code.
    Scan,
    /// A queued message is sent.
    Send(Box<Draft>),
    /// A sent message reaches this delivery state, if that is the next one.
    Ack(Box<str>, Ack),
    /// Somebody types this text into a chat on the account's phone.
    Type(ChatId, String),
    /// The other side writes.
    Receive(Box<Incoming>),
}

/// Tasks of sessions in the order of their times (Unix milliseconds), and of their making when times are equal.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    tasks: BTreeMap<(u64, u64), (SessionKey, Task)>,
    made: u64,
}

impl Timeline {
    pub(crate) fn add(&mut self, at: u64, session: &SessionKey, task: Task) {
        self.made += 1;
        self.tasks.insert((at, self.made), (session.clone(), task));
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.tasks.keys().next().map(|(at, _)| *at)
    }

    /// Takes the first task that is due, with its time.
    pub(crate) fn take_due(&mut self, now: u64) -> Option<(u64, SessionKey, Task)> {
        let entry = self.tasks.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), (session, task)) = entry.remove_entry();
        Some((at, session, task))
    }

    pub(crate) fn drop_session(&mut self, session: &str) {
        self.tasks.retain(|_, (of, _)| **of != *session);
    }
}

/// A list of time, session and task.
impl Serialize for Timeline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.tasks.iter().map(|((at, _), (session, task))| (at, session, task)))
    }
}

impl<'de> Deserialize<'de> for Timeline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut timeline = Self::default();
        for (at, session, task) in Vec::<(u64, SessionKey, Task)>::deserialize(deserializer)? {
            timeline.add(at, &session, task);
        }
        Ok(timeline)
    }
}
