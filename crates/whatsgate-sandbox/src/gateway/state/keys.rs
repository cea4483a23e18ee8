//! What accounts and sessions are found by.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whatsgate_model::SessionId;

/// Which account: the place of its key in [`Settings::api_keys`](crate::Settings::api_keys), from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AccountIndex(usize);

impl AccountIndex {
    /// The account that the methods for tests speak of.
    pub(crate) const FIRST: Self = Self(0);

    /// The account with this key.
    pub(crate) fn of_key(keys: &[String], key: Option<&str>) -> Option<Self> {
        keys.iter().position(|known| Some(known.as_str()) == key).map(Self)
    }

    /// The account's number on the wire.
    pub(crate) fn user_id(self) -> usize {
        self.0.saturating_add(1)
    }
}

/// A session's id, shared by all that belongs to the session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey(Arc<str>);

impl SessionKey {
    /// The id as others know it.
    pub(crate) fn to_id(&self) -> SessionId {
        SessionId::new(&*self.0).expect("a key is made of an id")
    }
}

impl From<&SessionId> for SessionKey {
    fn from(id: &SessionId) -> Self {
        Self(id.as_str().into())
    }
}

impl Deref for SessionKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SessionKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for SessionKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = SessionId::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        Ok(Self::from(&id))
    }
}
