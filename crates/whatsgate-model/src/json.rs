//! Reading JSON so that a list is never taken for an object.

#![expect(clippy::inline_always, reason = "layers that only wrap cost time and room unless they vanish")]

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

/// Reads JSON text, as `serde_json::from_str` does, except that a list in the place of an object is an error, and that of a
/// value of the wrong type the error tells the type alone.
///
/// Derived code would read such a list by position, which no service means. It is also half of that code, which counts in
/// a web page.
///
/// ```
/// use whatsgate_model::{SessionInfo, from_json};
///
/// assert!(from_json::<SessionInfo>(r#"{"unique_id":"6345454545454"}"#).is_ok());
/// assert!(from_json::<SessionInfo>(r#"[1,"Shop","6345454545454"]"#).is_err());
/// ```
///
/// # Errors
/// The JSON error when the text does not have the shape of `T`.
pub fn from_json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Objects(&mut deserializer)).map_err(Discreet::into_inner)?;
    deserializer.end()?;
    Ok(value)
}

/// The text of one member of an object; none if it is absent or `null`, or if `json` is no object.
///
/// ```
/// use whatsgate_model::member;
///
/// assert_eq!(member(r#"{"code":[1, 2]}"#, "code"), Some("[1, 2]"));
/// assert_eq!(member(r#"{"code":null}"#, "code"), None);
/// ```
pub fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let [member] = members(json, [name]).ok()?;
    member.map(RawValue::get)
}

/// The members of an object with these names, as they came. Not derived, which weighs much in a web page; and of a member
/// that is there twice the last one counts, as it does in PHP and JavaScript.
pub(crate) fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], serde_json::Error> {
    let mut found = [None; N];
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = MembersByName { names: &names, found: &mut found };
    Objects(&mut deserializer).deserialize_map(members).map_err(Discreet::into_inner)?;
    deserializer.end()?;
    Ok(found)
}

struct MembersByName<'a, 'de> {
    names: &'a [&'a str],
    found: &'a mut [Option<&'de RawValue>],
}

impl<'de> Visitor<'de> for MembersByName<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(place) = members.next_key_seed(Place(self.names))? {
            let value = members.next_value()?;
            if let Some(place) = place {
                self.found[place] = value;
            }
        }
        Ok(())
    }
}

/// Reads the name of a member as its place among these, without a copy.
struct Place<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

/// A deserializer, visitor, seed or access whose objects are objects, all the way down.
///
/// Every value is read as what it is, and the visitor says whether that will do. `serde_json`'s own methods for one kind or
/// another tell of a mistake with the value that stood there, and the code that writes fractions for that is as large as
/// all that reads messages.
struct Objects<I>(I);

macro_rules! only {
    ($($kind:ident: $($method:ident($($argument:ty),*)),+;)+) => {$($(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, Self::Error> {
            self.0.deserialize_any($kind(visitor)).map_err(Discreet)
        }
    )+)+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = Discreet<D::Error>;

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct identifier
    }
    only! {
        Text: deserialize_char(), deserialize_str(), deserialize_string();
        Elements: deserialize_seq(), deserialize_tuple(usize), deserialize_tuple_struct(&'static str, usize);
        Members: deserialize_map(), deserialize_struct(&'static str, &'static [&'static str]);
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(Objects(visitor)).map_err(Discreet)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_option(Objects(visitor)).map_err(Discreet)
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_ignored_any(visitor).map_err(Discreet)
    }
    // By this name serde_json knows that the raw text is wanted.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_newtype_struct(name, Raw(visitor)).map_err(Discreet)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor).map_err(Discreet)
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value).map_err(Discreet::into_inner)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Objects<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    visit! {
        visit_bool: bool,
        visit_i64: i64,
        visit_u64: u64,
        visit_f64: f64,
        visit_str: &str,
        visit_borrowed_str: &'de str,
        visit_string: String,
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit().map_err(Discreet::into_inner)
    }
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none().map_err(Discreet::into_inner)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Objects(deserializer)).map_err(Discreet::into_inner)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Objects(elements)).map_err(Discreet::into_inner)
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members)).map_err(Discreet::into_inner)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(variant)
    }
}

/// A visitor of text alone. What a visitor would do with other values is code too, so that none is handed to it.
struct Text<V>(V);
/// A visitor of lists alone.
struct Elements<V>(V);
/// A visitor of objects alone.
struct Members<V>(V);
/// A visitor of raw text alone.
struct Raw<V>(V);

macro_rules! refuse {
    ($($method:ident($type:ty): $found:expr,)*) => {$(
        fn $method<E: Error>(self, _: $type) -> Result<V::Value, E> {
            Err(refused($found, &self.0))
        }
    )*};
    (scalars) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.expecting(f)
        }
        refuse! {
            visit_bool(bool): Unexpected::Bool(false),
            visit_i64(i64): Unexpected::Signed(0),
            visit_u64(u64): Unexpected::Signed(0),
            visit_f64(f64): Unexpected::Float(0.0),
        }
        fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
            Err(refused(Unexpected::Unit, &self.0))
        }
    };
    (text) => {
        refuse! { visit_str(&str): Unexpected::Str(""), }
    };
    (lists) => {
        fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<V::Value, A::Error> {
            Err(refused(Unexpected::Seq, &self.0))
        }
    };
    (objects) => {
        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<V::Value, A::Error> {
            Err(refused(Unexpected::Map, &self.0))
        }
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Text<V> {
    type Value = V::Value;

    refuse!(scalars);
    refuse!(lists);
    refuse!(objects);
    visit! {
        visit_str: &str,
        visit_borrowed_str: &'de str,
        visit_string: String,
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Elements<V> {
    type Value = V::Value;

    refuse!(scalars);
    refuse!(text);
    refuse!(objects);
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Objects(elements)).map_err(Discreet::into_inner)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    refuse!(scalars);
    refuse!(text);
    refuse!(lists);
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members)).map_err(Discreet::into_inner)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Raw<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members)).map_err(Discreet::into_inner)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Objects(deserializer)).map_err(Discreet::into_inner)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Objects<S> {
    type Value = S::Value;

    #[inline(always)]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Objects(deserializer)).map_err(Discreet::into_inner)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Objects<A> {
    type Error = Discreet<A::Error>;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Self::Error> {
        self.0.next_element_seed(Objects(seed)).map_err(Discreet)
    }
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Objects<A> {
    type Error = Discreet<A::Error>;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        self.0.next_key_seed(seed).map_err(Discreet)
    }
    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        self.0.next_value_seed(Objects(seed)).map_err(Discreet)
    }
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// An error that says of which kind a value is that is wrong, and not the value.
#[derive(Debug)]
struct Discreet<E>(E);

impl<E: Error> Discreet<E> {
    fn into_inner(self) -> E {
        self.0
    }
}

impl<E: Error> fmt::Display for Discreet<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<E: Error> std::error::Error for Discreet<E> {}

impl<E: Error> Error for Discreet<E> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(E::custom(message))
    }
    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(refused(found, expected))
    }
    #[cold]
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(E::custom(format_args!("invalid value: {}, expected {expected}", kind(found))))
    }
}

#[cold]
fn refused<E: Error>(found: Unexpected<'_>, expected: &dyn Expected) -> E {
    E::custom(format_args!("invalid type: {}, expected {expected}", kind(found)))
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit => "null",
        Unexpected::Seq => "sequence",
        Unexpected::Map => "map",
        // No JSON is read as any of the others.
        _ => "something else",
    }
}
