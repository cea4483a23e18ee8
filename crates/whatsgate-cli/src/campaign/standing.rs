//! How far a campaign is.

use serde::Serialize;
use whatsgate_durable::{DeliveryState, State};

use super::counted;

/// How many messages are in which state, and how far those that were sent have come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    pub(crate) messages: u64,
    /// Queued or being sent.
    pub(crate) waiting: u64,
    /// Those as well that the service took without telling an id.
    pub(crate) sent: u64,
    /// Of these: on the recipients' devices, read or not.
    pub(crate) delivered: u64,
    /// Of these: read, or listened to.
    pub(crate) read: u64,
    /// Refused by the service, or known not to be sent.
    pub(crate) failed: u64,
    /// Of these: refused by the service, which may have sent them all the same. Known of those alone that a report looked at.
    pub(crate) refused: u64,
    /// Of those that were sent: WhatsApp reported an error.
    pub(crate) undelivered: u64,
    pub(crate) unknown: u64,
    /// Taken back, or for somebody who wants no bulk.
    pub(crate) cancelled: u64,
}

impl Standing {
    /// Of states alone.
    pub(crate) fn of(counts: &[(State, u64)]) -> Self {
        let mut standing = Self::default();
        for (state, count) in counts {
            standing.add_state(*state, *count);
        }
        standing
    }

    /// One more message.
    pub(crate) fn add(&mut self, state: State, delivery: Option<DeliveryState>) {
        self.add_state(state, 1);
        match delivery {
            Some(DeliveryState::Failed) => self.undelivered += 1,
            Some(DeliveryState::Delivered) => self.delivered += 1,
            Some(DeliveryState::Read | DeliveryState::Played) => {
                self.delivered += 1;
                self.read += 1;
            }
            _ => {}
        }
    }

    fn add_state(&mut self, state: State, count: u64) {
        self.messages += count;
        let of = match state {
            State::Queued | State::Sending => &mut self.waiting,
            State::Sent | State::Accepted => &mut self.sent,
            State::Failed | State::NotSent | State::Expired => &mut self.failed,
            State::Cancelled => &mut self.cancelled,
            _ => &mut self.unknown,
        };
        *of += count;
    }

    /// In a line.
    pub(crate) fn shown(&self) -> String {
        let mut parts = vec![format!("{} sent", self.sent)];
        if self.delivered > 0 {
            parts.push(format!("of these {} delivered and {} read", self.delivered, self.read));
        }
        let others = [
            (self.undelivered, "undelivered"),
            (self.failed, "not sent"),
            (self.unknown, "unknown"),
            (self.waiting, "waiting"),
            (self.cancelled, "cancelled"),
        ];
        parts.extend(
            others.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")),
        );
        format!("{}: {}", counted(self.messages, "message", "messages"), parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_counted_once() {
        let mut standing = Standing::of(&State::ALL.map(|state| (state, 2)));
        assert_eq!(standing.messages, 18);
        let Standing { waiting, sent, failed, unknown, cancelled, .. } = standing;
        assert_eq!([waiting, sent, failed, unknown, cancelled], [4, 4, 6, 2, 2]);
        standing = Standing::default();
        for delivery in DeliveryState::ALL {
            standing.add(State::Sent, Some(delivery));
        }
        assert_eq!((standing.delivered, standing.read, standing.undelivered), (3, 2, 1));
        assert_eq!(standing.shown(), "6 messages: 6 sent, of these 3 delivered and 2 read, 1 undelivered");
    }
}
