//! What is changed about the text of a reply.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A change of a reply that a client must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Every number comes as text.
    NumbersAsText,
    /// Every number comes as text with the comma that the service's own description shows.
    NumbersWithComma,
    /// Every flag comes as text.
    FlagsAsText,
    /// Every flag comes as 0 or 1.
    FlagsAsNumbers,
    /// Every object has a member that nobody knows.
    NewMember,
    /// Every word of an open list is one that nobody knows.
    NewWords,
    /// Each place that may be missing is missing, in a trial of its own.
    Without,
    /// Each place that may be missing is null, in a trial of its own.
    Null,
    /// All places that may be missing are missing.
    Bare,
    /// Members come in the opposite order.
    Reversed,
    /// White space between everything.
    Spaced,
    /// Every letter beyond ASCII, and every slash, comes as an escape.
    Escaped,
    /// A byte order mark stands in front.
    Bom,
    /// A list has an element that is none.
    OddElement,
    /// Half of the text.
    Half,
    /// All but the last character.
    AlmostAll,
}

/// A changed reply.
pub(crate) struct Changed {
    /// What tells it from its siblings, if there are any.
    pub(crate) place: Option<String>,
    pub(crate) text: String,
    /// What the client must make of it, as if it had come like that.
    pub(crate) meant: Value,
}

/// The member that nobody knows.
pub(crate) const NEW_MEMBER: &str = "x_new";

/// Members whose words are an open list.
const OPEN: [&str; 4] = ["type", "status", "status_name", "event_action"];

impl Change {
    /// The change, or one for each place.
    pub(crate) fn apply(self, body: &Value, optional: &[String]) -> Vec<Changed> {
        let one = |text: String, meant: &Value| vec![Changed { place: None, text, meant: meant.clone() }];
        let plain = |meant: Value| one(meant.to_string(), &meant);
        match self {
            Self::NumbersAsText => {
                one(scalars(body, &|it| Some(it.as_number()?.to_string().into())).to_string(), body)
            }
            Self::NumbersWithComma => {
                one(scalars(body, &|it| Some(format!("{},", it.as_number()?).into())).to_string(), body)
            }
            Self::FlagsAsText => {
                one(scalars(body, &|it| Some(it.as_bool()?.to_string().into())).to_string(), body)
            }
            Self::FlagsAsNumbers => {
                one(scalars(body, &|it| Some(u8::from(it.as_bool()?).into())).to_string(), body)
            }
            Self::NewMember => plain(with_new_member(body)),
            Self::NewWords => plain(with_new_words(body)),
            Self::Without => each(optional, body, |members, name| drop(members.remove(name))),
            Self::Null => {
                each(optional, body, |members, name| drop(members.insert(name.into(), Value::Null)))
            }
            Self::Bare => {
                let mut bare = body.clone();
                for place in optional {
                    at(&mut bare, place, |members, name| drop(members.remove(name)));
                }
                plain(bare)
            }
            Self::Reversed => one(written(body, false, true), body),
            Self::Spaced => one(format!("\r\n{}\r\n", written(body, true, false)), body),
            Self::Escaped => one(escaped(&body.to_string()), body),
            Self::Bom => one(format!("\u{feff}{body}"), body),
            Self::OddElement => {
                let mut odd = body.clone();
                if let Some(list) = odd.get_mut("data").and_then(Value::as_array_mut) {
                    list.insert(0, json!("nothing of that kind"));
                }
                one(odd.to_string(), body)
            }
            Self::Half => {
                let text = body.to_string();
                let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                one(text[..half].to_owned(), body)
            }
            Self::AlmostAll => {
                let mut text = body.to_string();
                text.pop();
                one(text, body)
            }
        }
    }
}

fn each(optional: &[String], body: &Value, change: fn(&mut Map<String, Value>, &str)) -> Vec<Changed> {
    let changed = optional.iter().map(|place| {
        let mut meant = body.clone();
        at(&mut meant, place, change);
        let place = Some(place.trim_start_matches('/').replace('/', "."));
        Changed { place, text: meant.to_string(), meant }
    });
    changed.collect()
}

/// Does something to the member at a place.
fn at(body: &mut Value, place: &str, act: fn(&mut Map<String, Value>, &str)) {
    let Some((around, name)) = place.rsplit_once('/') else { return };
    if let Some(members) = body.pointer_mut(around).and_then(Value::as_object_mut) {
        act(members, name);
    }
}

fn scalars(value: &Value, change: &impl Fn(&Value) -> Option<Value>) -> Value {
    match value {
        Value::Array(list) => list.iter().map(|it| scalars(it, change)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, it)| (name.clone(), scalars(it, change))).collect()
        }
        scalar => change(scalar).unwrap_or_else(|| scalar.clone()),
    }
}

fn with_new_member(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(with_new_member).collect(),
        Value::Object(members) => {
            let mut all: Map<_, _> =
                members.iter().map(|(name, it)| (name.clone(), with_new_member(it))).collect();
            all.insert(NEW_MEMBER.to_owned(), json!([1, "two", null]));
            all.into()
        }
        scalar => scalar.clone(),
    }
}

fn with_new_words(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(with_new_words).collect(),
        Value::Object(members) => {
            let new = |(name, it): (&String, &Value)| {
                let is_word = it.is_string() && OPEN.contains(&name.as_str());
                (name.clone(), if is_word { json!("hologram") } else { with_new_words(it) })
            };
            members.iter().map(new).collect()
        }
        scalar => scalar.clone(),
    }
}

/// The JSON with white space, or with members in the opposite order.
fn written(value: &Value, spaced: bool, reversed: bool) -> String {
    let space = if spaced { "\n\t " } else { "" };
    let inner = |it: &Value| written(it, spaced, reversed);
    let joined = |open: char, mut parts: Vec<String>, close: char| {
        if reversed && open == '{' {
            parts.reverse();
        }
        format!("{open}{space}{}{space}{close}", parts.join(&format!("{space},{space}")))
    };
    match value {
        Value::Array(list) => joined('[', list.iter().map(inner).collect(), ']'),
        Value::Object(members) => {
            let member = |(name, it): (&String, &Value)| {
                format!("{}{space}:{space}{}", Value::from(name.as_str()), inner(it))
            };
            joined('{', members.iter().map(member).collect(), '}')
        }
        scalar => scalar.to_string(),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter == '/' {
            escaped.push_str("\\/");
        } else if letter.is_ascii() {
            escaped.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}
