//! Reading the members of a rule or of settings, with errors that name the member.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members that are not read yet.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Null is as good as nothing.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{name}: must be a string")),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(format!("{name}: must be a boolean")),
        }
    }

    /// A whole number in a range.
    pub(crate) fn whole<T>(&mut self, name: &str, range: RangeInclusive<T>) -> Result<Option<T>, String>
    where
        T: TryFrom<i64> + TryFrom<u64> + PartialOrd + Display,
    {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = match (value.as_u64(), value.as_i64()) {
            (Some(number), _) => T::try_from(number).ok(),
            (None, Some(number)) => T::try_from(number).ok(),
            (None, None) => None,
        };
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            format!("{name}: must be a whole number from {} to {}", range.start(), range.end())
        })
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self, name: &str) -> Result<Option<f64>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| format!("{name}: must be a number from 0 to 1"))
    }

    /// One of the words that a type knows.
    pub(crate) fn parsed<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        serde_json::from_value(value).map(Some).map_err(|error| format!("{name}: {error}"))
    }

    /// A member that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Result<Option<T>, String>,
    ) -> Result<T, String> {
        read(self, name)?.ok_or_else(|| format!("{name}: is required"))
    }

    /// Refuses whatever is left.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(name) => Err(format!("{name}: there is no such member here")),
            None => Ok(()),
        }
    }
}
