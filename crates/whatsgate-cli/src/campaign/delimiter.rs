//! What separates the values of a list.

use std::fmt;
use std::str::FromStr;

/// The character between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delimiter(u8);

const KNOWN: [(u8, &str); 4] = [(b',', "comma"), (b';', "semicolon"), (b'\t', "tab"), (b'|', "pipe")];

impl Delimiter {
    pub(super) fn byte(self) -> u8 {
        self.0
    }
}

impl FromStr for Delimiter {
    type Err = &'static str;

    /// A character, or its name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |(_, name): &&(u8, &str)| name.eq_ignore_ascii_case(text);
        if let Some((byte, _)) = KNOWN.iter().find(named) {
            return Ok(Self(*byte));
        }
        match text.as_bytes() {
            [byte] if *byte != b'"' && (byte.is_ascii_punctuation() || matches!(byte, b'\t' | b' ')) => {
                Ok(Self(*byte))
            }
            br"\t" => Ok(Self(b'\t')),
            _ => Err("it must be comma, semicolon, tab, pipe or a punctuation mark of ASCII"),
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match KNOWN.iter().find(|(byte, _)| *byte == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{}", char::from(self.0)),
        }
    }
}

/// How long the line is, with its end, by which spreadsheets tell each other the delimiter (`sep=;`), and that delimiter.
pub(super) fn told(text: &[u8]) -> Option<(usize, Delimiter)> {
    let is_line = text.get(..4)?.eq_ignore_ascii_case(b"sep=");
    let (delimiter, end) = text[4..].split_first().filter(|_| is_line)?;
    let end = match end {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    let delimiter = char::from(*delimiter).to_string().parse().ok()?;
    Some((5 + end, delimiter))
}

/// The delimiter that the header has most of, outside of quotes; a comma if it has none.
pub(super) fn detect(text: &[u8]) -> Result<Delimiter, String> {
    let mut counts = KNOWN.map(|(byte, name)| (0_usize, byte, name));
    let mut is_quoted = false;
    let is_break = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
    for byte in text.iter().skip_while(is_break) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'\r' | b'\n' => break,
            byte => counts.iter_mut().filter(|(_, known, _)| known == byte).for_each(|count| count.0 += 1),
        }
    }
    // Stable: a comma if there is none of all.
    counts.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    let [(first, byte, name), (second, _, other), ..] = counts;
    if first > 0 && first == second {
        return Err(format!(
            "the header does not tell what separates the values, {name} or {other}: say it with --delimiter"
        ));
    }
    Ok(Delimiter(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_delimiter() {
        for (header, wanted) in [
            ("phone,name", "comma"),
            ("phone;name;sum, RUB\n1,2,3,4", "semicolon"),
            ("phone\tname\r\n", "tab"),
            ("phone|name", "pipe"),
            ("phone", "comma"),
            ("\"a,b,\n,c\";d", "semicolon"),
            ("\n\nphone;name", "semicolon"),
        ] {
            assert_eq!(detect(header.as_bytes()).unwrap().to_string(), wanted, "{header}");
        }
        assert!(detect(b"a,b;c").unwrap_err().contains("comma or semicolon"));
    }

    #[test]
    fn a_line_of_spreadsheets_tells_it_too() {
        assert_eq!(told(b"sep=;\r\nphone"), Some((7, Delimiter(b';'))));
        assert_eq!(told(b"SEP=\t\nphone"), Some((6, Delimiter(b'\t'))));
        for text in ["sep=", "sep=;", "sep=;;\n", "sep", "separator\n", "sep=\n\n"] {
            assert_eq!(told(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_delimiter_is_named_or_typed() {
        for (text, byte) in [("tab", b'\t'), (r"\t", b'\t'), ("Semicolon", b';'), ("|", b'|'), ("^", b'^')] {
            assert_eq!(text.parse(), Ok(Delimiter(byte)));
        }
        for text in ["", "\"", "\n", "a", "ж", ";;"] {
            assert!(text.parse::<Delimiter>().is_err(), "{text}");
        }
    }
}
