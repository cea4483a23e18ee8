//! Mistakes that can be found before anything is sent.

use whatsgate_model::{OutgoingMessage, OutgoingType, Recipient};

use crate::invalid_request::InvalidRequest;

pub(crate) fn recipient(recipient: &Recipient) -> Result<(), InvalidRequest> {
    recipient.check().map_err(|error| InvalidRequest::new("recipient", error.to_string()))
}

pub(crate) fn message(message: &OutgoingMessage) -> Result<(), InvalidRequest> {
    let is_text = message.kind.as_ref().is_none_or(|kind| *kind == OutgoingType::Text);
    match &message.media {
        None if !is_text => Err(InvalidRequest::new("message.media", "a message of this type needs a file")),
        None => not_blank("message.body", message.body.as_deref().unwrap_or_default()),
        Some(_) if is_text => Err(InvalidRequest::new(
            "message.type",
            "a message with a file needs a type such as doc or image",
        )),
        Some(media) => {
            if media.mimetype.is_none() {
                return Err(InvalidRequest::new("message.media.mimetype", "a file needs a MIME type"));
            }
            not_blank("message.media.filename", media.filename.as_deref().unwrap_or_default())?;
            if media.data.as_str().is_empty() {
                return Err(InvalidRequest::new("message.media.data", "the file is empty"));
            }
            Ok(())
        }
    }
}

pub(crate) fn not_blank(member: &'static str, text: &str) -> Result<(), InvalidRequest> {
    if text.trim().is_empty() { Err(InvalidRequest::new(member, "it is empty")) } else { Ok(()) }
}

pub(crate) fn url(member: &'static str, text: &str) -> Result<(), InvalidRequest> {
    match text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) {
        Some(rest) if !rest.starts_with('/') && !rest.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(())
        }
        _ => Err(InvalidRequest::new(member, "it must be a URL that starts with http:// or https://")),
    }
}

pub(crate) fn page(page: Option<u32>, size: Option<u32>, largest: Option<u32>) -> Result<(), InvalidRequest> {
    if page == Some(0) {
        return Err(InvalidRequest::new("page", "pages are counted from 1"));
    }
    match (size, largest) {
        (Some(0), _) => Err(InvalidRequest::new("page_cnt", "a page has at least one element")),
        (Some(size), Some(largest)) if size > largest => {
            Err(InvalidRequest::new("page_cnt", format!("a page has at most {largest} elements")))
        }
        _ => Ok(()),
    }
}
