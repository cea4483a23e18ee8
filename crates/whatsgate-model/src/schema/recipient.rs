//! A recipient as two shapes: by id or by number.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::recipient::RecipientType;
use crate::{ChatId, Recipient};

impl JsonSchema for Recipient {
    fn schema_name() -> Cow<'static, str> {
        "Recipient".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Whom a command is for: by WhatsApp id, or by number.",
            "oneOf": [
                generator.subschema_for::<RecipientById>(),
                generator.subschema_for::<RecipientByNumber>(),
            ],
        })
    }
}

/// A recipient by WhatsApp id (wire reference, section 2.1).
#[derive(JsonSchema)]
struct RecipientById {
    /// `<phone>@c.us` for a contact, `<group>@g.us` for a group.
    #[schemars(with = "String", regex(pattern = r"^[^@\s]+@[^@\s]+$"))]
    id: ChatId,
}

/// A recipient by number (wire reference, section 2.1; the 1C library's structure `Получатель сообщения`).
#[derive(JsonSchema)]
struct RecipientByNumber {
    /// For a contact the phone number, digits only, with the country code first. For a group its own number, the part of
    /// its id before `@g.us`, which may have letters and dashes; the pattern allows them for both. (One client in use
    /// appends `@c.us` to a contact's; do not copy that, write it as an id.)
    #[schemars(regex(pattern = r"^[0-9A-Za-z-]+(@c\.us)?$"))]
    number: String,
    /// What the number is; a contact's when absent.
    #[schemars(rename = "type")]
    kind: Option<RecipientType>,
}
