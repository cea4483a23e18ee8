//! `send`: send a message.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::prelude::*;

/// Sends a message (wire reference, section 2.1; the 1C library's structure `Отправка сообщения`).
///
/// ```
/// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SendRequest, SessionId};
/// let request = SendRequest::new(
///     SessionId::new("YOUR_WHATSAPP_ID")?,
///     PhoneNumber::new("79999999999")?,
///     OutgoingMessage::text("Hello world!"),
/// );
/// assert_eq!(
///     serde_json::to_string(&request).unwrap(),
///     r#"{"WhatsappID":"YOUR_WHATSAPP_ID","async":false,"recipient":{"number":"79999999999"},"message":{"type":"text","body":"Hello world!"}}"#,
/// );
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SendRequest {
    /// The session that sends.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// Whether the reply comes once the message is queued (`true`) or once it is sent (`false`). Always written, because
    /// the sources contradict each other on the default.
    #[serde(rename = "async", default, deserialize_with = "lenient::or_default")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "Whether the reply comes once the message is queued (`true`) or once it is sent (`false`). Write it \
            always: the sources contradict each other on the default.",
        )
    )]
    pub asynchronous: bool,
    /// Who gets it.
    pub recipient: Recipient,
    /// What is sent.
    pub message: OutgoingMessage,
}

impl SendRequest {
    /// Sends `message` and waits until it is sent.
    pub fn new(
        session: SessionId,
        recipient: impl Into<Recipient>,
        message: impl Into<OutgoingMessage>,
    ) -> Self {
        Self { session, asynchronous: false, recipient: recipient.into(), message: message.into() }
    }

    /// Waits only until the message is queued (`true`) or until it is sent (`false`).
    pub fn with_async(mut self, asynchronous: bool) -> Self {
        self.asynchronous = asynchronous;
        self
    }
}

impl Command for SendRequest {
    const NAME: &'static str = "send";
    const SAFETY: Safety = Safety::Once;
    const FILE: Option<FileIn> = Some(FileIn::Request);
    const FUNCTIONS_1C: &'static [&'static str] = &["ОтправитьСообщение"];
    type Reply = SendReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        self.message.check()
    }

    fn has_file(&self) -> bool {
        matches!(self.message.content, OutgoingContent::File(_))
    }
}

/// The reply of `send` (wire reference, section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SendReply {
    /// The message or the word of the queue. Either may come in either mode. A reply without it, with a message that has no
    /// id, or with a word that does not say [`Done`](Said::Done) does not say that the message was taken, and cannot be
    /// read.
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "The message, an object, or the word of the queue, text. Either may come in either mode, and both are \
            successes. A reply without it, with a message that has no id, or with another word than `OK`, does not say \
            that the message was taken.",
        )
    )]
    pub result: SendResult,
}

impl Reply for SendReply {
    type Output = SendResult;

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let reply: Self = from_json(json)?;
        let says_nothing = match &reply.result {
            SendResult::Sent(message) if message.id.as_str().trim().is_empty() => "the message has no id",
            SendResult::Queued(word) if Said::by_word(word) != Said::Done => {
                "`result` does not say that the message was queued"
            }
            _ => return Ok(reply),
        };
        Err(JsonError::shape(says_nothing))
    }
    fn result(&self) -> Option<&str> {
        match &self.result {
            SendResult::Sent(_) => None,
            SendResult::Queued(word) => Some(word),
        }
    }
    fn into_output(self) -> SendResult {
        self.result
    }
}

/// What became of a message (wire reference, section 2.1).
///
/// ```
/// use whatsgate_model::{Message, MessageId, SendResult};
///
/// let id = MessageId::new("true_79999999999@c.us_3EB0EBC34954F8976AA6")?;
/// let sent = SendResult::Sent(Box::new(Message::new(id.clone())));
/// assert_eq!(sent.message().map(|message| &message.id), Some(&id));
/// assert!(SendResult::Queued("OK".to_owned()).message().is_none());
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
#[non_exhaustive]
pub enum SendResult {
    /// Sent; the usual result of a synchronous send.
    Sent(Box<Message>),
    /// Queued, with the service's word for it (`OK`); the usual result of an asynchronous send. The message follows in a
    /// `sent` event if a webhook is set.
    Queued(String),
}

impl SendResult {
    /// The message, if it came.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Sent(message) => Some(message),
            Self::Queued(_) => None,
        }
    }
}

impl Serialize for SendResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sent(message) => message.serialize(serializer),
            Self::Queued(word) => serializer.serialize_str(word),
        }
    }
}

impl<'de> Deserialize<'de> for SendResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ResultVisitor;

        impl<'de> Visitor<'de> for ResultVisitor {
            type Value = SendResult;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message or a word")
            }
            fn visit_str<E>(self, word: &str) -> Result<Self::Value, E> {
                Ok(SendResult::Queued(word.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Message::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(|message| SendResult::Sent(Box::new(message)))
            }
        }

        deserializer.deserialize_any(ResultVisitor)
    }
}
