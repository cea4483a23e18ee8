//! Texts for a database that knows no NUL character.

use std::borrow::Cow;

/// Stands before what replaces a character. From the range for private use, where no text of people has anything.
const MARK: char = '\u{e000}';

/// The text without NUL characters, from which [`from_stored`] makes the text again. Different texts stay different.
pub(super) fn to_stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 4);
    for char in text.chars() {
        match char {
            '\0' => stored.extend([MARK, '0']),
            MARK => stored.extend([MARK, '1']),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// The text that was stored.
pub(super) fn from_stored(stored: String) -> String {
    if !stored.contains(MARK) {
        return stored;
    }
    let mut text = String::with_capacity(stored.len());
    let mut chars = stored.chars();
    while let Some(char) = chars.next() {
        if char != MARK {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('0') => text.push('\0'),
            Some('1') => text.push(MARK),
            // Somebody else wrote it.
            other => text.extend([MARK].into_iter().chain(other)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_has_a_nul() {
        for text in ["", "an event", "\0", "a\0b\0", "\u{e000}", "\u{e000}0", "\u{e000}\0\u{e000}1"] {
            let stored = to_stored(text).into_owned();
            assert!(!stored.contains('\0'));
            assert_eq!(from_stored(stored), text);
        }
    }
}
