//! Values that must not show by accident.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A value that may hold private data: a message, a phone number, a key that a server echoes.
///
/// `Debug` and `Display` show nothing of it, and there is no `Serialize`: whoever wants to show or to store it says so
/// with [`expose`](Self::expose).
///
/// ```
/// # use whatsgate_core::Private;
/// let words = Private::new("call me");
/// assert_eq!(format!("{words} {words:?}"), "(private) (private)");
/// assert_eq!(*words.expose(), "call me");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Marks a value as private.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Keep it out of logs.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself. Keep it out of logs.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

impl<T> fmt::Display for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}
