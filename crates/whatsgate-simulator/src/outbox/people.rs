//! Who puts messages, and who looks what became of them.

use whatsgate_core::durable::outbox::{Key, State};
use whatsgate_store::StoreError;
use whatsgate_store::outbox::{self, Decision};

use super::plan::CHATS;
use super::world::{Action, World};
use crate::checks::Check;
use crate::stage::SECOND;

impl World {
    /// Somebody puts a message, until they know that it is there.
    pub(crate) fn put(&mut self, order: usize, is_other: bool, is_first: bool) {
        if !is_first && !self.dealings[order].is_put {
            return;
        }
        let key = Key::new(order.to_string());
        let mut draft = self.orders[order].draft.clone();
        if is_other {
            draft.message.push_str(" or not");
        }
        let reading = self.orders[order].reading(is_other);
        let before = self.look(|tables| tables.outbox_entry(&key));
        let (outcome, is_stored) = self.transact(|tables| outbox::put(tables, &key, &draft, reading));
        if is_stored {
            self.dealings[order].is_put = true;
            self.say(|| format!("order {order} is put"));
            let after = self.look(|tables| tables.outbox_entry(&key));
            if is_other || (before.is_some() && before != after) {
                self.fail(Check::KeysAreKept, format!("the key of order {order} has another message now"));
            }
        }
        match outcome {
            Ok(_) => self.notify(),
            Err(StoreError::OtherMessage) if is_other => {}
            Err(StoreError::OtherMessage) => {
                self.fail(Check::KeysAreKept, format!("order {order} is refused under its own key"));
            }
            Err(_) => {
                let again = self.now + self.rng.i64(1..20) * SECOND;
                let action = if is_first { Action::Put(order) } else { Action::PutAgain { order, is_other } };
                self.at(again, action);
            }
        }
    }

    /// A person looks in the chat what became of a message, and says so; or takes it back, or wants it sent again.
    pub(crate) fn look_and_decide(&mut self) {
        let order = self.stage.rng.usize(..self.orders.len().max(1));
        let key = Key::new(order.to_string());
        let Some(entry) = self.look(|tables| tables.outbox_entry(&key)) else { return };
        let seen =
            self.acts.get(&order).and_then(|acts| acts.last()).map(|last| self.gateway.sent[*last].clone());
        let decision = match (entry.course.state, &seen) {
            (State::Queued, _) if self.rng.bool() => Decision::Cancel,
            (State::Unknown | State::Accepted | State::Failed | State::NotSent, Some(sent)) => {
                let id = format!("true_{}_{}", CHATS[sent.kind.chat], sent.short);
                Decision::Sent(self.rng.bool().then_some(id))
            }
            (State::Unknown | State::Accepted, None) => Decision::NotSent,
            (State::Failed | State::NotSent | State::Cancelled | State::Expired, None) => Decision::Retry,
            _ => return,
        };
        let (outcome, is_stored) = self.transact(|tables| outbox::decide(tables, &key, &decision));
        if is_stored {
            self.dealings[order].is_decided |= matches!(decision, Decision::NotSent | Decision::Retry);
            let done = outcome.map(|done| done.is_some_and(|(done, _)| done));
            self.say(|| format!("a person decides on order {order}: {decision:?}, {done:?}"));
            self.notify();
        }
    }
}
