//! Texts of others in messages, as JSON would write them.

/// A text in quotation marks, in one line and without what a terminal might obey.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The same without the marks.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\'' => escaped.push(letter),
            letter => {
                let shown = letter.escape_debug();
                if shown.len() > 2 { in_numbers(letter, &mut escaped) } else { escaped.extend(shown) }
            }
        }
    }
    escaped
}

/// A letter as JSON writes it where it cannot stand itself.
pub(crate) fn in_numbers(letter: char, text: &mut String) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn texts_are_shown_as_json_writes_them() {
        assert_eq!(quoted("it's \"Привет\"\n"), r#""it's \"Привет\"\n""#);
        assert_eq!(quoted("\u{1b}[2J\u{9b}\u{202e}\u{e0001}"), r#""\u001b[2J\u009b\u202e\udb40\udc01""#);
    }
}
