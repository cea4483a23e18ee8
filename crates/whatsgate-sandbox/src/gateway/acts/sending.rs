//! Messages that a session sends (wire reference, sections 2.1 and 3).

use std::time::Duration;

use serde_json::json;
use whatsgate_model::{Ack, ChatId, MediaKey, Message, MessageId, MessageType};

use super::message::new_message;
use super::phone_error::PhoneError;
use crate::faults::Fault;
use crate::gateway::clock::{after, unix_seconds};
use crate::gateway::state::{Draft, Incoming, SessionKey, SessionState, State, StoredMessage, Task};

/// Sends at once.
///
/// Fails with the error's text.
pub(crate) fn send(state: &mut State, session: &SessionKey, draft: Draft) -> Result<Message, String> {
    let chat = draft.chat.clone();
    let mut first_ack = Ack::SERVER;
    let mut typed = Vec::new();
    for fault in state.news.faults.of_send(session, chat.as_str()) {
        match fault {
            Fault::Undeliverable => first_ack = Ack::ERROR,
            Fault::Typed { ms } => typed.push(Duration::from_millis(ms)),
            _ => {}
        }
    }
    let message = put_out(state, session, draft, first_ack)?;
    let State { settings, clock, sessions, timeline, news, .. } = state;
    let now = clock.now();
    for later in typed {
        timeline.add(after(now, later), session, Task::Type(chat.clone(), message.body.clone()));
    }
    if let Some(echo) = settings.echo.as_ref().filter(|_| !message.has_media) {
        let incoming = Incoming::text(chat, format!("{}{}", echo.prefix, message.body));
        timeline.add(after(now, echo.delay), session, Task::Receive(Box::new(incoming)));
    }
    if let Some(from) = sessions.get(session).filter(|_| settings.create_events) {
        news.tell(settings, now, from, "create", &json!({ "message": message }));
    }
    Ok(message)
}

/// A person types a text on the account's phone; that always gives the event `create`.
pub(crate) fn type_on_phone(
    state: &mut State,
    session: &str,
    chat: ChatId,
    text: String,
) -> Result<MessageId, PhoneError> {
    let from = state.sessions.get(session).ok_or(PhoneError::UnknownSession)?;
    if from.state != SessionState::Ready {
        return Err(PhoneError::NotReady);
    }
    let id = from.id.clone();
    let draft = Draft { chat, kind: MessageType::Chat, body: text, quote: None, file: None };
    let message = put_out(state, &id, draft, Ack::SERVER).map_err(|_| PhoneError::UnknownChat)?;
    if let Some(from) = state.sessions.get(session) {
        let data = json!({ "message": message });
        state.news.tell(&state.settings, state.clock.now(), from, "create", &data);
    }
    Ok(message.id)
}

/// Makes an outgoing message, and plans its first state.
fn put_out(state: &mut State, session: &SessionKey, draft: Draft, first_ack: Ack) -> Result<Message, String> {
    let State { settings, clock, random, sessions, media, timeline, .. } = state;
    let now = clock.now();
    let Some(from) = sessions.get_mut(session) else {
        return Err("WhatsappID: there is no such session".to_owned());
    };
    if let Some(why) = from.chats.unreachable(settings, &draft.chat) {
        return Err(why.to_owned());
    }
    if from.chats.get(&draft.chat).is_some_and(|chat| chat.is_read_only) {
        return Err("recipient: this group is read only".to_owned());
    }
    let short_id = random.message_id();
    let mut long_id = format!("true_{}_{short_id}", draft.chat);
    if draft.chat.is_group() {
        long_id = format!("{long_id}_{}", from.wid());
    }
    let mut message = new_message(&long_id)?;
    message.short_id = Some(short_id);
    message.ack = Some(Ack::PENDING);
    message.body = draft.body;
    message.kind = Some(draft.kind);
    message.timestamp = Some(unix_seconds(now));
    message.from = ChatId::new(from.wid()).ok();
    message.to = Some(draft.chat.clone());
    message.from_name = Some(from.pushname.clone());
    if let Some(file) = draft.file {
        let key = random.media_key();
        message.has_media = true;
        message.media_key = MediaKey::new(&key).ok();
        media.insert(session, key, file, settings.kept_media_bytes);
    }
    from.chats.touch(settings, &draft.chat, now);
    from.typing.remove(draft.chat.as_str());
    from.messages.insert(StoredMessage { message: message.clone(), quote: draft.quote }, settings);
    let at = after(now, settings.ack_interval);
    timeline.add(at, session, Task::Ack(long_id.as_str().into(), first_ack));
    Ok(message)
}

/// Sends a message of an asynchronous request and tells by an event what became of it.
pub(crate) fn send_queued(state: &mut State, session: &SessionKey, draft: Draft) {
    let (action, data) = match send(state, session, draft) {
        Ok(message) => ("sent", json!({ "message": message })),
        Err(error) => ("error", json!({ "error": error })),
    };
    if let Some(from) = state.sessions.get(session) {
        state.news.tell(&state.settings, state.clock.now(), from, action, &data);
    }
}
