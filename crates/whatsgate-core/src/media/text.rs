//! The text of a JSON string that comes in pieces.

/// Reads the text of one string up to its closing quotation mark, as ASCII.
#[derive(Debug, Default)]
pub(super) struct Text {
    in_escape: bool,
    /// What was read of the escape sequence, without its backslash.
    escape: Vec<u8>,
}

/// What comes next in a text.
pub(super) enum Part<'a> {
    /// Characters that stand for themselves.
    Plain(&'a [u8]),
    /// One character, written as an escape sequence; none if it is not ASCII or not an escape sequence.
    Escaped(Option<u8>),
    /// The closing quotation mark, which is not taken.
    End,
    /// Nothing before the next piece.
    More,
}

impl Text {
    /// Takes the next part from the front of `input`.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Part<'a> {
        while self.in_escape {
            let Some((byte, rest)) = input.split_first() else { return Part::More };
            *input = rest;
            self.escape.push(*byte);
            if self.escape[0] != b'u' || self.escape.len() == 5 {
                self.in_escape = false;
                return Part::Escaped(unescape(&self.escape));
            }
        }
        match memchr::memchr2(b'"', b'\\', input) {
            Some(0) if input[0] == b'"' => Part::End,
            Some(0) => {
                *input = &input[1..];
                self.in_escape = true;
                self.escape.clear();
                self.next(input)
            }
            None if input.is_empty() => Part::More,
            found => {
                let (plain, rest) = input.split_at(found.unwrap_or(input.len()));
                *input = rest;
                Part::Plain(plain)
            }
        }
    }
}

fn unescape(escape: &[u8]) -> Option<u8> {
    match escape {
        [plain @ (b'"' | b'\\' | b'/')] => Some(*plain),
        // No control character is base64; which one it is does not matter.
        [b'b' | b'f' | b'n' | b'r' | b't'] => Some(b'\n'),
        [b'u', digits @ ..] => {
            // `from_str_radix` alone would take a sign.
            let digits = std::str::from_utf8(digits).ok()?;
            let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            all.then(|| u8::from_str_radix(digits, 16).ok()).flatten().filter(u8::is_ascii)
        }
        _ => None,
    }
}
