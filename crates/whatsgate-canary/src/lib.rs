//! The one key, the one number and the one text that the tests treat as secrets, and the search for them.
//!
//! They stand here alone. `cargo xtask test` looks for them in whatever a run leaves, so that a leak fails the run
//! wherever it is; a single test asks [`assert_hidden`].
//!
//! ```
//! use whatsgate_canary::{Canary, PHONE, find};
//!
//! let logged = format!("GET /check?phone={PHONE}");
//! assert_eq!(find(logged.as_bytes()).unwrap().what, Canary::Phone);
//! ```

#[cfg(feature = "log")]
mod log;

use std::fmt;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet::{self, Alphabet};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use memchr::memmem::Finder;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[cfg(feature = "log")]
pub use crate::log::Log;

/// The key of every account in the tests. It has characters that URLs escape.
pub const KEY: &str = "canary-key+5f2a/91c7=";

/// The number of a person who must stay unknown, international and without a plus. No fixture has it.
pub const PHONE: &str = "79990005142";

/// A private message. It has letters that JSON and URLs may escape.
pub const TEXT: &str = "canary text «5f2a»";

/// What the key and the text begin with. A text that was cut still shows it.
const BEGINNING: &str = "canary";

/// What must not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canary {
    /// [`KEY`].
    Key,
    /// [`PHONE`].
    Phone,
    /// [`TEXT`].
    Text,
}

impl Canary {
    /// The first place of some bytes at which it stands, in any form in which programs write texts: as it is, escaped for
    /// JSON, a URL or HTML, as hexadecimal digits, and inside of anything that is base64.
    pub fn find(self, bytes: &[u8]) -> Option<Hit> {
        FORMS
            .iter()
            .filter(|form| form.what == self)
            .filter_map(|form| Some(Hit { what: self, form: form.name, at: form.finder.find(bytes)? }))
            .min_by_key(|hit| hit.at)
    }
}

impl fmt::Display for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the key",
            Self::Phone => "the number",
            Self::Text => "the text",
        })
    }
}

/// Where a canary was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which it is.
    pub what: Canary,
    /// How it was written, in words: `plain`, `in base64`, …
    pub form: &'static str,
    /// The place of its first byte.
    pub at: usize,
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.what, self.form)
    }
}

/// The first canary in some bytes; see [`Canary::find`].
pub fn find(bytes: &[u8]) -> Option<Hit> {
    [Canary::Key, Canary::Phone, Canary::Text]
        .into_iter()
        .filter_map(|canary| canary.find(bytes))
        .min_by_key(|hit| hit.at)
}

/// Fails when a text shows a canary, or the beginning of one.
///
/// # Panics
/// Then.
#[track_caller]
pub fn assert_hidden(shown: &str) {
    assert!(is_hidden(shown), "there is a canary in {shown}");
}

fn is_hidden(shown: &str) -> bool {
    find(shown.as_bytes()).is_none() && !shown.contains(BEGINNING)
}

/// One way to write one canary.
struct Form {
    what: Canary,
    name: &'static str,
    finder: Finder<'static>,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let mut forms = Vec::new();
    for (what, canary) in [(Canary::Key, KEY), (Canary::Text, TEXT)] {
        add(&mut forms, what, canary);
    }
    // Without the country, as many people write numbers.
    let (_, number) = PHONE.split_at(1);
    add(&mut forms, Canary::Phone, number);
    let [area, start, middle, end] = [&number[..3], &number[3..6], &number[6..8], &number[8..]];
    for separator in ["-", " ", ".", "\u{a0}"] {
        for (before, after) in [("", separator), ("", " "), ("(", ") "), ("(", ")")] {
            let spaced = format!("{before}{area}{after}{start}{separator}{middle}{separator}{end}");
            push(&mut forms, Canary::Phone, "in groups", &spaced);
        }
        push(&mut forms, Canary::Phone, "in groups", &format!("{area} {start}{separator}{middle}{end}"));
    }
    forms
});

fn add(forms: &mut Vec<Form>, what: Canary, canary: &str) {
    push(forms, what, "plain", canary);
    push(forms, what, "escaped for JSON", &ascii_json(canary, false));
    push(forms, what, "escaped for JSON", &ascii_json(canary, true));
    for spaces in ["%20", "+"] {
        let url = utf8_percent_encode(canary, NON_ALPHANUMERIC).to_string();
        // Dashes, dots and underlines need no escape.
        for url in [url.replace("%2D", "-"), url] {
            let url = url.replace("%20", spaces);
            push(forms, what, "escaped for a URL", &url);
            push(forms, what, "escaped for a URL", &lower_escapes(&url));
        }
    }
    let html = canary.replace('«', "&laquo;").replace('»', "&raquo;");
    push(forms, what, "escaped for HTML", &html);
    let hex = canary.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    push(forms, what, "in hexadecimal", &hex);
    push(forms, what, "in hexadecimal", &hex.to_ascii_uppercase());
    push(forms, what, "as a list of bytes", &format!("{:?}", canary.as_bytes()).replace(['[', ']'], ""));
    for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
        for before in 0..3 {
            push(forms, what, "in base64", &base64_core(canary, before, alphabet));
        }
    }
}

/// Keeps forms apart that are written differently.
fn push(forms: &mut Vec<Form>, what: Canary, name: &'static str, needle: &str) {
    if forms.iter().all(|form| form.finder.needle() != needle.as_bytes()) {
        forms.push(Form { what, name, finder: Finder::new(needle).into_owned() });
    }
}

/// The escapes of JSON for everything that is not ASCII.
fn ascii_json(text: &str, upper: bool) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => escaped.push(char::from(byte)),
            _ if upper => escaped.push_str(&format!("\\u{unit:04X}")),
            _ => escaped.push_str(&format!("\\u{unit:04x}")),
        }
    }
    escaped
}

/// A URL whose escapes have small letters.
fn lower_escapes(url: &str) -> String {
    let mut parts = url.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at(2);
        lower.push('%');
        lower.push_str(&escape.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

/// What base64 makes of a text with so many bytes in front of it, without the characters that its neighbours change.
fn base64_core(text: &str, before: usize, alphabet: &Alphabet) -> String {
    let bytes = [&[0].repeat(before), text.as_bytes()].concat();
    let encoded = GeneralPurpose::new(alphabet, NO_PAD).encode(&bytes);
    let from = [0, 2, 3][before];
    let to = encoded.len() - usize::from(bytes.len() % 3 != 0);
    encoded[from..to].to_owned()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    const ALL: [(Canary, &str); 3] = [(Canary::Key, KEY), (Canary::Phone, PHONE), (Canary::Text, TEXT)];

    #[track_caller]
    fn finds(what: Canary, shown: &str) {
        assert_eq!(find(shown.as_bytes()).map(|hit| hit.what), Some(what), "{shown}");
    }

    #[test]
    fn base64_hides_no_canary_wherever_it_begins_and_ends() {
        for (what, canary) in ALL {
            for before in 0..7 {
                for after in 0..4 {
                    let text = format!("{}{canary}{}", "x".repeat(before), "y".repeat(after));
                    finds(what, &BASE64_STANDARD.encode(&text));
                    finds(what, &BASE64_URL_SAFE.encode(&text));
                }
            }
        }
    }

    #[test]
    fn escapes_hide_no_canary() {
        finds(Canary::Key, "key=canary-key%2B5f2a%2F91c7%3D&page=1");
        finds(Canary::Key, "key=canary-key%2b5f2a%2f91c7%3d");
        finds(Canary::Text, "?text=canary+text+%C2%AB5f2a%C2%BB");
        finds(Canary::Text, "?text=canary%20text%20%c2%ab5f2a%c2%bb");
        finds(Canary::Text, r#"{"body":"canary text \u00ab5f2a\u00bb"}"#);
        finds(Canary::Text, r#"{"body":"canary text \u00AB5f2a\u00BB"}"#);
        finds(Canary::Text, "<p>canary text &laquo;5f2a&raquo;</p>");
        finds(Canary::Key, &format!("{:?}", KEY.as_bytes()));
        finds(Canary::Key, "63616e6172792d6b65792b356632612f393163373d");
    }

    #[test]
    fn a_number_is_known_however_people_write_it() {
        for shown in [
            "7 999 000-51-42",
            "+7 (999) 000-51-42",
            "8(999)000-51-42",
            "+7 999 000 51 42",
            "999.000.51.42",
            "7-999-000-51-42",
            "79990005142@c.us",
            "9990005142",
        ] {
            finds(Canary::Phone, shown);
        }
        assert_eq!(find(b"+7 999 999-99-99"), None);
    }

    #[test]
    fn the_first_of_several_is_told() {
        let shown = format!("to {PHONE} with {KEY}");
        assert_eq!(find(shown.as_bytes()), Some(Hit { what: Canary::Phone, form: "plain", at: 4 }));
    }

    #[test]
    fn a_canary_that_is_cut_is_not_hidden() {
        assert!(is_hidden("nothing"));
        for shown in [KEY, PHONE, TEXT, &TEXT[..10]] {
            assert!(!is_hidden(shown), "{shown}");
        }
    }
}
