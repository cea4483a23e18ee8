//! How far sent messages come: delivery states, and the phone of the other side (wire reference, section 3).

use serde_json::json;
use whatsgate_model::{Ack, ChatId, Message, MessageType};

use super::phone_error::PhoneError;
use crate::gateway::clock::after;
use crate::gateway::state::{Session, Sessions, State, Task};
use crate::settings::Reading;

/// Lets the other side of a chat read what the session sent.
pub(crate) fn read(state: &mut State, session: &str, chat: &ChatId) -> Result<(), PhoneError> {
    let of = with_chat(&mut state.sessions, session, chat)?;
    if of.switched_off.contains(chat.as_str()) {
        return Err(PhoneError::SwitchedOff);
    }
    for id in sent(of, chat, |ack| ack < Ack::READ) {
        set_ack(state, session, &id, Ack::READ);
    }
    Ok(())
}

/// Switches the phone of a chat's other side off or on.
pub(crate) fn switch_phone(
    state: &mut State,
    session: &str,
    chat: &ChatId,
    on: bool,
) -> Result<(), PhoneError> {
    let of = with_chat(&mut state.sessions, session, chat)?;
    if !on {
        of.switched_off.insert(chat.to_string());
    } else if of.switched_off.remove(chat.as_str()) {
        let at = after(state.clock.now(), state.settings.ack_interval);
        for id in sent(of, chat, |ack| ack == Ack::SERVER) {
            state.timeline.add(at, &of.id, Task::Ack(id, Ack::DEVICE));
        }
    }
    Ok(())
}

/// Takes a message to a state if that is its next one, and plans the one after it.
pub(crate) fn reach_ack(state: &mut State, session: &str, id: &str, ack: Ack) {
    let reading = state.settings.reading;
    let Some(of) = state.sessions.get(session) else { return };
    let Some(message) = of.messages.get(id) else { return };
    let chat = message.to.as_ref().map_or("", ChatId::as_str);
    let unreachable = ack > Ack::SERVER && of.switched_off.contains(chat);
    let fails = ack == Ack::ERROR && message.ack == Some(Ack::PENDING);
    if unreachable || !fails && following(message, reading) != Some(ack) {
        return;
    }
    set_ack(state, session, id, ack);
    let Some(of) = state.sessions.get(session) else { return };
    if let Some(next) = of.messages.get(id).and_then(|message| following(message, reading)) {
        let at = after(state.clock.now(), state.settings.ack_interval);
        state.timeline.add(at, &of.id, Task::Ack(id.into(), next));
    }
}

fn set_ack(state: &mut State, session: &str, id: &str, ack: Ack) {
    let Some(of) = state.sessions.get_mut(session) else { return };
    let Some(message) = of.messages.get_mut(id) else { return };
    message.ack = Some(ack);
    let data = json!({ "message": message });
    state.news.tell(&state.settings, state.clock.now(), of, "ack", &data);
}

fn with_chat<'s>(
    sessions: &'s mut Sessions,
    session: &str,
    chat: &ChatId,
) -> Result<&'s mut Session, PhoneError> {
    let session = sessions.get_mut(session).ok_or(PhoneError::UnknownSession)?;
    if session.chats.contains(chat) { Ok(session) } else { Err(PhoneError::UnknownChat) }
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
