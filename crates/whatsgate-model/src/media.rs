//! Files inside messages.

use std::fmt;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::text_newtype::{InvalidValue, text_newtype};

text_newtype!(
    /// A MIME type, with parameters if the service sends them (`audio/ogg; codecs=opus`).
    ///
    /// The vendor's OpenAPI lists 26 types, but others are accepted in production, so any `type/subtype` is valid
    /// (wire reference, section 2.1).
    ///
    /// ```
    /// # use whatsgate_model::MimeType;
    /// let voice = MimeType::new("audio/ogg; codecs=opus")?;
    /// assert_eq!(voice.essence(), "audio/ogg");
    /// assert!(MimeType::new("picture").is_err());
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    MimeType,
    |text| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let token = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if token(kind) && token(subtype) && !text.chars().any(char::is_control) => {
                Ok(text.trim().into())
            }
            _ => Err(InvalidValue::new("MIME type", "it must have the form type/subtype, such as image/png")),
        }
    }
);

impl MimeType {
    /// `application/octet-stream`: bytes of which nothing is known.
    pub fn octet_stream() -> Self {
        Self("application/octet-stream".into())
    }

    /// The type without parameters, as written.
    pub fn essence(&self) -> &str {
        self.as_str().split(';').next().unwrap_or_default().trim()
    }
}

/// The content of a file as base64 text: standard alphabet, padded, without a `data:` prefix (wire reference, section
/// 2.1).
///
/// `Debug` shows the length only.
///
/// ```
/// # use whatsgate_model::Base64Data;
/// let data = Base64Data::encode(b"Hello");
/// assert_eq!(data.as_str(), "SGVsbG8=");
/// assert_eq!(data.decode()?, b"Hello");
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(
    description = "The content of a file as base64 text: standard alphabet, padded, without a `data:` prefix.",
    extend("contentEncoding" = "base64")
))]
#[serde(transparent)]
pub struct Base64Data(String);

impl Base64Data {
    /// Encodes bytes.
    pub fn encode(bytes: impl AsRef<[u8]>) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// Takes text that is base64 already; it is not checked before [`decode`](Self::decode).
    pub fn from_base64(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The base64 text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes the bytes.
    ///
    /// # Errors
    /// [`InvalidValue`] names the place of the first character that is not base64, or says that the end is wrong.
    pub fn decode(&self) -> Result<Vec<u8>, InvalidValue> {
        STANDARD.decode(&self.0).map_err(|error| {
            let why = match error {
                DecodeError::InvalidByte(offset, _) => format!("character {} has no place there", offset + 1),
                _ => "it is cut off, or its padding is wrong".to_owned(),
            };
            InvalidValue::new("base64 data", why)
        })
    }
}

impl fmt::Debug for Base64Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64Data({} characters)", self.0.len())
    }
}

/// A file, as `get-media` and `get-messagemedia` return it (wire reference, section 2.5; the 1C library's
/// structure `Медиа-файл`).
///
/// `data` is required; a reply may lack everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Media {
    /// The MIME type.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<MimeType>,
    /// The content.
    pub data: Base64Data,
    /// The file's name.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The size, presumably in bytes. Not documented; one client program attests it.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub filesize: Option<u64>,
}

impl Media {
    /// A file with the members that are documented.
    ///
    /// ```
    /// # use whatsgate_model::{Base64Data, Media, MimeType};
    /// let note = Media::new(MimeType::new("text/plain")?, "note.txt", Base64Data::encode("Hello"));
    /// assert_eq!(note.filename.as_deref(), Some("note.txt"));
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn new(mimetype: MimeType, filename: impl Into<String>, data: Base64Data) -> Self {
        Self { mimetype: Some(mimetype), data, filename: Some(filename.into()), filesize: None }
    }
}
