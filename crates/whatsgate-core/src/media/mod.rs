//! Files of any size in constant memory: the two ends of a stream, without I/O.
//!
//! A file travels as base64 inside one JSON document, both ways (wire reference, sections 2.1 and 2.5). [`FileSend`]
//! makes the document around a file to send, [`Base64Encoder`] what goes between, and [`MediaDecoder`] takes the file
//! out of a reply. Each works on pieces of any size and on buffers that the caller keeps.
//!
//! ```
//! use whatsgate_core::media::{Base64Encoder, FileSend};
//! use whatsgate_model::{FileDescription, MimeType, OutgoingType, PhoneNumber, SessionId};
//!
//! let note = FileDescription::new(OutgoingType::Document, MimeType::new("text/plain")?, "note.txt");
//! let session = SessionId::new("YOUR_WHATSAPP_ID")?;
//! let (prefix, suffix) = FileSend::new(session, PhoneNumber::new("79999999999")?, note).split()?;
//!
//! let mut body = prefix.to_vec();
//! let mut encoder = Base64Encoder::new();
//! for piece in [b"He".as_slice(), b"llo"] {
//!     encoder.encode(piece, &mut body);
//! }
//! encoder.finish(&mut body);
//! body.extend_from_slice(&suffix);
//!
//! assert!(std::str::from_utf8(&body)?.contains(r#""data":"SGVsbG8=","filename":"note.txt""#));
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
pub use split::FileSend;
