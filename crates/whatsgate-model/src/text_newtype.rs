//! What newtypes over text have in common.

/// Text that cannot be the identifier it was meant to be.
///
/// The message says what is wrong and never repeats the text, because identifiers hold phone numbers.
///
/// ```
/// use whatsgate_model::PhoneNumber;
///
/// let wrong = PhoneNumber::new("12").unwrap_err();
/// assert_eq!(wrong.what(), "phone number");
/// println!("{wrong}: {}", wrong.why());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what}: {why}")]
pub struct InvalidValue {
    what: &'static str,
    why: String,
}

impl InvalidValue {
    pub(crate) fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }

    /// What the text was meant to be, such as `phone number`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// What is wrong with it, as a sentence without a full stop.
    pub fn why(&self) -> &str {
        &self.why
    }
}

macro_rules! text_newtype {
    ($(#[doc = $doc:literal])* $name:ident, $check:expr $(, $keyword:literal = $value:literal)*) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks the text and wraps it.
            ///
            /// # Errors
            /// [`InvalidValue`] says what is wrong without repeating the text.
            pub fn new(text: impl AsRef<str>) -> Result<Self, $crate::InvalidValue> {
                // Once in a program, whatever the text comes in.
                #[inline(never)]
                fn checked(text: &str) -> Result<Box<str>, $crate::InvalidValue> {
                    let check: fn(&str) -> Result<Box<str>, $crate::InvalidValue> = $check;
                    check(text)
                }
                checked(text.as_ref()).map(Self)
            }

            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&&*self.0).finish()
            }
        }

        /// A copy, so that a function that takes `impl Into<…>` takes a reference as well.
        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::InvalidValue;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::InvalidValue;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl $crate::lenient::FromScalar for $name {
            fn from_integer(value: i64) -> Option<Self> {
                Some(Self(value.to_string().into()))
            }
            fn from_text(text: &str) -> Option<Self> {
                Some(Self(text.into()))
            }
            fn from_string(text: String) -> Option<Self> {
                Some(Self(text.into()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::lenient::required(deserializer)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": concat!($($doc, "\n"),*),
                    "type": "string",
                    $($keyword: $value,)*
                })
            }
        }
    };
}
pub(crate) use text_newtype;
