//! A chat as two shapes that `isGroup` tells apart.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Chat, ChatId, GroupMetadata, MuteExpiration};

impl JsonSchema for Chat {
    fn schema_name() -> Cow<'static, str> {
        "Chat".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A chat of the session, with a contact or with a group; `isGroup` tells which.",
            "oneOf": [generator.subschema_for::<ContactChat>(), generator.subschema_for::<GroupChat>()],
        })
    }
}

impl JsonSchema for MuteExpiration {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "MuteExpiration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "number" }, { "type": "boolean" }, { "type": "string" }] })
    }
}

/// A chat with one person (wire reference, section 4; the 1C library's structure `Чат-контакт`).
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ContactChat {
    /// Always `false`.
    #[schemars(extend("const" = false))]
    is_group: bool,
    #[schemars(flatten)]
    members: ChatMembers,
}

/// A chat with a group (wire reference, section 4; the 1C library's structure `Чат-группа`).
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct GroupChat {
    /// Always `true`.
    #[schemars(extend("const" = true))]
    is_group: bool,
    /// What is known of the group.
    group_metadata: Option<GroupMetadata>,
    #[schemars(flatten)]
    members: ChatMembers,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ChatMembers {
    /// The WhatsApp id.
    id: ChatId,
    /// The contact's or group's name.
    #[schemars(default)]
    name: String,
    /// Whether the session cannot write there.
    #[schemars(default)]
    is_read_only: bool,
    /// How many messages are unread.
    #[schemars(default)]
    unread_count: u32,
    /// The last activity, Unix time in seconds.
    timestamp: Option<i64>,
    /// Whether the chat is pinned to the top.
    #[schemars(default)]
    pinned: bool,
    /// Whether the chat is muted.
    #[schemars(default)]
    is_muted: bool,
    /// How long it stays muted. The sources contradict each other (seconds left, a Unix time, -1 for ever, true or false),
    /// so do not compute with it.
    mute_expiration: Option<MuteExpiration>,
}
