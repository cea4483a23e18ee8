//! The key as it is set.

use whatsgate_native::ApiKey;

use super::finding::{Finding, Id};
use crate::secret::Key;

/// What there is to find about a key before anybody is asked, and the key to ask with.
pub(super) fn look(key: Option<&Key>) -> (Vec<Finding>, Option<ApiKey>) {
    let typed = key.map(|key| key.0.as_str()).unwrap_or_default();
    let trimmed = typed.trim();
    if trimmed.is_empty() {
        return (vec![Id::KeyMissing.into()], None);
    }
    let mut findings = Vec::new();
    if trimmed.len() != typed.len() {
        findings.push(Id::KeyPadded.into());
    }
    let bare = unquoted(trimmed);
    if bare.len() != trimmed.len() {
        findings.push(Id::KeyQuoted.into());
    }
    let key = ApiKey::new(bare).ok();
    if key.is_none() {
        let place = bare.chars().position(|c| !c.is_ascii_graphic()).unwrap_or_default() + 1;
        let length = bare.chars().count();
        findings.push(Finding::new(Id::KeyMalformed).with("place", place).with("length", length));
    }
    (findings, key)
}

/// The text without quotes around it.
fn unquoted(text: &str) -> &str {
    const PAIRS: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('`', '`'), ('«', '»'), ('“', '”')];
    let inside = |(open, close)| text.strip_prefix(open).and_then(|text: &str| text.strip_suffix(close));
    PAIRS.into_iter().find_map(inside).map_or(text, str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_of_copying_are_told_apart() {
        for (typed, ids, has_key) in [
            ("", &[Id::KeyMissing][..], false),
            (" \n", &[Id::KeyMissing], false),
            ("abc", &[], true),
            ("abc\n", &[Id::KeyPadded], true),
            ("\"abc\"", &[Id::KeyQuoted], true),
            ("«abc» ", &[Id::KeyPadded, Id::KeyQuoted], true),
            ("abc\ndef", &[Id::KeyMalformed], false),
            ("Bearer abc", &[Id::KeyMalformed], false),
            ("ключ", &[Id::KeyMalformed], false),
            ("\"", &[], true),
        ] {
            let (findings, key) = look(Some(&Key(typed.to_owned())));
            assert_eq!(findings.iter().map(|finding| finding.id).collect::<Vec<_>>(), ids, "{typed:?}");
            assert_eq!(key.is_some(), has_key, "{typed:?}");
        }
        assert_eq!(look(None).0[0].id, Id::KeyMissing);
    }
}
