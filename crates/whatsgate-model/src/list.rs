//! Lists and pages of replies.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::json::{JsonError, ListReader, check, members};
use crate::lenient;
use crate::raw::RawJson;
use crate::reply::Reply;

/// An element of a list that could not be read, kept so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Unreadable {
    /// The element's place in the list as it came, counted from 0.
    pub index: usize,
    /// The element as it came.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    pub raw: RawJson,
    /// Why it could not be read, without the values that stood there.
    pub reason: String,
}

/// The elements of a reply.
///
/// One that cannot be read does not lose the others: it stands in [`unreadable`](Self::unreadable). Writing leaves it out.
/// Dereferences to a slice of what was read and iterates over it.
///
/// ```
/// # use whatsgate_model::{Chat, List};
/// let chats = List::<Chat>::from_json(r#"[{"id":"79999999999@c.us"}, {"name":"no id"}]"#)?;
/// assert_eq!(chats.len(), 1);
/// assert_eq!(chats.unreadable[0].index, 1);
/// # Ok::<(), whatsgate_model::JsonError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct List<T> {
    /// What was read, in the order of the reply.
    pub items: Vec<T>,
    /// What was not.
    pub unreadable: Vec<Unreadable>,
}

impl<T> List<T> {
    /// The most elements that are read; a longer list is an error.
    pub const MOST: usize = lenient::MOST_ELEMENTS;

    /// A list of these elements.
    pub fn new(items: Vec<T>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl<T> List<T> {
    /// All elements in the order of the reply, the unreadable ones in their places.
    ///
    /// ```
    /// use whatsgate_model::{Chat, List};
    ///
    /// let chats: List<Chat> = List::from_json(r#"[{"id":{"_serialized":"79999999999@c.us"}},17]"#)?;
    /// for chat in chats.into_results() {
    ///     match chat {
    ///         Ok(chat) => println!("{}", chat.name),
    ///         Err(element) => println!("element {} cannot be read: {}", element.index, element.raw.as_str()),
    ///     }
    /// }
    /// # Ok::<(), whatsgate_model::JsonError>(())
    /// ```
    pub fn into_results(self) -> impl Iterator<Item = Result<T, Unreadable>> {
        let mut items = self.items.into_iter();
        let mut unreadable = self.unreadable.into_iter().peekable();
        (0..).map_while(move |place| match unreadable.next_if(|element| element.index == place) {
            Some(element) => Some(Err(element)),
            None => items.next().map(Ok),
        })
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: DeserializeOwned> List<T> {
    /// Reads an array, setting aside the elements that have not the shape of `T`.
    ///
    /// # Errors
    /// [`JsonError`] when the text is no array at all, or one of more than [`MOST`](Self::MOST) elements.
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        check(json)?;
        Self::from_valid(json)
    }

    /// The same for the member `data` of a reply, which must be there.
    pub(crate) fn from_member(json: Option<&str>) -> Result<Self, JsonError> {
        Self::from_valid(json.ok_or_else(|| JsonError::shape("missing field `data`"))?)
    }

    fn from_valid(json: &str) -> Result<Self, JsonError> {
        let mut reader = ListReader::new(json)?;
        let mut list = Self::default();
        for index in 0.. {
            match reader.next() {
                None => break,
                Some(_) if index == Self::MOST => return Err(JsonError::shape(lenient::TOO_MANY)),
                Some(Ok(item)) => list.items.push(item),
                Some(Err((raw, error))) => list.unreadable.push(Unreadable {
                    index,
                    raw: RawJson::of_valid(raw),
                    reason: error.to_string(),
                }),
            }
        }
        Ok(list)
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    /// Reads an array all of whose elements have the shape of `T`; `null` and PHP's empty map `{}` count as empty.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                lenient::elements(seq).map(List::new)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(List::default()),
                    Some(_) => Err(Error::invalid_type(Unexpected::Map, &self)),
                }
            }
        }

        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// One page of a long list (wire reference, sections 2.6 and 2.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "{T}Page"))]
#[non_exhaustive]
pub struct Page<T> {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// How many pages there are.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// How many elements all pages have together.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub elements: Option<u32>,
    /// The number of this page, from 1.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The elements.
    pub data: List<T>,
}

impl<T> Reply for Page<T>
where
    T: DeserializeOwned + Serialize + Clone + fmt::Debug + PartialEq + Send + 'static,
{
    type Output = Self;

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let [result, pages, elements, page, data] =
            members(json, ["result", "pages", "elements", "page", "data"])?;
        Ok(Self {
            result: lenient::member(result),
            pages: lenient::member(pages),
            elements: lenient::member(elements),
            page: lenient::member(page),
            data: List::from_member(data)?,
        })
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) -> Self {
        self
    }
}
