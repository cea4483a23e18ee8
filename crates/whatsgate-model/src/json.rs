//! Reading JSON so that a list is never taken for an object.
//!
//! `serde_json` checks the text as a whole, and reads the words and numbers in it. What walks over its lists and objects is
//! here: one deserializer, whatever is read, so that neither the code of `serde_json` nor layers above it stand around each
//! type's own. In a web page that is a third of the model's code less, for lists as quick as before; texts full of escapes take a
//! little longer.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, Expected, IgnoredAny, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::raw::RAW_VALUE;

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
/// [`JsonError`] when the text does not have the shape of `T`.
pub fn from_json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    check(text)?;
    from_valid(text)
}

/// The same for text that is JSON for certain, such as what `JSON.stringify` wrote: it is read without a look at all of it
/// before. Of other text it reads something or nothing, as chance has it, and comes to an end.
///
/// # Errors
/// [`JsonError`] when the text does not have the shape of `T`.
#[doc(hidden)]
pub fn from_valid<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    let mut reader = Reader::new(text);
    T::deserialize(Value(&mut reader)).map_err(|error| reader.place(0, error))
}

/// Says what is wrong with text that is no JSON.
pub(crate) fn check(text: &str) -> Result<(), JsonError> {
    serde_json::from_str::<IgnoredAny>(text)
        .map(drop)
        .map_err(|error| JsonError(Box::new(Why::Syntax(error))))
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
    member.filter(|member| *member != "null")
}

/// All members of an object in text that is JSON for certain, in their order; none if it is no object.
#[doc(hidden)]
pub fn all_members_of_valid(json: &str) -> Vec<(Cow<'_, str>, &str)> {
    let mut members = Vec::new();
    let mut reader = Reader::new(json);
    if reader.value(OBJECT, &"an object").is_ok() {
        while !reader.ends() {
            let Ok(name) = reader.text() else { break };
            members.push((name, reader.raw()));
        }
    }
    members
}

/// The members of an object with these names, as they came. Of a member that is there twice the last one counts, as it does
/// in PHP and JavaScript.
pub(crate) fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], JsonError> {
    check(json)?;
    members_of_valid(json, names)
}

/// The same for text that is JSON for certain.
pub(crate) fn members_of_valid<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], JsonError> {
    let mut found = [None; N];
    let mut reader = Reader::new(json);
    reader.members(&names, &mut found).map_err(|error| reader.place(0, error))?;
    Ok(found)
}

/// The elements of a list that is JSON for certain, one by one, so that one that cannot be read does not lose the others.
/// `null` and PHP's empty map `{}` are lists without elements.
pub(crate) struct ListReader<'de>(Option<Reader<'de>>);

impl<'de> ListReader<'de> {
    pub(crate) fn new(text: &'de str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        if text.trim_ascii() == "null" {
            return Ok(Self(None));
        }
        match reader.value(LIST | OBJECT, &"an array") {
            Ok(Found::Object) if !reader.ends() => {
                Err(reader.place(0, Error::invalid_type(Unexpected::Map, &"an array")))
            }
            Ok(Found::Object) => Ok(Self(None)),
            Ok(_) => Ok(Self(Some(reader))),
            Err(error) => Err(reader.place(0, error)),
        }
    }

    /// The next element, or its text and why it cannot be read.
    pub(crate) fn next<T: Deserialize<'de>>(&mut self) -> Option<Result<T, (&'de str, JsonError)>> {
        let reader = self.0.as_mut()?;
        if reader.ends() {
            return None;
        }
        let start = reader.at;
        let read = T::deserialize(Value(reader));
        Some(read.map_err(|error| reader.give_back(start, error)))
    }
}

/// Why JSON text cannot be read as what is wanted, and where, counted in lines and bytes from 1. Repeats nothing of the text,
/// which may be private, unless a type of the caller's own puts it into its words.
///
/// ```
/// let error = whatsgate_model::from_json::<bool>("\"call me\"").unwrap_err();
/// assert_eq!(error.to_string(), "invalid type: string, expected a boolean at line 1 column 9");
/// ```
#[derive(Debug)]
pub struct JsonError(Box<Why>);

#[derive(Debug)]
enum Why {
    Syntax(serde_json::Error),
    Shape { words: String, line: usize, column: usize },
}

impl JsonError {
    /// Whether it is JSON, but of another shape.
    pub fn is_shape(&self) -> bool {
        matches!(*self.0, Why::Shape { .. })
    }

    /// Text of another shape, wherever.
    pub(crate) fn shape(words: &str) -> Self {
        Self(Box::new(Why::Shape { words: words.to_owned(), line: 0, column: 0 }))
    }

    /// The error of a value for the reader of what is around it, which knows the place.
    pub(crate) fn inside<E: Error>(self) -> E {
        match *self.0 {
            Why::Syntax(error) => E::custom(error),
            Why::Shape { words, .. } => E::custom(words),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Why::Syntax(error) if error.is_eof() && error.column() == 0 => f.write_str("it is empty"),
            Why::Syntax(error) if error.is_eof() => {
                write!(f, "it breaks off at line {} column {}", error.line(), error.column())
            }
            Why::Syntax(error) => error.fmt(f),
            Why::Shape { words, line: 0, .. } => f.write_str(words),
            Why::Shape { words, line, column } => write!(f, "{words} at line {line} column {column}"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Walks over text that is JSON.
struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

// As deep as `serde_json` reads.
const DEEPEST: u8 = 127;

impl<'de> Reader<'de> {
    fn new(text: &'de str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    fn members(&mut self, names: &[&str], found: &mut [Option<&'de str>]) -> Result<(), Discreet> {
        self.value(OBJECT, &"an object")?;
        while !self.ends() {
            let name = self.text()?;
            let value = self.raw();
            if let Some(place) = names.iter().position(|known| *known == name) {
                found[place] = Some(value);
            }
        }
        Ok(())
    }

    /// Goes behind the element of the outermost list that begins at `start` and could not be read.
    #[cold]
    fn give_back(&mut self, start: usize, error: Discreet) -> (&'de str, JsonError) {
        let error = self.place(start, error);
        self.at = start;
        self.depth = 1;
        (self.raw(), error)
    }

    /// Goes to where the next value, name or end begins, and says with which letter.
    fn next(&mut self) -> u8 {
        loop {
            match self.letter() {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => self.at += 1,
                letter => return letter,
            }
        }
    }

    fn letter(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'de str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Goes behind the text that begins here; says whether it has escapes.
    fn skip_text(&mut self) -> bool {
        let mut escapes = false;
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(length) = rest.iter().position(|letter| matches!(letter, b'"' | b'\\')) else {
                self.at = self.text.len();
                return escapes;
            };
            if rest[length] == b'"' {
                self.at += length + 1;
                return escapes;
            }
            escapes = true;
            self.at += length + 2;
        }
    }

    /// Goes behind the value that begins here.
    fn skip(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.next() {
                b'"' => drop(self.skip_text()),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.saturating_sub(1);
                    self.at += 1;
                }
                0 => return,
                _ => self.skip_word(),
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Goes behind the number or the word that begins here.
    fn skip_word(&mut self) {
        // Whatever stands here: text that is no JSON after all must come to an end as well.
        self.at += 1;
        while self.letter().is_ascii_alphanumeric() || matches!(self.letter(), b'+' | b'-' | b'.') {
            self.at += 1;
        }
    }

    fn raw(&mut self) -> &'de str {
        self.next();
        let start = self.at;
        self.skip();
        self.since(start)
    }

    fn text(&mut self) -> Result<Cow<'de, str>, Discreet> {
        let start = self.at;
        if self.skip_text() {
            return unescaped(self.text.get(start + 1..self.at - 1).unwrap_or_default()).map(Cow::Owned);
        }
        let inside = start + 1..self.at - 1;
        Ok(Cow::Borrowed(self.text.get(inside).unwrap_or_default()))
    }

    /// Reads the value that comes, or its beginning if it holds others, for somebody who `takes` such values.
    fn value(&mut self, takes: u8, expected: &dyn Expected) -> Result<Found<'de>, Discreet> {
        let letter = self.next();
        let (kind, name) = match letter {
            b'"' => (TEXT, "string"),
            b'[' => (LIST, "array"),
            b'{' => (OBJECT, "object"),
            b'n' => (OTHER, "null"),
            b't' | b'f' => (OTHER, "boolean"),
            _ => (OTHER, ""),
        };
        if kind & (LIST | OBJECT) != 0 {
            self.at += 1;
        }
        if kind & takes == 0 {
            let start = self.at;
            if kind & (TEXT | OTHER) != 0 {
                self.skip();
            }
            let number =
                if self.since(start).contains(['.', 'e', 'E']) { "floating point" } else { "integer" };
            let name = if name.is_empty() { number } else { name };
            return Err(Discreet::unexpected("type", name, expected));
        }
        match kind {
            LIST | OBJECT => {
                if self.depth == DEEPEST {
                    return Err(Discreet::custom("recursion limit exceeded"));
                }
                self.depth += 1;
                Ok(if kind == LIST { Found::List } else { Found::Object })
            }
            TEXT => self.text().map(|text| Found::Scalar(Scalar::Text(text))),
            _ => {
                let start = self.at;
                self.skip_word();
                let word = self.since(start);
                Ok(Found::Scalar(match letter {
                    b'n' => Scalar::Null,
                    b't' | b'f' => Scalar::Bool(letter == b't'),
                    _ => match word.parse() {
                        // `-0` is a fraction, for integers have no such zero.
                        Ok(number) if number != 0 || letter != b'-' => Scalar::Signed(number),
                        _ => large_or_fraction(word)?,
                    },
                }))
            }
        }
    }

    /// Whether the list or object ends here, behind which it goes then.
    fn ends(&mut self) -> bool {
        let ends = matches!(self.next(), b']' | b'}' | 0);
        if ends {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
        }
        ends
    }

    /// The error with its place, which is where the reader stands, counted from `start`.
    #[cold]
    fn place(&self, start: usize, Discreet(words): Discreet) -> JsonError {
        let mut line = 1;
        let mut column = 0;
        for letter in self.since(start).bytes() {
            column += 1;
            if letter == b'\n' {
                line += 1;
                column = 0;
            }
        }
        JsonError(Box::new(Why::Shape { words: words.0, line, column }))
    }
}

/// What a reader finds.
enum Found<'de> {
    Scalar(Scalar<'de>),
    List,
    Object,
}

/// A value without values in it.
enum Scalar<'de> {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Fraction(f64),
    Text(Cow<'de, str>),
}

// What a visitor takes. What it would do with other values is code too, so that none is handed to it.
const TEXT: u8 = 1;
const LIST: u8 = 2;
const OBJECT: u8 = 4;
const OTHER: u8 = 8;

/// Reads the inside of a text with escapes. `serde_json` reads one only as part of a value that may be a number as well.
fn unescaped(text: &str) -> Result<String, Discreet> {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        read.push_str(before);
        let letter = escape.bytes().next().unwrap_or_default();
        rest = escape.get(1..).unwrap_or_default();
        read.push(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => match hex(&mut rest) {
                Some(first @ 0xd800..=0xdbff) => {
                    rest = rest.strip_prefix("\\u").ok_or_else(lone)?;
                    let second = hex(&mut rest)
                        .filter(|second| (0xdc00..=0xdfff).contains(second))
                        .ok_or_else(lone)?;
                    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
                        .ok_or_else(lone)?
                }
                unit => unit.and_then(char::from_u32).ok_or_else(lone)?,
            },
            letter => char::from(letter),
        });
    }
    read.push_str(rest);
    Ok(read)
}

/// Takes off a unit of UTF-16 that is written in four digits.
fn hex(text: &mut &str) -> Option<u32> {
    let (digits, rest) = text.split_at_checked(4)?;
    *text = rest;
    u32::from_str_radix(digits, 16).ok()
}

fn lone() -> Discreet {
    Discreet::custom("lone surrogate in hex escape")
}

/// Reads a number that is no `i64`.
///
/// `serde_json` and the standard library bring along tables of powers for this, of 2.5 and 10 kB. A fraction of up to 15
/// digits with an exponent of up to 22 is exact without, and others are nearly.
fn large_or_fraction(text: &str) -> Result<Scalar<'static>, Discreet> {
    if let Ok(number) = text.parse() {
        return Ok(Scalar::Unsigned(number));
    }
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    // Further digits than fit in an exponent are beyond every number, or next to none.
    let far = if exponent.starts_with('-') { -FAR } else { FAR };
    let mut exponent = exponent.parse::<i32>().map_or(far, |exponent| exponent.clamp(-FAR, FAR));
    let mut digits = 0_u64;
    let mut behind_point = 0;
    for letter in number.bytes() {
        if letter == b'.' {
            behind_point = 1;
        } else if letter.is_ascii_digit() {
            match digits.checked_mul(10).and_then(|digits| digits.checked_add(u64::from(letter - b'0'))) {
                Some(more) => {
                    digits = more;
                    exponent -= behind_point;
                }
                None => exponent += 1 - behind_point,
            }
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "that of a fraction is no better")]
    let mut value = digits as f64;
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let step = exponent.clamp(-22, 22);
        let power = (0..step.abs()).fold(1.0, |power, _| power * 10.0);
        value = if step < 0 { value / power } else { value * power };
        exponent -= step;
    }
    if !value.is_finite() {
        return Err(Discreet::custom("number out of range"));
    }
    Ok(Scalar::Fraction(if text.starts_with('-') { -value } else { value }))
}

/// An exponent that no number of JSON comes near, whatever digits stand before it.
const FAR: i32 = 1 << 30;

/// The value that a reader comes to.
struct Value<'a, 'de>(&'a mut Reader<'de>);
/// The elements of the list that a reader is in.
struct Elements<'a, 'de>(&'a mut Reader<'de>);
/// The members of the object that a reader is in.
struct Members<'a, 'de>(&'a mut Reader<'de>);

impl<'de> Value<'_, 'de> {
    fn inside<T>(self, read: impl FnOnce(&mut Reader<'de>) -> Result<T, Discreet>) -> Result<T, Discreet> {
        let outside = self.0.depth - 1;
        let value = read(self.0)?;
        if self.0.depth != outside {
            return Err(Discreet::custom("something is left over"));
        }
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Discreet;

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        match self.0.value(TEXT | LIST | OBJECT | OTHER, &visitor)? {
            Found::Scalar(Scalar::Null) => visitor.visit_unit(),
            Found::Scalar(Scalar::Bool(value)) => visitor.visit_bool(value),
            Found::Scalar(Scalar::Signed(value)) => visitor.visit_i64(value),
            Found::Scalar(Scalar::Unsigned(value)) => visitor.visit_u64(value),
            Found::Scalar(Scalar::Fraction(value)) => visitor.visit_f64(value),
            Found::Scalar(Scalar::Text(text)) => visit_text(text, visitor),
            Found::List => self.inside(|reader| visitor.visit_seq(Elements(reader))),
            Found::Object => self.inside(|reader| visitor.visit_map(Members(reader))),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        if self.0.next() == b'n' {
            self.0.skip_word();
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        self.deserialize_str(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        self.deserialize_str(visitor)
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        match self.0.value(TEXT, &visitor)? {
            Found::Scalar(Scalar::Text(text)) => visit_text(text, visitor),
            _ => Err(Discreet::custom("a text was expected here")),
        }
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Discreet> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Discreet> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        self.0.value(LIST, &visitor)?;
        self.inside(|reader| visitor.visit_seq(Elements(reader)))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Discreet> {
        self.deserialize_map(visitor)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        self.0.value(OBJECT, &visitor)?;
        self.inside(|reader| visitor.visit_map(Members(reader)))
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        self.0.skip();
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Discreet> {
        if name == RAW_VALUE {
            return visitor.visit_map(RawMember { name: Some(name), text: self.0.raw() });
        }
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Discreet> {
        match self.0.value(TEXT, &visitor)? {
            Found::Scalar(Scalar::Text(text)) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(Discreet::custom("a text was expected here")),
        }
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Discreet> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Discreet;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Discreet> {
        if self.0.ends() { Ok(None) } else { seed.deserialize(Value(self.0)).map(Some) }
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Discreet;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Discreet> {
        if self.0.ends() { Ok(None) } else { seed.deserialize(Name(&self.0.text()?)).map(Some) }
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Discreet> {
        seed.deserialize(Value(self.0))
    }
}

/// The name of a member, whatever is asked for.
struct Name<'a>(&'a str);

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Discreet;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Discreet> {
        visitor.visit_str(self.0)
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Raw text as `serde_json` gives it.
struct RawMember<'de> {
    name: Option<&'static str>,
    text: &'de str,
}

impl<'de> MapAccess<'de> for RawMember<'de> {
    type Error = Discreet;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Discreet> {
        self.name.take().map(|name| seed.deserialize(Name(name))).transpose()
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Discreet> {
        seed.deserialize(BorrowedStrDeserializer::new(self.text))
    }
}

/// An error that says of which kind a value is that is wrong, and not the value.
#[derive(Debug)]
struct Discreet(Box<Words>);

/// Behind one pointer, so that the results of all readers stay small.
#[derive(Debug)]
struct Words(String);

impl Discreet {
    /// In words of JSON, and without the names that types have in Rust.
    #[cold]
    fn unexpected(what: &str, found: &str, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = if expected.starts_with("struct ") { "an object" } else { &expected };
        Self::custom(format_args!("invalid {what}: {found}, expected {expected}"))
    }
}

impl fmt::Display for Discreet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0)
    }
}

impl std::error::Error for Discreet {}

impl Error for Discreet {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(Words(message.to_string())))
    }
    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected("type", kind(found), expected)
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::custom("an unknown name")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::custom("an unknown name")
    }
    #[cold]
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected("value", kind(found), expected)
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit => "null",
        Unexpected::Seq => "array",
        Unexpected::Map => "object",
        // No JSON is read as any of the others.
        _ => "something else",
    }
}
