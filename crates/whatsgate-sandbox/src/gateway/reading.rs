//! How far sent messages come: delivery states, and the phone of the other side (wire reference, section 3).

use serde_json::json;
use whatsgate_model::{Ack, ChatId, Message, MessageType, SessionId};

use super::Gateway;
use super::clock::after;
use super::incoming::PhoneError;
use super::session::Session;
use super::timeline::Task;
use crate::settings::Reading;

impl Gateway {
    /// Lets the other side of a chat read what the session sent: the messages go to state 3, with their events.
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or chat, or the phone is switched off.
    pub fn read(&mut self, session: &SessionId, chat: &ChatId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        let of = self.with_chat(session, chat)?;
        if of.switched_off.contains(chat.as_str()) {
            return Err(PhoneError::SwitchedOff);
        }
        for id in sent(of, chat, |ack| ack < Ack::READ) {
            self.set_ack(session.as_str(), &id, Ack::READ);
        }
        Ok(())
    }

    /// Switches the phone of a chat's other side off or on. Messages to a phone that is off stay in state 1 until it is on.
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or chat.
    pub fn switch_phone(
        &mut self,
        session: &SessionId,
        chat: &ChatId,
        on: bool,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.advance(now);
        let of = self.with_chat(session, chat)?;
        if !on {
            of.switched_off.insert(chat.to_string());
        } else if of.switched_off.remove(chat.as_str()) {
            let waiting = sent(of, chat, |ack| ack == Ack::SERVER);
            let at = after(self.now, self.settings.ack_interval);
            for id in waiting {
                self.timeline.add(at, session.as_str(), Task::Ack(id, Ack::DEVICE));
            }
        }
        Ok(())
    }

    /// Takes a message to a state if that is its next one, and plans the one after it.
    pub(crate) fn reach_ack(&mut self, session: &str, id: &str, ack: Ack) {
        let Some(of) = self.sessions.get(session) else { return };
        let Some(message) = of.messages.get(id) else { return };
        let chat = message.to.as_ref().map_or("", ChatId::as_str);
        let unreachable = ack > Ack::SERVER && of.switched_off.contains(chat);
        if unreachable || following(message, self.settings.reading) != Some(ack) {
            return;
        }
        self.set_ack(session, id, ack);
        let of = self.sessions.get(session);
        let message = of.and_then(|of| of.messages.get(id));
        if let Some(next) = message.and_then(|message| following(message, self.settings.reading)) {
            let at = after(self.now, self.settings.ack_interval);
            self.timeline.add(at, session, Task::Ack(id.into(), next));
        }
    }

    fn set_ack(&mut self, session: &str, id: &str, ack: Ack) {
        let of = self.sessions.get_mut(session);
        let Some(message) = of.and_then(|of| of.messages.get_mut(id)) else { return };
        message.ack = Some(ack);
        let data = json!({ "message": message });
        self.emit(session, "ack", &data);
    }

    fn with_chat(&mut self, session: &SessionId, chat: &ChatId) -> Result<&mut Session, PhoneError> {
        let session = self.sessions.get_mut(session.as_str()).ok_or(PhoneError::UnknownSession)?;
        if session.chats.contains_key(chat.as_str()) { Ok(session) } else { Err(PhoneError::UnknownChat) }
    }
}

/// The state that a message reaches next by itself.
fn following(message: &Message, reading: Reading) -> Option<Ack> {
    let voice = message.kind == Some(MessageType::Voice);
    match message.ack? {
        Ack::PENDING => Some(Ack::SERVER),
        Ack::SERVER => Some(Ack::DEVICE),
        Ack::DEVICE if reading == Reading::Automatic => Some(Ack::READ),
        Ack::READ if voice && reading == Reading::Automatic => Some(Ack::PLAYED),
        _ => None,
    }
}

/// The long ids of the messages that a session sent to a chat and whose state is as wanted.
fn sent(session: &Session, chat: &ChatId, wanted: impl Fn(Ack) -> bool) -> Vec<Box<str>> {
    let messages = session.messages.of_chat(chat).map(|stored| &stored.message);
    let outgoing = messages.filter(|message| message.id.is_outgoing());
    outgoing
        .filter(|message| message.ack.is_some_and(&wanted))
        .map(|message| message.id.as_str().into())
        .collect()
}
