//! Lists of words that the service may extend at any time.

use std::fmt;

/// A word that this version of the SDK has no variant for, kept as it came.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unrecognized(Box<str>);

impl Unrecognized {
    pub(crate) fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unrecognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Declares an enum over the words of an open list.
///
/// The known words are variants; any other word is kept in a hidden variant, compares as text and is written back as
/// it came. Users match the known variants and a wildcard, so that a later variant breaks nobody.
macro_rules! open_enum {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident {
            $( #[doc = $variant_doc:literal] $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = $variant_doc] $variant, )+
            #[doc(hidden)]
            Unrecognized($crate::open_enum::Unrecognized),
        }

        impl $name {
            /// Every word known to this version, in the order of the reference.
            pub const KNOWN: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The word as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )+
                    Self::Unrecognized(text) => text.as_str(),
                }
            }

            /// Whether this version of the SDK has a variant for the word.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unrecognized(_))
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $( $word => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unrecognized($crate::open_enum::Unrecognized::new(text)))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or_else(|| Self::Unrecognized($crate::open_enum::Unrecognized::new(text)))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::lenient::FromScalar for $name {
            fn from_integer(value: i64) -> Option<Self> {
                Some(value.to_string().into())
            }
            fn from_text(text: &str) -> Option<Self> {
                Some(text.into())
            }
            fn from_string(text: String) -> Option<Self> {
                Some(text.into())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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
                    "description": concat!(
                        $($doc, "\n",)* "\n\nKnown values:\n\n" $(, "- `", $word, "`:", $variant_doc, "\n")+
                    ),
                    "anyOf": [{ "type": "string", "enum": [ $( $word, )+ ] }, { "type": "string" }],
                })
            }
        }
    };
}

pub(crate) use open_enum;
