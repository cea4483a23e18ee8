//! Reading the members of a request, with errors that name the member.

use serde_json::{Map, Value};

use super::answer::Answer;

/// Longest text of a member that names something; longer ones are refused to keep memory bounded.
const NAME_LIMIT: usize = 2048;

/// The members of one object of a request.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(members: &'a Map<String, Value>) -> Self {
        Self { path: String::new(), members }
    }

    /// Refuses members of other names.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Answer> {
        match self.members.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(self.refuse(name, "there is no such member here")),
            None => Ok(()),
        }
    }

    /// Text of any length; absent, null and empty are the same.
    pub(crate) fn long_text(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.refuse(name, "must be a string")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        match self.long_text(name)? {
            Some(text) if text.len() > NAME_LIMIT => Err(self.refuse(name, "is too long")),
            text => Ok(text),
        }
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<&'a str, Answer> {
        self.text(name)?.ok_or_else(|| self.refuse(name, "is required"))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Answer> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refuse(name, "must be a boolean")),
        }
    }

    /// Anything but null.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A list of texts; absent and null are an empty one.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Answer> {
        let elements = match self.members.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(elements)) => elements.iter().map(Value::as_str).collect(),
            Some(_) => None,
        };
        elements.ok_or_else(|| self.refuse(name, "must be a list of strings"))
    }

    /// A whole number from 1, also as text; absent, null and empty are the same.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u64>, Answer> {
        let count = match self.members.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        match count {
            Some(count) if count > 0 => Ok(Some(count)),
            _ => Err(self.refuse(name, "must be a whole number from 1")),
        }
    }

    /// The same, up to a limit.
    pub(crate) fn count_to(&self, name: &str, most: u64) -> Result<Option<u64>, Answer> {
        match self.count(name) {
            Ok(count) if count.is_none_or(|count| count <= most) => Ok(count),
            _ => Err(self.refuse(name, &format!("must be a whole number from 1 to {most}"))),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Answer> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => {
                Ok(Some(Fields { path: format!("{}{name}.", self.path), members }))
            }
            Some(_) => Err(self.refuse(name, "must be an object")),
        }
    }

    pub(crate) fn required_object(&self, name: &str) -> Result<Fields<'a>, Answer> {
        self.object(name)?.ok_or_else(|| self.refuse(name, "is required"))
    }

    pub(crate) fn refuse(&self, name: &str, why: &str) -> Answer {
        Answer::refused(format!("{}{name}: {why}", self.path))
    }
}
