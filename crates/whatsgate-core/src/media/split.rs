//! The document around a file to send.

use bytes::Bytes;
use whatsgate_model::{Base64Data, Command, InvalidRequest, SendRequest};

/// A `send` whose file travels in pieces: the body is [`prefix`](Self::prefix), the file as base64 and
/// [`suffix`](Self::suffix).
///
/// [`Client::call`](crate::Client::call) with its [`request`](Self::request), over a transport that puts the pieces
/// together, checks, sends and repeats it like any other.
#[derive(Clone, Debug)]
pub struct SplitSend {
    request: SendRequest,
    prefix: Bytes,
    suffix: Bytes,
}

impl SplitSend {
    /// Splits a request around the data of its file. Data that it may hold are left out.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the message has no file or cannot be sent for another reason than the missing data.
    pub fn new(mut request: SendRequest) -> Result<Self, InvalidRequest> {
        with_data(&request, PLACEHOLDER)?.check()?;
        // Where the document with data first differs from the one without, there the data begin.
        let full = to_json(&with_data(&request, PLACEHOLDER)?)?;
        let empty = to_json(&with_data(&request, "")?)?;
        request = with_data(&request, PLACEHOLDER)?;
        let split = full.iter().zip(&empty).take_while(|(a, b)| a == b).count();
        let mut prefix = Bytes::from(empty);
        let suffix = prefix.split_off(split);
        Ok(Self { request, prefix, suffix })
    }

    /// The request with a few bytes in the place of the file.
    pub fn request(&self) -> &SendRequest {
        &self.request
    }

    /// The body up to the data of the file.
    pub fn prefix(&self) -> &Bytes {
        &self.prefix
    }

    /// The body after the data of the file.
    pub fn suffix(&self) -> &Bytes {
        &self.suffix
    }

    /// The length of the body in bytes when the file has so many.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the file is empty, which the service refuses, or larger than any length can say.
    pub fn body_length(&self, file_size: u64) -> Result<u64, InvalidRequest> {
        if file_size == 0 {
            return Err(InvalidRequest::new("file", "it is empty"));
        }
        let around = (self.prefix.len() + self.suffix.len()) as u64;
        let length = file_size.div_ceil(3).checked_mul(4).and_then(|data| data.checked_add(around));
        length.ok_or_else(|| InvalidRequest::new("file", "it is too large"))
    }
}

/// Any valid base64 that is not empty.
const PLACEHOLDER: &str = "AAAA";

fn with_data(request: &SendRequest, data: &str) -> Result<SendRequest, InvalidRequest> {
    let mut request = request.clone();
    match &mut request.message.media {
        Some(media) => media.data = Base64Data::from_base64(data),
        None => return Err(InvalidRequest::new("message.media", "there is no file")),
    }
    Ok(request)
}

fn to_json(request: &SendRequest) -> Result<Vec<u8>, InvalidRequest> {
    serde_json::to_vec(request).map_err(|error| InvalidRequest::new("request", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Base64Encoder;
    use whatsgate_model::{Media, MimeType, OutgoingMessage, OutgoingType, PhoneNumber, SessionId};

    fn request(caption: &str, content: &[u8]) -> SendRequest {
        let media = Media::new(MimeType::new("text/plain").unwrap(), "note.txt", Base64Data::encode(content));
        let message = OutgoingMessage::file(OutgoingType::Document, media).with_body(caption);
        let session = SessionId::new("YOUR_WHATSAPP_ID").unwrap();
        SendRequest::new(session, PhoneNumber::new("79999999999").unwrap(), message)
    }

    #[test]
    fn the_pieces_together_are_the_whole_request() {
        for caption in ["", "plain", r#"a trap: "data":"" and \"data\":\"AAAA"#, "data\":\""] {
            for size in 1..10 {
                let content = &b"0123456789"[..size];
                let whole = request(caption, content);
                let split = SplitSend::new(whole.clone()).unwrap();
                let mut body = split.prefix().to_vec();
                let mut encoder = Base64Encoder::new();
                encoder.encode(content, &mut body);
                encoder.finish(&mut body);
                body.extend_from_slice(split.suffix());
                assert_eq!(body, serde_json::to_vec(&whole).unwrap(), "{caption} {size}");
                assert_eq!(split.body_length(size as u64).unwrap(), body.len() as u64);
            }
        }
    }

    #[test]
    fn mistakes_are_found_before_anything_is_sent() {
        let mut without_file = request("", b"x");
        without_file.message = OutgoingMessage::text("hello");
        assert_eq!(SplitSend::new(without_file).unwrap_err().to_string(), "message.media: there is no file");

        let mut without_name = request("", b"x");
        without_name.message.media.as_mut().unwrap().filename = None;
        assert_eq!(SplitSend::new(without_name).unwrap_err().member(), "message.media.filename");

        let split = SplitSend::new(request("", b"x")).unwrap();
        assert_eq!(split.body_length(0).unwrap_err().to_string(), "file: it is empty");
        assert_eq!(split.body_length(u64::MAX).unwrap_err().to_string(), "file: it is too large");
    }
}
