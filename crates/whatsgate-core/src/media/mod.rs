//! Files of any size in constant memory: the two ends of a stream, without I/O.
//!
//! A file travels as base64 inside one JSON document, both ways (wire reference, sections 2.1 and 2.5). [`SplitSend`]
//! makes the document around a file to send, [`Base64Encoder`] what goes between, and [`MediaDecoder`] takes the file
//! out of a reply. Each works on pieces of any size and on buffers that the caller keeps.
//!
//! ```
//! use whatsgate_core::media::{Base64Encoder, SplitSend};
//! use whatsgate_model::{
//!     Base64Data, Media, MimeType, OutgoingMessage, OutgoingType, PhoneNumber, SendRequest, SessionId,
//! };
//!
//! let note = Media::new(MimeType::new("text/plain")?, "note.txt", Base64Data::default());
//! let message = OutgoingMessage::file(OutgoingType::Document, note);
//! let session = SessionId::new("YOUR_WHATSAPP_ID")?;
//! let send = SplitSend::new(SendRequest::new(session, PhoneNumber::new("79999999999")?, message))?;
//!
//! let mut body = send.prefix().to_vec();
//! let mut encoder = Base64Encoder::new();
//! for piece in [b"He".as_slice(), b"llo"] {
//!     encoder.encode(piece, &mut body);
//! }
//! encoder.finish(&mut body);
//! body.extend_from_slice(send.suffix());
//!
//! assert!(std::str::from_utf8(&body)?.contains(r#""data":"SGVsbG8=","filename":"note.txt""#));
//! assert_eq!(send.body_length(5)?, body.len() as u64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base64;
mod decoder;
#[cfg(test)]
mod decoder_tests;
mod encoder;
mod error;
mod scanner;
mod split;
mod text;

pub use decoder::MediaDecoder;
pub use encoder::Base64Encoder;
pub use error::{DecodeError, DecodeErrorKind};
pub use split::SplitSend;
