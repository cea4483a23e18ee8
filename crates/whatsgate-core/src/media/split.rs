//! The document around a file to send.

use bytes::Bytes;
use whatsgate_model::{
    Base64Data, FileDescription, InvalidRequest, MessageId, OutgoingMessage, Recipient, SendRequest,
    SessionId,
};

/// A `send` of a file whose content is not in memory, but comes in pieces.
///
/// ```
/// use whatsgate_core::media::FileSend;
/// use whatsgate_model::{FileDescription, MimeType, OutgoingType, PhoneNumber, SessionId};
///
/// let film = FileDescription::new(OutgoingType::Document, MimeType::new("video/mp4")?, "film.mp4");
/// let session = SessionId::new("YOUR_WHATSAPP_ID")?;
/// let send = FileSend::new(session, PhoneNumber::new("79999999999")?, film.with_caption("From yesterday"));
/// let (prefix, suffix) = send.split()?;
/// assert!(prefix.ends_with(br#""data":""#));
/// assert!(suffix.starts_with(br#"","filename":"film.mp4""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSend {
    /// The session that sends.
    pub session: SessionId,
    /// Whether the reply comes once the message is queued (`true`) or once it is sent (`false`).
    pub asynchronous: bool,
    /// Who gets it.
    pub recipient: Recipient,
    /// What is said about the file.
    pub file: FileDescription,
    /// The long id of the message that this one answers.
    pub quote: Option<MessageId>,
}

impl FileSend {
    /// Sends a file and waits until it is sent.
    pub fn new(session: SessionId, recipient: impl Into<Recipient>, file: FileDescription) -> Self {
        Self { session, asynchronous: false, recipient: recipient.into(), file, quote: None }
    }

    /// Waits only until the message is queued (`true`) or until it is sent (`false`).
    pub fn with_async(mut self, asynchronous: bool) -> Self {
        self.asynchronous = asynchronous;
        self
    }

    /// Answers the message with this long id.
    pub fn with_quote(mut self, quote: impl Into<MessageId>) -> Self {
        self.quote = Some(quote.into());
        self
    }

    /// The JSON of the request up to the file's content in base64, and after it.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the message cannot be sent.
    pub fn split(&self) -> Result<(Bytes, Bytes), InvalidRequest> {
        self.file.check()?;
        let mut message = OutgoingMessage::file(self.file.clone().with_data(Base64Data::default()));
        message.quote.clone_from(&self.quote);
        let request = SendRequest::new(self.session.clone(), self.recipient.clone(), message)
            .with_async(self.asynchronous);
        let json = serde_json::to_vec(&request)
            .map_err(|error| InvalidRequest::new("request", error.to_string()))?;
        Ok(split_at_data(json.into()))
    }
}

fn split_at_data(json: Bytes) -> (Bytes, Bytes) {
    // Within a text every quotation mark follows a backslash, so that this stands at the member alone.
    let place = json
        .windows(EMPTY_DATA.len())
        .position(|part| part == EMPTY_DATA)
        .expect("the request has a file without data");
    let mut prefix = json;
    let suffix = prefix.split_off(place + EMPTY_DATA.len() - 1);
    (prefix, suffix)
}

const EMPTY_DATA: &[u8] = br#""data":"""#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Base64Encoder;
    use whatsgate_model::{MimeType, OutgoingType, PhoneNumber};

    fn send(filename: &str, caption: &str) -> FileSend {
        let file =
            FileDescription::new(OutgoingType::Document, MimeType::new("text/plain").unwrap(), filename)
                .with_caption(caption);
        let session = SessionId::new("YOUR_WHATSAPP_ID").unwrap();
        let quote = MessageId::new("true_79991112233@c.us_3EB0EBC34954F8976AA6").unwrap();
        FileSend::new(session, PhoneNumber::new("79999999999").unwrap(), file).with_quote(quote)
    }

    #[test]
    fn the_pieces_together_are_the_whole_request() {
        let traps = ["plain", r#"a trap: "data":"" and \"data\":\"\""#, "data\":\"", r#"","data":"""#, r"\"];
        for (filename, caption) in traps.iter().flat_map(|a| traps.iter().map(move |b| (*a, *b))) {
            for size in 1..10 {
                let content = &b"0123456789"[..size];
                let send = send(filename, caption).with_async(size % 2 == 0);
                let file = send.file.clone().with_data(Base64Data::encode(content));
                let message = OutgoingMessage::file(file).with_quote(send.quote.clone().unwrap());
                let whole = SendRequest::new(send.session.clone(), send.recipient.clone(), message)
                    .with_async(send.asynchronous);
                let (prefix, suffix) = send.split().unwrap();
                let mut body = prefix.to_vec();
                let mut encoder = Base64Encoder::new();
                encoder.encode(content, &mut body);
                encoder.finish(&mut body);
                body.extend_from_slice(&suffix);
                assert_eq!(body, serde_json::to_vec(&whole).unwrap(), "{filename} {caption} {size}");
            }
        }
    }

    #[test]
    fn mistakes_are_found_before_anything_is_sent() {
        assert_eq!(send(" ", "").split().unwrap_err().member(), "message.media.filename");
        let mut text = send("note.txt", "");
        text.file.kind = OutgoingType::Text;
        assert_eq!(text.split().unwrap_err().member(), "message.type");
    }
}
