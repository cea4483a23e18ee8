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
        json_schema!({ "type": "number" })
    }
}

/// A chat with one person (wire reference, section 4; the seed's structure 4).
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-1c-structure" = "Чат-контакт"))]
struct ContactChat {
    /// Always `false`.
    #[schemars(extend("const" = false, "x-1c-name" = "ЭтоГруппа"))]
    is_group: bool,
    #[schemars(flatten)]
    members: ChatMembers,
}

/// A chat with a group (wire reference, section 4; the seed's structure 5).
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-1c-structure" = "Чат-группа"))]
struct GroupChat {
    /// Always `true`.
    #[schemars(extend("const" = true, "x-1c-name" = "ЭтоГруппа"))]
    is_group: bool,
    /// What is known of the group.
    #[schemars(extend("x-1c-name" = "МетаданныеГруппы"))]
    group_metadata: Option<GroupMetadata>,
    #[schemars(flatten)]
    members: ChatMembers,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ChatMembers {
    /// The WhatsApp id.
    #[schemars(extend("x-1c-name" = "Идентификатор"))]
    id: ChatId,
    /// The contact's or group's name.
    #[schemars(default, extend("x-1c-name" = "Имя"))]
    name: String,
    /// Whether the session cannot write there.
    #[schemars(default, extend("x-1c-name" = "ТолькоЧтение"))]
    is_read_only: bool,
    /// How many messages are unread.
    #[schemars(default, extend("x-1c-name" = "КоличествоНепрочитанныхСообщений"))]
    unread_count: u32,
    /// The last activity, Unix time in seconds.
    #[schemars(extend("x-1c-name" = "ВремяПоследнейАктивности"))]
    timestamp: Option<i64>,
    /// Whether the chat is pinned to the top.
    #[schemars(default, extend("x-1c-name" = "Закрепленный"))]
    pinned: bool,
    /// Whether the chat is muted.
    #[schemars(default, extend("x-1c-name" = "Приглушен"))]
    is_muted: bool,
    /// How long it stays muted. The sources contradict each other (seconds left, a Unix time, -1 for ever), so do not
    /// compute with it.
    #[schemars(extend("x-1c-name" = "ДлительностьПриглушения"))]
    mute_expiration: Option<MuteExpiration>,
}
