//! A message to send.

use serde::{Deserialize, Serialize, Serializer};

use super::mistakes::not_blank;
use crate::command::InvalidRequest;
use crate::open_enum::open_enum;
use crate::{Base64Data, Media, MessageId, MimeType, lenient};

open_enum! {
    /// What a message to send is; an open list, since the documentation's own is cut off (wire reference, section 2.1).
    ///
    /// ```
    /// # use whatsgate_model::OutgoingType;
    /// assert_eq!(OutgoingType::from("doc"), OutgoingType::Document);
    /// ```
    pub enum OutgoingType {
        /// Text.
        Text = "text",
        /// Picture.
        Image = "image",
        /// Sticker.
        Sticker = "sticker",
        /// File of any other kind, `doc` on the wire.
        Document = "doc",
        /// Voice message.
        Voice = "voice",
    }
}

/// A message to send (wire reference, section 2.1; the 1C library's structure `Сообщение`).
///
/// ```
/// # use whatsgate_model::{Base64Data, FileDescription, MimeType, OutgoingMessage, OutgoingType};
/// let text = OutgoingMessage::text("Hello world!");
/// assert_eq!(serde_json::to_string(&text)?, r#"{"type":"text","body":"Hello world!"}"#);
///
/// let note = FileDescription::new(OutgoingType::Document, MimeType::new("text/plain")?, "note.txt");
/// let file = OutgoingMessage::file(note.with_caption("For you").with_data(Base64Data::encode("Hello")));
/// assert_eq!(
///     serde_json::to_string(&file)?,
///     r#"{"type":"doc","body":"For you","media":{"mimetype":"text/plain","data":"SGVsbG8=","filename":"note.txt"}}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Read")]
#[non_exhaustive]
pub struct OutgoingMessage {
    /// What is sent.
    pub content: OutgoingContent,
    /// The long id of the message that this one answers.
    pub quote: Option<MessageId>,
}

/// What a message to send holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutgoingContent {
    /// A text.
    Text(String),
    /// A file.
    File(OutgoingFile),
}

/// A file to send, whole.
///
/// ```
/// use whatsgate_model::{Base64Data, FileDescription, MimeType, OutgoingType};
///
/// let picture = FileDescription::new(OutgoingType::Image, MimeType::new("image/webp")?, "smile.webp")
///     .with_data(Base64Data::encode("RIFF"));
/// let sticker = picture.with_type(OutgoingType::Sticker);
/// # drop(sticker);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingFile {
    /// What the message is; anything but a text.
    pub kind: OutgoingType,
    /// The MIME type.
    pub mimetype: MimeType,
    /// The name that the recipient sees.
    pub filename: String,
    /// The content.
    pub data: Base64Data,
    /// The text below the file.
    pub caption: Option<String>,
}

/// A file to send without its content: what a message is made of once the content is there, or while it comes.
///
/// ```
/// use whatsgate_model::{Base64Data, FileDescription, MimeType, OutgoingMessage, OutgoingType};
///
/// let note = FileDescription::new(OutgoingType::Document, MimeType::new("text/plain")?, "note.txt");
/// note.check()?;
/// let file = note.with_caption("For you").with_data(Base64Data::encode("Hello"));
/// let message = OutgoingMessage::file(file);
/// # drop(message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDescription {
    /// What the message is; anything but a text.
    pub kind: OutgoingType,
    /// The MIME type.
    pub mimetype: MimeType,
    /// The name that the recipient sees.
    pub filename: String,
    /// The text below the file.
    pub caption: Option<String>,
}

impl OutgoingMessage {
    /// A text.
    pub fn text(body: impl Into<String>) -> Self {
        Self { content: OutgoingContent::Text(body.into()), quote: None }
    }

    /// A file.
    pub fn file(file: OutgoingFile) -> Self {
        Self { content: OutgoingContent::File(file), quote: None }
    }

    /// Answers the message with this long id.
    pub fn with_quote(mut self, quote: impl Into<MessageId>) -> Self {
        self.quote = Some(quote.into());
        self
    }

    /// Finds what the types do not rule out: an empty text, an empty file.
    pub(super) fn check(&self) -> Result<(), InvalidRequest> {
        match &self.content {
            OutgoingContent::Text(text) => not_blank("message.body", text),
            OutgoingContent::File(file) if file.data.as_str().is_empty() => {
                Err(InvalidRequest::new("message.media.data", "the file is empty"))
            }
            OutgoingContent::File(file) => check_file(&file.kind, &file.filename),
        }
    }
}

impl From<OutgoingFile> for OutgoingMessage {
    fn from(file: OutgoingFile) -> Self {
        Self::file(file)
    }
}

impl OutgoingFile {
    /// Sends it as another type than the one chosen.
    pub fn with_type(mut self, kind: OutgoingType) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the caption.
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl FileDescription {
    /// A file without a caption, sent as `kind`.
    pub fn new(kind: OutgoingType, mimetype: MimeType, filename: impl Into<String>) -> Self {
        Self { kind, mimetype, filename: filename.into(), caption: None }
    }

    /// Sets the caption.
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Finds what the types do not rule out.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the name is blank, or the message is to be a text.
    pub fn check(&self) -> Result<(), InvalidRequest> {
        check_file(&self.kind, &self.filename)
    }

    /// The file with its content.
    pub fn with_data(self, data: Base64Data) -> OutgoingFile {
        let Self { kind, mimetype, filename, caption } = self;
        OutgoingFile { kind, mimetype, filename, data, caption }
    }
}

fn check_file(kind: &OutgoingType, filename: &str) -> Result<(), InvalidRequest> {
    if *kind == OutgoingType::Text {
        let why = "a message with a file needs a type such as doc or image";
        return Err(InvalidRequest::new("message.type", why));
    }
    not_blank("message.media.filename", filename)
}

/// The members of a message as they may come.
#[derive(Deserialize)]
struct Read {
    #[serde(rename = "type", default, deserialize_with = "lenient::non_empty")]
    kind: Option<OutgoingType>,
    #[serde(default, deserialize_with = "lenient::option")]
    body: Option<String>,
    #[serde(default, deserialize_with = "lenient::non_empty")]
    quote: Option<MessageId>,
    #[serde(default)]
    media: Option<Media>,
}

impl TryFrom<Read> for OutgoingMessage {
    /// Names the member that is missing.
    type Error = &'static str;

    fn try_from(Read { kind, body, quote, media }: Read) -> Result<Self, Self::Error> {
        Self::from_members(kind, body, quote, media)
    }
}

impl OutgoingMessage {
    /// A message of the members that it has on the wire. The error names the one that is missing.
    #[doc(hidden)]
    pub fn from_members(
        kind: Option<OutgoingType>,
        body: Option<String>,
        quote: Option<MessageId>,
        media: Option<Media>,
    ) -> Result<Self, &'static str> {
        let kind = kind.filter(|kind| *kind != OutgoingType::Text);
        let content = match (kind, media) {
            (None, None) => OutgoingContent::Text(body.ok_or("body: a message without a file needs a text")?),
            (None, Some(_)) => return Err("type: a message with a file needs a type such as doc or image"),
            (Some(_), None) => return Err("media: a message of this type needs a file"),
            (Some(kind), Some(media)) => OutgoingContent::File(OutgoingFile {
                kind,
                mimetype: media.mimetype.ok_or("media.mimetype: a file needs a MIME type")?,
                filename: media.filename.ok_or("media.filename: a file needs a name")?,
                data: media.data,
                caption: body,
            }),
        };
        Ok(Self { content, quote })
    }
}

/// The members of a message as they are written.
#[derive(Serialize)]
struct Written<'a> {
    r#type: &'a OutgoingType,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<&'a MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<WrittenMedia<'a>>,
}

#[derive(Serialize)]
struct WrittenMedia<'a> {
    mimetype: &'a MimeType,
    data: &'a Base64Data,
    filename: &'a str,
}

impl Serialize for OutgoingMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let quote = self.quote.as_ref();
        match &self.content {
            OutgoingContent::Text(body) => {
                Written { r#type: &OutgoingType::Text, body: Some(body), quote, media: None }
            }
            OutgoingContent::File(file) => Written {
                r#type: &file.kind,
                body: file.caption.as_deref(),
                quote,
                media: Some(WrittenMedia {
                    mimetype: &file.mimetype,
                    data: &file.data,
                    filename: &file.filename,
                }),
            },
        }
        .serialize(serializer)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for OutgoingMessage {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        crate::schema::OutgoingMessage::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::schema::OutgoingMessage::json_schema(generator)
    }
}
