//! The 13 commands: one file each, with its request and its reply.

mod check;
mod events_get;
mod get_chats;
mod get_media;
mod get_messagemedia;
mod outgoing;
mod seen;
mod send;
mod session_create;
mod session_delete;
mod sessions_get;
mod set_hook;
mod set_name;
mod typing;

pub use check::{CheckReply, CheckRequest};
pub use events_get::{EventsGetReply, EventsGetRequest};
pub use get_chats::{GetChatsReply, GetChatsRequest};
pub use get_media::{GetMediaReply, GetMediaRequest};
pub use get_messagemedia::GetMessageMediaRequest;
pub use outgoing::{FileDescription, OutgoingContent, OutgoingFile, OutgoingMessage, OutgoingType};
pub use seen::SeenRequest;
pub use send::{SendReply, SendRequest, SendResult};
pub use session_create::{AuthType, SessionCreateRequest, SessionReply};
pub use session_delete::SessionDeleteRequest;
pub use sessions_get::{SessionsGetReply, SessionsGetRequest};
pub use set_hook::SetHookRequest;
pub use set_name::SetNameRequest;
pub use typing::TypingRequest;
