//! The 13 commands (wire reference, section 2).

mod chats;
mod common;
mod draft;
mod events;
mod media;
mod paging;
mod recipient;
mod send;
mod sessions;

pub(crate) use common::{Run, done, ready, session};

use whatsgate_model::ChatId;

use super::fields::Fields;
use crate::settings::BothMembers;

/// The command with this name.
pub(crate) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "send" => send::send,
        "seen" => chats::seen,
        "typing" => chats::typing,
        "check" => chats::check,
        "get-chats" => chats::get_chats,
        "get-media" => media::get_media,
        "get-messagemedia" => media::get_messagemedia,
        "events-get" => events::events_get,
        "session-create" => sessions::create,
        "session-delete" => sessions::delete,
        "sessions-get" => sessions::list,
        "set-name" => sessions::set_name,
        "set-hook" => sessions::set_hook,
        _ => return None,
    })
}

/// The chat that a request names as its recipient, if it names one.
pub(crate) fn chat(fields: &Fields<'_>) -> Option<ChatId> {
    recipient::recipient(&fields.object("recipient").ok()??, BothMembers::Id).ok()
}

/// Whether a command changes nothing.
pub(crate) fn only_reads(name: &str) -> bool {
    matches!(name, "check" | "get-chats" | "get-media" | "get-messagemedia" | "events-get" | "sessions-get")
}

/// Whether there is a command with this name.
pub(crate) fn is_command(name: &str) -> bool {
    find(name).is_some()
}
