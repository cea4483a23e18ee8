//! The message of a `send` request (wire reference, section 2.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use whatsgate_model::{MessageType, MimeType};

use super::recipient::recipient;
use crate::gateway::answer::Answer;
use crate::gateway::fields::Fields;
use crate::gateway::state::{Draft, File};
use crate::settings::Settings;

/// Reads `recipient` and `message`.
pub(super) fn read(fields: &Fields<'_>, settings: &Settings) -> Result<Draft, Answer> {
    let chat = recipient(&fields.required_object("recipient")?, settings.recipient_both)?;
    let message = fields.required_object("message")?;
    let kind = message.text("type")?.unwrap_or("text");
    let body = message.long_text("body")?.unwrap_or_default();
    if body.chars().count() > settings.text_limit {
        return Err(message.refuse("body", "is too long"));
    }
    let file = message.object("media")?.map(|media| read_file(&media)).transpose()?;
    let kind = match (kind, &file) {
        ("text", None) if body.is_empty() => return Err(message.refuse("body", "is required")),
        ("text", None) => "chat",
        ("text", Some(file)) => file.message_type(),
        ("image" | "sticker" | "doc" | "voice", None) => {
            return Err(message.refuse("media", "is required for this type"));
        }
        ("image", _) => "image",
        ("sticker", _) => "sticker",
        ("doc", _) => "document",
        ("voice", _) => "ptt",
        _ => return Err(message.refuse("type", "must be text, image, sticker, doc or voice")),
    };
    Ok(Draft {
        chat,
        kind: MessageType::from(kind),
        body: body.to_owned(),
        quote: message.text("quote")?.map(str::to_owned),
        file,
    })
}

fn read_file(fields: &Fields<'_>) -> Result<File, Answer> {
    let mimetype = fields.required_text("mimetype")?;
    MimeType::new(mimetype).map_err(|error| fields.refuse("mimetype", error.why()))?;
    let Some(data) = fields.long_text("data")? else { return Err(fields.refuse("data", "is required")) };
    STANDARD.decode(data).map_err(|_| fields.refuse("data", "must be base64 without a data: prefix"))?;
    let filename = fields.required_text("filename")?;
    Ok(File { mimetype: mimetype.to_owned(), filename: Some(filename.to_owned()), data: data.into() })
}
