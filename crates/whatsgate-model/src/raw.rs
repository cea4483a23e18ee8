//! JSON kept as the text that came over the wire.

use std::fmt;

use serde_json::value::RawValue;

/// JSON text as it came, with every member that this SDK knows nothing of.
///
/// `Debug` shows the length only, because the text may hold private messages.
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the text as any type of the caller's.
    ///
    /// # Errors
    /// The JSON error when the text does not have the shape of `T`. Its words may repeat a value of the text: keep them out
    /// of logs.
    pub fn parse<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl From<&RawValue> for RawJson {
    fn from(raw: &RawValue) -> Self {
        Self(raw.get().into())
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw.into())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}

impl serde::Serialize for RawJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = crate::from_json(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for RawJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Into::into)
    }
}

/// Says what is wrong with JSON and where, without the value that is wrong, which may be private.
///
/// ```
/// let error = serde_json::from_str::<bool>("\"call me\"").unwrap_err();
/// assert_eq!(
///     whatsgate_model::json_error_without_values(&error),
///     "invalid type: string, expected a boolean at line 1 column 9",
/// );
/// ```
pub fn json_error_without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These repeat a name that came.
    if ["unknown variant `", "unknown field `"].iter().any(|start| text.starts_with(start)) {
        return format!("an unknown name at line {} column {}", error.line(), error.column());
    }
    for start in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(start)
            && let Some((value, expected)) = rest.rsplit_once(", expected ")
        {
            let kind = value.split([' ', '`', '"']).next().unwrap_or_default();
            return format!("{start}{kind}, expected {expected}");
        }
    }
    text
}
