#![doc = include_str!("../README.md")]

mod chat;
mod command;
mod commands;
mod date;
mod error_body;
mod event;
mod event_actions;
mod ids;
mod json;
mod lenient;
mod list;
mod media;
mod message;
#[cfg(feature = "raw_value")]
pub mod one_c;
mod open_enum;
mod phone;
mod raw;
mod recipient;
mod reply;
mod said;
#[cfg(feature = "schema")]
#[expect(dead_code, reason = "the types here have schemas, no values")]
mod schema;
mod session;
mod text_newtype;
mod url;

pub use chat::{Chat, ChatKind, GroupMetadata, MuteExpiration, Participant};
pub use command::{
    Command, CommandInfo, CommandVisitor, Described, FileIn, InvalidRequest, ReplySize, Safety, Scope, Weight,
};
pub use commands::*;
pub use date::WireDate;
pub use error_body::{ErrorBody, ErrorCode};
pub use event::{Acknowledgement, Disconnect, ErrorReport, Event, EventAction, EventData, EventInfo, Ready};
pub use ids::{ChatId, EventId, GroupNumber, MediaKey, MessageId, SessionId};
pub use json::{JsonError, from_json, member};
#[doc(hidden)]
pub use json::{all_members_of_valid, from_valid};
pub use list::{List, Page, Unreadable};
pub use media::{Base64Data, Media, MimeType};
pub use message::{Ack, Message, MessageType};
#[cfg(feature = "phone-local")]
pub use phone::Country;
pub use phone::PhoneNumber;
pub use raw::RawJson;
pub use recipient::{Recipient, RecipientType};
pub use reply::{DoneReply, Reply};
pub use said::Said;

pub use session::{SessionInfo, SessionStatus};
pub use text_newtype::InvalidValue;
pub use url::is_http_url;
