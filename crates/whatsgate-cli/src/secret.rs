//! The account's key, and the output without it.

use whatsgate_native::ApiKey;
use whatsgate_native::core::InvalidRequest;

/// A key as typed, checked where it is used: the parser of the command line would print a bad one.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Key {
    pub(crate) fn read(&self) -> Result<ApiKey, InvalidRequest> {
        ApiKey::new(self.0.trim())
    }
}

/// A URL as typed, which may hold a secret and is checked where it is used.
#[derive(Clone)]
pub(crate) struct SecretUrl(pub(crate) String);

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}

impl From<String> for SecretUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// The account's key, which is never shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secret(Option<Key>);

impl Secret {
    pub(crate) fn new(key: Option<Key>) -> Self {
        Self(key.filter(|key| !key.0.trim().is_empty()))
    }

    /// The key if it is long enough not to be a part of other words.
    pub(crate) fn if_long(self) -> Self {
        Self(self.0.filter(|key| key.0.trim().len() >= 8))
    }

    /// The text without the key: a gateway may repeat what it was sent.
    pub(crate) fn hide(&self, text: &str) -> String {
        match &self.0 {
            Some(key) => text.replace(key.0.trim(), "…"),
            None => text.to_owned(),
        }
    }
}
