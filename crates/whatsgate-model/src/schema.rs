//! Shapes that the JSON Schemas show and that no Rust type has as such.

mod chat;
mod event;
mod recipient;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Base64Data, MessageId, MimeType, OutgoingType};

/// A message to send: text in `body`, or a file in `media` with an optional caption in `body`; one of the two must be
/// there (wire reference, section 2.1; the 1C library's
/// structure `Сообщение`).
#[derive(JsonSchema)]
#[schemars(extend(
    "x-1c-structure" = "Сообщение",
    "anyOf" = [
        { "properties": { "media": { "type": "object" } }, "required": ["media"] },
        { "properties": { "body": { "type": "string", "minLength": 1 } }, "required": ["body"] },
    ],
))]
pub(crate) struct OutgoingMessage {
    /// What it is; `text` for the service when absent.
    #[schemars(rename = "type", extend("x-1c-name" = "Тип"))]
    kind: Option<OutgoingType>,
    /// The text, or the caption of the file.
    #[schemars(extend("x-1c-name" = "Текст"))]
    body: Option<String>,
    /// The long id of the message that this one answers.
    #[schemars(extend("x-1c-name" = "ИдентификаторИсходногоСообщения"))]
    quote: Option<MessageId>,
    /// The file.
    #[schemars(extend("x-1c-name" = "Медиа"))]
    media: Option<OutgoingMedia>,
}

/// A file to send (wire reference, section 2.1). The service wants all three members.
#[derive(JsonSchema)]
struct OutgoingMedia {
    /// The MIME type: any `type/subtype`, with parameters if need be.
    #[schemars(with = "String", regex(pattern = r"^[^/\s]+/[^/\s]+"))]
    mimetype: MimeType,
    /// The content as base64 text: standard alphabet, padded, without line breaks and without a `data:` prefix.
    #[schemars(
        with = "String",
        extend("contentEncoding" = "base64"),
        regex(pattern = r"^[A-Za-z0-9+/]+={0,2}$")
    )]
    data: Base64Data,
    /// The file's name.
    #[schemars(length(min = 1))]
    filename: String,
}

/// A number of an error body: as documented, or as text, which a program in use expects (wire reference, section 1.1).
pub(crate) fn number_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "integer" }, { "type": "string" }, { "type": "null" }] })
}

/// What `check` may say: true or false as documented, or what a program in use compares it with (wire reference,
/// section 2.3).
pub(crate) fn flag(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "boolean" }, { "type": "integer" }, { "type": "string" }] })
}

/// The number of a page, or the size of one without a documented maximum.
pub(crate) fn page_number(_: &mut SchemaGenerator) -> Schema {
    whole_number(&json_schema!({ "type": "integer", "minimum": 1 }))
}

/// The size of a page of events.
pub(crate) fn page_size(_: &mut SchemaGenerator) -> Schema {
    whole_number(&json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }))
}

/// The documentation writes these numbers as text, and as `""` when there is none (wire reference, sections 2.6 and
/// 2.9); all known clients write numbers.
fn whole_number(number: &Schema) -> Schema {
    json_schema!({ "anyOf": [number, { "type": "string", "pattern": "^[0-9]*$" }, { "type": "null" }] })
}
