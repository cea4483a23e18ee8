//! JSON kept as the text that came over the wire.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeStruct, Serializer};

/// JSON text as it came, with every member that this SDK knows nothing of.
///
/// `Debug` shows the length only, because the text may hold private messages.
///
/// ```
/// use serde::Deserialize;
/// use whatsgate_model::Event;
///
/// #[derive(Deserialize)]
/// struct More {
///     color: String,
/// }
///
/// let event: Event = serde_json::from_str(r#"{"id":18,"event_action":"call","event_data":{},"color":"red"}"#)?;
/// println!("{} bytes", event.raw().as_str().len());
/// // A member that this version does not know:
/// assert_eq!(event.raw().parse::<More>()?.color, "red");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Text that is JSON for certain.
    pub(crate) fn of_valid(text: &str) -> Self {
        Self(text.into())
    }

    /// Reads the text as any type of the caller's.
    ///
    /// # Errors
    /// The JSON error when the text does not have the shape of `T`. Its words may repeat a value of the text: keep them out
    /// of logs.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

#[cfg(feature = "raw_value")]
impl From<&serde_json::value::RawValue> for RawJson {
    fn from(raw: &serde_json::value::RawValue) -> Self {
        Self(raw.get().into())
    }
}

#[cfg(feature = "raw_value")]
impl From<Box<serde_json::value::RawValue>> for RawJson {
    fn from(raw: Box<serde_json::value::RawValue>) -> Self {
        Self(raw.into())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}

// The name by which `serde_json` knows that the text itself is wanted, which it hands over as the one member of an object.
pub(crate) const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl serde::Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawText(Cow::Borrowed(&self.0)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawText::deserialize(deserializer).map(|text| Self(text.0.into()))
    }
}

/// JSON text, not copied where that can be.
pub(crate) struct RawText<'a>(pub(crate) Cow<'a, str>);

impl serde::Serialize for RawText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = serializer.serialize_struct(RAW_VALUE, 1)?;
        raw.serialize_field(RAW_VALUE, &self.0)?;
        raw.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW_VALUE, RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON text")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<RawText<'de>, A::Error> {
        match members.next_entry::<IgnoredAny, Text<'de>>()? {
            Some((_, Text(text))) => Ok(RawText(text)),
            None => Err(A::Error::missing_field(RAW_VALUE)),
        }
    }
}

/// A text, not copied where that can be.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON text")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text)))
    }
}
