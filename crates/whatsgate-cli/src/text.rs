//! Text of others, made fit to be shown.

use crate::args::Key;

/// One line without what would control the terminal or turn the direction of what follows.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if controls(c) { ' ' } else { c }).collect()
}

/// Lines without what would control the terminal.
pub(crate) fn lines(text: &str) -> String {
    text.chars().map(|c| if controls(c) && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}

pub(crate) fn controls(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
