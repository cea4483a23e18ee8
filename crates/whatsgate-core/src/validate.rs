//! Mistakes that can be found before anything is sent.

use whatsgate_model::{OutgoingContent, OutgoingMessage, OutgoingType, Recipient};

use crate::error::InvalidRequest;

pub(crate) fn recipient(recipient: &Recipient) -> Result<(), InvalidRequest> {
    recipient.check().map_err(|error| InvalidRequest::new("recipient", error.to_string()))
}

pub(crate) fn message(message: &OutgoingMessage) -> Result<(), InvalidRequest> {
    match &message.content {
        OutgoingContent::Text(text) => not_blank("message.body", text),
        OutgoingContent::File(file) if file.data.as_str().is_empty() => {
            Err(InvalidRequest::new("message.media.data", "the file is empty"))
        }
        OutgoingContent::File(file) => described(&file.kind, &file.filename),
    }
}

/// What is told of a file to send.
pub(crate) fn described(kind: &OutgoingType, filename: &str) -> Result<(), InvalidRequest> {
    if *kind == OutgoingType::Text {
        let why = "a message with a file needs a type such as doc or image";
        return Err(InvalidRequest::new("message.type", why));
    }
    not_blank("message.media.filename", filename)
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
