//! Whether a request is within what the token allows.

use whatsgate_native::model::{
    GetMediaRequest, GetMessageMediaRequest, OutgoingContent, Recipient, SendRequest,
};
use whatsgate_native::{ChatId, MessageId, SessionId};

use crate::grant::{Chats, Grant, RelayCommand, id_of};
use crate::refusal::Refusal;

pub(crate) fn command(grant: &Grant, command: RelayCommand) -> Result<(), Refusal> {
    if grant.commands.contains(&command) {
        Ok(())
    } else {
        Err(Refusal::forbidden("command: the token does not allow this one; nothing was done"))
    }
}

pub(crate) fn session(grant: &Grant, session: &SessionId) -> Result<(), Refusal> {
    if *session == grant.session {
        Ok(())
    } else {
        Err(Refusal::forbidden("session: the token is for another one; nothing was done"))
    }
}

pub(crate) fn recipient(grant: &Grant, recipient: &Recipient) -> Result<(), Refusal> {
    if grant.chats.hold(&id_of(recipient)) { Ok(()) } else { Err(no_chat()) }
}

/// The message with its session, recipient and what it answers: whoever answers shows what was written.
pub(crate) fn message(grant: &Grant, request: &SendRequest) -> Result<(), Refusal> {
    recipient(grant, &request.recipient)?;
    match &request.message.quote {
        Some(quoted) if !names_a_chat_of(&grant.chats, quoted) => Err(no_chat()),
        _ => Ok(()),
    }
}

/// How many bytes of file a message has.
pub(crate) fn bytes(request: &SendRequest) -> Result<u64, Refusal> {
    match &request.message.content {
        OutgoingContent::Text(_) => Ok(0),
        OutgoingContent::File(file) => {
            let decoded = file.data.decode();
            let decoded =
                decoded.map_err(|error| Refusal::invalid(format!("message.media.data: {error}")))?;
            Ok(decoded.len() as u64)
        }
    }
}

/// A key names no chat.
pub(crate) fn media(grant: &Grant, _: &GetMediaRequest) -> Result<(), Refusal> {
    if grant.chats.are_all() { Ok(()) } else { Err(no_chat()) }
}

/// Whether the long id of a message names a chat that is allowed. The gateway may write an incoming message under the account's
/// own number, so that the journal is asked if it does not.
pub(crate) fn is_of_a_chat(grant: &Grant, request: &GetMessageMediaRequest) -> bool {
    names_a_chat_of(&grant.chats, &request.message)
}

fn names_a_chat_of(chats: &Chats, message: &MessageId) -> bool {
    // It came over the wire, where ids are taken as they come.
    let whole = MessageId::new(message.as_str()).ok();
    chats.are_all() && whole.is_some()
        || whole.and_then(|id| id.chat()).is_some_and(|chat: ChatId| chats.hold(chat.as_str()))
}

pub(crate) fn no_chat() -> Refusal {
    Refusal::forbidden("chat: the token does not allow this one; nothing was done")
}
