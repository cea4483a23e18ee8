//! Text of others, made fit to be shown.

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
