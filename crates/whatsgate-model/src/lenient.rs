//! Reading members that the service writes in more than one way.
//!
//! One rule holds for every optional member: what is absent, `null`, or of a shape that cannot be read counts as
//! absent. Numbers and booleans may come as text; the vendor's own OpenAPI shows `"0,"` and `"false,"`
//! (wire reference, section 4), so a trailing comma is passed over too. The raw JSON of the event or reply stays
//! reachable for whoever needs the original.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json::from_valid;

/// A value that can be read from a JSON scalar, or not at all.
pub(crate) trait FromScalar: Sized {
    fn from_bool(_: bool) -> Option<Self> {
        None
    }
    fn from_integer(_: i64) -> Option<Self> {
        None
    }
    fn from_float(_: f64) -> Option<Self> {
        None
    }
    fn from_text(_: &str) -> Option<Self> {
        None
    }
    fn from_string(text: String) -> Option<Self> {
        Self::from_text(&text)
    }
}

fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(',').trim_end()
}

impl FromScalar for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
    fn from_integer(value: i64) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
    fn from_float(value: f64) -> Option<Self> {
        if value == 0.0 {
            Some(false)
        } else if (value - 1.0).abs() < f64::EPSILON {
            Some(true)
        } else {
            None
        }
    }
    fn from_text(text: &str) -> Option<Self> {
        match bare(text) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl FromScalar for i64 {
    fn from_integer(value: i64) -> Option<Self> {
        Some(value)
    }
    fn from_float(value: f64) -> Option<Self> {
        // 2^63 is exact as f64, so the comparison keeps the cast below within range.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        (value.fract() == 0.0 && value >= i64::MIN as f64 && value < i64::MAX as f64).then_some(value as i64)
    }
    fn from_text(text: &str) -> Option<Self> {
        bare(text).parse().ok()
    }
}

macro_rules! narrow_integers {
    ($($name:ty),*) => {$(
        impl FromScalar for $name {
            fn from_integer(value: i64) -> Option<Self> {
                value.try_into().ok()
            }
            fn from_float(value: f64) -> Option<Self> {
                i64::from_float(value)?.try_into().ok()
            }
            fn from_text(text: &str) -> Option<Self> {
                bare(text).parse().ok()
            }
        }
    )*};
}
narrow_integers!(u32, u64);

impl FromScalar for String {
    fn from_integer(value: i64) -> Option<Self> {
        Some(value.to_string())
    }
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
    fn from_string(text: String) -> Option<Self> {
        Some(text)
    }
}

/// A JSON value as far as it is a scalar. Read the same way for every type, so that the code to read one exists once.
enum Scalar<'de> {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'de, str>),
    Other,
}

impl Scalar<'_> {
    #[inline]
    fn convert<T: FromScalar>(self) -> Option<T> {
        match self {
            Self::Bool(value) => T::from_bool(value),
            Self::Integer(value) => T::from_integer(value),
            Self::Float(value) => T::from_float(value),
            Self::Text(Cow::Borrowed(text)) => T::from_text(text),
            Self::Text(Cow::Owned(text)) => T::from_string(text),
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Scalar::Other, Scalar::Integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

/// Reads a member of a reply by itself, which may be anything.
pub(crate) fn member<T: FromScalar>(json: Option<&str>) -> Option<T> {
    scalar(json?)
}

/// Reads a scalar by itself.
pub(crate) fn scalar<T: FromScalar>(json: &str) -> Option<T> {
    from_valid::<Scalar<'_>>(json).ok()?.convert()
}

/// Reads an optional scalar.
pub(crate) fn option<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromScalar,
{
    Ok(Scalar::deserialize(deserializer)?.convert())
}

/// Reads an optional text in which `""` means absent, as the service writes it for `mediaKey`, `callback` and `qr_link`.
pub(crate) fn non_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromScalar + AsRef<str>,
{
    Ok(option::<D, T>(deserializer)?.filter(|text| !text.as_ref().is_empty()))
}

/// Reads a scalar that has a natural value when absent (`false`, `0`, `""`).
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromScalar + Default,
{
    Ok(option(deserializer)?.unwrap_or_default())
}

/// Reads a scalar without which the value around it is useless.
pub(crate) fn required<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromScalar,
{
    option(deserializer)?.ok_or_else(|| serde::de::Error::custom("a value of another type was expected here"))
}

/// The visits of a visitor for which every scalar counts as absent.
macro_rules! scalars_are_absent {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    };
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or nothing")
    }
    scalars_are_absent!();
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Some)
    }
}

/// Reads an optional object; PHP writes an empty one as `[]`, which counts as absent.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// The most elements of a list that are read. A longer one is an error: in memory an element may take a hundred times what
/// it takes on the wire, so that a limit of bytes alone would bound little.
pub(crate) const MOST_ELEMENTS: usize = 100_000;

pub(crate) const TOO_MANY: &str = "the list has too many elements";

/// Reads the elements of an array.
pub(crate) fn elements<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element()? {
        if items.len() == MOST_ELEMENTS {
            return Err(serde::de::Error::custom(TOO_MANY));
        }
        items.push(item);
    }
    Ok(items)
}

struct ArrayVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ArrayVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or nothing")
    }
    scalars_are_absent!();
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        elements(seq)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Vec::new())
    }
}

/// Reads an array; anything else counts as an empty one.
pub(crate) fn array<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ArrayVisitor(PhantomData))
}

/// Writes an absent text as `""`, as the service does for `mediaKey`.
#[allow(clippy::ref_option, reason = "serde hands `serialize_with` a reference to the whole field")]
pub(crate) fn or_empty<S, T>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: serde::Serializer,
    T: AsRef<str>,
{
    serializer.serialize_str(value.as_ref().map_or("", AsRef::as_ref))
}
