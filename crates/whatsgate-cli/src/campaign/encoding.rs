//! In which encoding a list is, and its text in pieces.

use std::fs::File;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, IBM866, UTF_8, WINDOWS_1251};

use super::mistakes::Mistake;

/// How many bytes are read at a time.
const PIECE: usize = 64 * 1024;

/// An encoding by one of the names that browsers know, such as `windows-1251`, `cp866` or `utf-16le`.
pub(crate) fn by_name(text: &str) -> Result<&'static Encoding, &'static str> {
    Encoding::for_label_no_replacement(text.trim().as_bytes())
        .ok_or("it must be the name of an encoding, such as utf-8, windows-1251, cp866 or utf-16le")
}

/// In which encoding a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) encoding: &'static Encoding,
    /// Whether a byte order mark says so.
    pub(super) by_mark: bool,
}

/// Reads the file to its end and says in which encoding it is: what a byte order mark says, whatever was given, or else what
/// was given, or else UTF-8, or if it cannot be that CP866 where its letters are those of Russian words, or Windows-1251.
pub(super) fn detect(file: &mut impl Read, given: Option<&'static Encoding>) -> Result<Told, Mistake> {
    let mut look = Look::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => look.take(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
    look.encoding(given)
}

pub(super) fn unreadable(error: &io::Error) -> Mistake {
    Mistake::of_list(format!("it cannot be read: {error}"))
}

/// What the bytes so far are like.
struct Look {
    beginning: Vec<u8>,
    /// What may be the beginning of a character of UTF-8.
    rest: Vec<u8>,
    /// Characters of UTF-8 that are not ASCII.
    characters: u64,
    /// Sequences of bytes that are no UTF-8.
    broken: u64,
    /// Line breaks before the first of them.
    lines: u64,
    /// Knows by the letters that stand together in which encoding they are words.
    detector: EncodingDetector,
}

impl Look {
    fn new() -> Self {
        let detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        Self { beginning: Vec::new(), rest: Vec::new(), characters: 0, broken: 0, lines: 0, detector }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.detector.feed(bytes, false);
        let missing = 4_usize.saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(missing));
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut rest = &all[..];
        while !rest.is_empty() {
            let (valid, broken) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            let (text, after) = rest.split_at(valid);
            self.characters += text.iter().filter(|byte| **byte >= 0xc0).count() as u64;
            if self.broken == 0 {
                self.lines += String::from_utf8_lossy(text).matches('\n').count() as u64;
            }
            let Some(broken) = broken else {
                self.rest = after.to_vec();
                return;
            };
            self.broken += u64::from(broken > 0);
            rest = &after[broken..];
        }
    }

    /// Of the encodings with one byte a character. Old programs write CP866; of the others all is rare that is not Windows-1251,
    /// which a detector misses in lists of few letters.
    fn of_one_byte(&mut self) -> &'static Encoding {
        self.detector.feed(&[], true);
        let guess = self.detector.guess(Some(b"ru"), Utf8Detection::Deny);
        if guess == IBM866 { IBM866 } else { WINDOWS_1251 }
    }

    fn encoding(&mut self, given: Option<&'static Encoding>) -> Result<Told, Mistake> {
        if self.beginning.is_empty() {
            return Err(Mistake::of_list("it is empty"));
        }
        if self.beginning.starts_with(b"PK\x03\x04") || self.beginning.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(Mistake::of_list("it is a spreadsheet or an archive: save the sheet as CSV UTF-8"));
        }
        let is_broken = self.broken > 0 || !self.rest.is_empty();
        if let Some((encoding, _)) = Encoding::for_bom(&self.beginning) {
            if encoding == UTF_8 && is_broken {
                return Err(Mistake::at(
                    self.lines + 1,
                    "here is what is no UTF-8, and the list begins with the mark of UTF-8: save it as CSV UTF-8 anew",
                ));
            }
            return Ok(Told { encoding, by_mark: true });
        }
        let encoding = match given {
            Some(given) => given,
            None if !is_broken => UTF_8,
            // Text of one byte a character is no UTF-8 at almost every letter.
            None if self.characters <= self.broken + u64::from(!self.rest.is_empty()) => self.of_one_byte(),
            None => {
                return Err(Mistake::at(
                    self.lines + 1,
                    "here is what is no UTF-8, and almost all else is: repair it, or say with --encoding what it is",
                ));
            }
        };
        Ok(Told { encoding, by_mark: false })
    }
}

/// Why there is no more text.
#[derive(Debug)]
pub(super) enum Stop {
    Unreadable(io::Error),
    /// Bytes that the encoding does not have.
    Malformed,
    /// A zero character, which no text has.
    Zero,
}

/// The text of a file as pieces of UTF-8.
pub(super) struct Pieces {
    file: File,
    decoder: Decoder,
    bytes: Vec<u8>,
    /// The part of `bytes` that was not decoded yet.
    left: std::ops::Range<usize>,
    text: Vec<u8>,
    is_end: bool,
    stop: Option<Stop>,
}

impl Pieces {
    /// The file must be at its beginning. A byte order mark is no part of the text.
    pub(super) fn new(file: File, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes: vec![0; PIECE],
            left: 0..0,
            text: vec![0; PIECE],
            is_end: false,
            stop: None,
        }
    }

    /// The next piece; empty at the end. What stops the text comes behind all that is before it.
    pub(super) fn next(&mut self) -> Result<&[u8], Stop> {
        if let Some(stop) = self.stop.take() {
            return Err(stop);
        }
        loop {
            if self.left.is_empty() && !self.is_end {
                match self.file.read(&mut self.bytes) {
                    Ok(length) => {
                        self.left = 0..length;
                        self.is_end = length == 0;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Stop::Unreadable(error)),
                }
            } else if self.left.is_empty() {
                return Ok(&[]);
            }
            let input = &self.bytes[self.left.clone()];
            let (result, read, mut written) =
                self.decoder.decode_to_utf8_without_replacement(input, &mut self.text, self.is_end);
            self.left.start += read;
            if matches!(result, DecoderResult::Malformed(..)) {
                self.stop = Some(Stop::Malformed);
            }
            if let Some(zero) = self.text[..written].iter().position(|byte| *byte == 0) {
                self.stop = Some(Stop::Zero);
                written = zero;
            }
            if written > 0 {
                return Ok(&self.text[..written]);
            }
            if let Some(stop) = self.stop.take() {
                return Err(stop);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use encoding_rs::{UTF_16BE, UTF_16LE};

    use super::*;

    fn detected(bytes: &[u8]) -> Result<&'static str, String> {
        detect(&mut &*bytes, None).map(|told| told.encoding.name()).map_err(|mistake| mistake.to_string())
    }

    #[test]
    fn an_encoding_is_told_by_its_bytes() {
        assert_eq!(detected(b"phone,name\n"), Ok("UTF-8"));
        assert_eq!(detected("телефон,имя\n".as_bytes()), Ok("UTF-8"));
        assert_eq!(detected("\u{feff}phone\n".as_bytes()), Ok("UTF-8"));
        assert_eq!(detected(b"\xff\xfep\0"), Ok("UTF-16LE"));
        assert_eq!(detected(b"\xfe\xff\0p"), Ok("UTF-16BE"));
        assert_eq!(detected(&WINDOWS_1251.encode("телефон;имя\n").0), Ok("windows-1251"));
        assert_eq!(detected(&WINDOWS_1251.encode("phone;я").0), Ok("windows-1251"));
        for list in
            ["phone;name\n79991112233;Василий\n79991112244;АННА\n", "phone;text\n1;Здравствуйте, Мария!\n"]
        {
            assert_eq!(detected(&IBM866.encode(list).0), Ok("IBM866"), "{list}");
            assert_eq!(detected(&WINDOWS_1251.encode(list).0), Ok("windows-1251"), "{list}");
        }
    }

    #[test]
    fn a_broken_byte_makes_no_windows_1251_of_utf_8() {
        let mut bytes = "телефон;имя\n".as_bytes().to_vec();
        bytes.extend(b"1;\xff\n");
        assert!(detected(&bytes).unwrap_err().starts_with("line 2: "));
        let mut cut = "телефон;имя\n".as_bytes().to_vec();
        cut.truncate(cut.len() - 2);
        assert!(detected(&cut).unwrap_err().starts_with("line 1: "));
        assert!(detected(b"\xef\xbb\xbf\xff").is_err());
    }

    #[test]
    fn what_is_no_list_is_told() {
        assert_eq!(detected(b""), Err("it is empty".to_owned()));
        for beginning in [&b"PK\x03\x04\x14"[..], b"\xd0\xcf\x11\xe0\xa1"] {
            assert!(detected(beginning).unwrap_err().contains("save the sheet as CSV"));
        }
    }

    /// Characters of several bytes fall on the borders of pieces.
    #[test]
    fn characters_over_the_border_of_a_piece_are_whole() {
        let text = format!("a{}", "я".repeat(PIECE));
        assert_eq!(detected(text.as_bytes()), Ok("UTF-8"));
        let mut look = Look::new();
        for byte in text.as_bytes() {
            look.take(&[*byte]);
        }
        assert_eq!((look.characters, look.broken), (PIECE as u64, 0));
        assert_eq!(read(text.as_bytes(), UTF_8).unwrap(), text);
    }

    fn read(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Stop> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let mut pieces = Pieces::new(file, encoding);
        let mut text = Vec::new();
        loop {
            match pieces.next()? {
                [] => return Ok(String::from_utf8(text).unwrap()),
                piece => text.extend_from_slice(piece),
            }
        }
    }

    #[test]
    fn text_comes_without_its_byte_order_mark() {
        assert_eq!(read("\u{feff}я".as_bytes(), UTF_8).unwrap(), "я");
        assert_eq!(read(b"\xff\xfe\x4f\x04", UTF_16LE).unwrap(), "я");
        assert_eq!(read(b"\xfe\xff\x04\x4f", UTF_16BE).unwrap(), "я");
        assert_eq!(read(b"\xff", WINDOWS_1251).unwrap(), "я");
    }

    #[test]
    fn what_is_no_text_stops() {
        assert!(matches!(read(b"a\xff", UTF_8), Err(Stop::Malformed)));
        assert!(matches!(read(b"a\0b", UTF_8), Err(Stop::Zero)));
        assert!(matches!(read(b"\xff\xfea", UTF_16LE), Err(Stop::Malformed)));
    }

    #[test]
    fn a_byte_order_mark_outweighs_what_was_given() {
        let wide = by_name("UTF-16").unwrap();
        for (bytes, given, encoding, by_mark) in [
            (&b"\xfe\xff\0p"[..], wide, UTF_16BE, true),
            (b"p\0", wide, UTF_16LE, false),
            (b"\xef\xbb\xbfphone", WINDOWS_1251, UTF_8, true),
            (b"phone", WINDOWS_1251, WINDOWS_1251, false),
        ] {
            assert_eq!(detect(&mut &*bytes, Some(given)).unwrap(), Told { encoding, by_mark });
        }
        let broken = detect(&mut &b"\xef\xbb\xbfphone\n\xff"[..], Some(WINDOWS_1251)).unwrap_err();
        assert!(
            broken
                .to_string()
                .starts_with("line 2: here is what is no UTF-8, and the list begins with the mark")
        );
        assert_eq!(by_name("cp1251").unwrap(), WINDOWS_1251);
        assert!(by_name("nonsense").is_err());
    }
}
