//! Text of others, made fit to be shown.

use std::fmt::{self, Write as _};

/// How many characters are shown.
const MOST: usize = 200;

/// Text from outside as it may stand in a message or a log: in one line, because a line break could forge another, without
/// what controls a terminal or turns the direction of what follows, and cut.
///
/// ```
/// use whatsgate_core::shown;
///
/// assert_eq!(shown("news\nERROR forged").to_string(), r"news\nERROR forged");
/// assert_eq!(shown(&"x".repeat(1000)).to_string().chars().count(), 201);
/// ```
pub fn shown(text: &str) -> impl fmt::Display + '_ {
    Shown(text)
}

/// What ends a line, controls a terminal or turns the direction of the text.
fn controls(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(MOST) {
            if controls(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        if characters.next().is_some() { f.write_char('…') } else { Ok(()) }
    }
}
