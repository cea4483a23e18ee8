//! Lists and pages of replies.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::json::{from_json, members};
use crate::lenient;
use crate::raw::{RawJson, json_error_without_values};
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
/// # Ok::<(), serde_json::Error>(())
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
    /// Reads straight into `T` and goes back for a second, tolerant pass only if that fails, so that the usual reply
    /// costs nothing extra.
    ///
    /// # Errors
    /// The JSON error when the text is no array at all. Its words may repeat a value of the text: keep them out of logs.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        if let Ok(list) = from_json(json) {
            return Ok(list);
        }
        let elements: List<&RawValue> = from_json(json)?;
        let mut list = Self::default();
        for (index, raw) in elements.into_iter().enumerate() {
            match from_json(raw.get()) {
                Ok(item) => list.items.push(item),
                Err(error) => {
                    list.unreadable.push(Unreadable {
                        index,
                        raw: raw.into(),
                        reason: json_error_without_values(&error),
                    });
                }
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
                    Some(_) => Err(serde::de::Error::invalid_type(Unexpected::Map, &self)),
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

    fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        tolerant(json, |page: &mut Self| &mut page.data)
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) -> Self {
        self
    }
}

/// Reads a reply whose member `data` is a list, setting aside the elements that cannot be read.
pub(crate) fn tolerant<R, T>(
    json: &str,
    list: impl FnOnce(&mut R) -> &mut List<T>,
) -> Result<R, serde_json::Error>
where
    R: DeserializeOwned,
    T: DeserializeOwned,
{
    let strict = match from_json(json) {
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    let [Some(data)] = members(json, ["data"])? else { return Err(strict) };
    // The same text with an empty list, in which everything else is read as ever.
    let start = data.get().as_ptr() as usize - json.as_ptr() as usize;
    let end = start + data.get().len();
    let mut reply: R = from_json(&format!("{}[]{}", &json[..start], &json[end..]))?;
    *list(&mut reply) = List::from_json(data.get())?;
    Ok(reply)
}
