//! Text of others, made fit to be shown.

/// One line without what would control the terminal or turn the direction of what follows.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if controls(c) { ' ' } else { c }).collect()
}

/// Lines without what would control the terminal.
pub(crate) fn lines(text: &str) -> String {
    text.chars().map(|c| if controls(c) && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}

/// A word as it may stand in a command that is offered for copying.
pub(crate) fn word(text: &str) -> String {
    let text = plain(text);
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if text.chars().all(is_safe) && !text.starts_with('-') && !text.is_empty() {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A JSON document, whose texts keep what would control the terminal, but escaped.
pub(crate) fn document(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if controls(c) {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

/// Less than what errors and logs escape: what joins the parts of an emoji stays, because names have them.
pub(crate) fn controls(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_runs_nothing() {
        assert_eq!(word("191b80a9238"), "191b80a9238");
        assert_eq!(word("x; touch y #"), "'x; touch y #'");
        assert_eq!(word("it's\nme"), r"'it'\''s me'");
        assert_eq!(word("-rf"), "'-rf'");
    }

    #[test]
    fn a_document_controls_nothing_and_means_the_same() {
        let value = serde_json::json!({ "text": "a\u{1b}[2Jb\u{9b}c\u{202e}d\u{2028}e\n" });
        let text = document(&value.to_string());
        assert!(!text.chars().any(controls), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
