//! What makes a request a command: its name, what a repetition does, its reply.

use serde::Serialize;
use whatsgate_model as model;
use whatsgate_model::Reply;

use crate::error::InvalidRequest;
use crate::validate;

/// A command of the gateway: `POST <base>/<NAME>` with the request as its JSON body (wire reference, section 2).
pub trait Command: Serialize {
    /// The name, which is also the last part of the URL.
    const NAME: &'static str;
    /// What happens when it is carried out twice.
    const SAFETY: Safety;
    /// Whether a file travels with it, so that it may take long.
    const WEIGHT: Weight = Weight::Light;
    /// The body of a successful reply.
    type Reply: Reply;

    /// Finds mistakes that can be found before anything is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`] names the member and what is wrong with it.
    fn validate(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }

    /// [`WEIGHT`](Self::WEIGHT), unless this request in particular is lighter.
    fn weight(&self) -> Weight {
        Self::WEIGHT
    }
}

/// What happens when a command is carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Nothing: it only reads.
    Read,
    /// The same as once.
    Idempotent,
    /// Something else, such as a second message. Never repeated after a failure that leaves its outcome unknown.
    Once,
}

/// How long a command may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As long as any small request.
    Light,
    /// Longer, because a file travels inside the request or the reply.
    Media,
}

/// The names of all commands, in the order of the reference.
pub const COMMANDS: [&str; 13] = [
    model::SendRequest::NAME,
    model::SeenRequest::NAME,
    model::TypingRequest::NAME,
    model::CheckRequest::NAME,
    model::GetChatsRequest::NAME,
    model::GetMediaRequest::NAME,
    model::GetMessageMediaRequest::NAME,
    model::EventsGetRequest::NAME,
    model::SessionCreateRequest::NAME,
    model::SessionDeleteRequest::NAME,
    model::SessionsGetRequest::NAME,
    model::SetNameRequest::NAME,
    model::SetHookRequest::NAME,
];

impl Command for model::SendRequest {
    const NAME: &'static str = "send";
    const SAFETY: Safety = Safety::Once;
    type Reply = model::SendReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::recipient(&self.recipient)?;
        validate::message(&self.message)
    }

    fn weight(&self) -> Weight {
        match self.message.content {
            model::OutgoingContent::Text(_) => Weight::Light,
            model::OutgoingContent::File(_) => Weight::Media,
        }
    }
}

impl Command for model::SeenRequest {
    const NAME: &'static str = "seen";
    const SAFETY: Safety = Safety::Idempotent;
    type Reply = model::DoneReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::recipient(&self.recipient)
    }
}

impl Command for model::TypingRequest {
    const NAME: &'static str = "typing";
    const SAFETY: Safety = Safety::Idempotent;
    type Reply = model::DoneReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::recipient(&self.recipient)
    }
}

impl Command for model::CheckRequest {
    const NAME: &'static str = "check";
    const SAFETY: Safety = Safety::Read;
    type Reply = model::CheckReply;
}

impl Command for model::GetChatsRequest {
    const NAME: &'static str = "get-chats";
    const SAFETY: Safety = Safety::Read;
    type Reply = model::GetChatsReply;
}

impl Command for model::GetMediaRequest {
    const NAME: &'static str = "get-media";
    const SAFETY: Safety = Safety::Read;
    const WEIGHT: Weight = Weight::Media;
    type Reply = model::GetMediaReply;
}

impl Command for model::GetMessageMediaRequest {
    const NAME: &'static str = "get-messagemedia";
    const SAFETY: Safety = Safety::Read;
    const WEIGHT: Weight = Weight::Media;
    type Reply = model::GetMediaReply;
}

impl Command for model::EventsGetRequest {
    const NAME: &'static str = "events-get";
    const SAFETY: Safety = Safety::Read;
    type Reply = model::EventsGetReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::page(self.page, self.page_cnt, Some(100))
    }
}

impl Command for model::SessionCreateRequest {
    const NAME: &'static str = "session-create";
    const SAFETY: Safety = Safety::Once;
    type Reply = model::SessionReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::not_blank("name", &self.name)?;
        if let Some(callback) = &self.callback {
            validate::url("callback", callback)?;
        }
        if self.auth_type == Some(model::AuthType::Code) && self.number.is_none() {
            return Err(InvalidRequest::new("number", "linking by pairing code needs the phone's number"));
        }
        Ok(())
    }
}

impl Command for model::SessionDeleteRequest {
    const NAME: &'static str = "session-delete";
    // A repetition whose first try got through would be answered with an error, and hide that the session is gone.
    const SAFETY: Safety = Safety::Once;
    type Reply = model::SessionReply;
}

impl Command for model::SessionsGetRequest {
    const NAME: &'static str = "sessions-get";
    const SAFETY: Safety = Safety::Read;
    type Reply = model::SessionsGetReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::page(self.page, self.page_cnt, None)
    }
}

impl Command for model::SetNameRequest {
    const NAME: &'static str = "set-name";
    const SAFETY: Safety = Safety::Idempotent;
    type Reply = model::DoneReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::not_blank("name", &self.name)
    }
}

impl Command for model::SetHookRequest {
    const NAME: &'static str = "set-hook";
    const SAFETY: Safety = Safety::Idempotent;
    type Reply = model::DoneReply;

    fn validate(&self) -> Result<(), InvalidRequest> {
        if self.callback.is_empty() { Ok(()) } else { validate::url("callback", &self.callback) }
    }
}
