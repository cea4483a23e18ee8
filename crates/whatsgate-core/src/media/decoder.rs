//! A file out of a reply, piece by piece.

use std::fmt;

use bytes::Bytes;

use super::base64::Base64Decoder;
use super::error::{DecodeError, DecodeErrorKind};
use super::scanner::Scanner;
use super::text::{Part, Text};

/// Takes the file out of a reply of `get-media` or `get-messagemedia` while it comes.
///
/// Finds the member `data` of the member `media` in any order of members and with any white space, and passes over texts
/// and other members that only look like it. What remains is the reply with `"data":""`, for
/// [`parse`](crate::parse). `Debug` shows no content.
///
/// ```
/// use whatsgate_core::media::MediaDecoder;
/// use whatsgate_core::{Response, parse};
/// use whatsgate_model::GetMessageMediaRequest;
///
/// let mut decoder = MediaDecoder::new().with_limit(1024);
/// let mut file = Vec::new();
/// for piece in [r#"{"result":"OK","media":{"data":"SGV"#, r#"sbG8=","filename":"note.txt"}}"#] {
///     decoder.read(piece.as_bytes(), &mut file)?;
/// }
/// let rest = decoder.finish()?;
///
/// assert_eq!(file, b"Hello");
/// let reply = parse::<GetMessageMediaRequest>(Response::new(200, rest)).unwrap();
/// assert_eq!(reply.media.filename.as_deref(), Some("note.txt"));
/// # Ok::<(), whatsgate_core::media::DecodeError>(())
/// ```
pub struct MediaDecoder {
    scanner: Scanner,
    state: State,
    /// The document without the text of the file.
    rest: Vec<u8>,
    offset: u64,
    decoded: u64,
    limit: u64,
}

enum State {
    Before,
    Within(Text, Box<Base64Decoder>),
    After,
}

/// How many bytes of the reply are kept beside the file. A real reply has a few hundred.
const REST_LIMIT: usize = 1024 * 1024;

impl Default for MediaDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MediaDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaDecoder")
            .field("read", &self.offset)
            .field("decoded", &self.decoded)
            .finish_non_exhaustive()
    }
}

impl MediaDecoder {
    /// A decoder at the beginning of a reply, for files of any size.
    pub fn new() -> Self {
        Self {
            scanner: Scanner::default(),
            state: State::Before,
            rest: Vec::new(),
            offset: 0,
            decoded: 0,
            limit: u64::MAX,
        }
    }

    /// Stops at a file of more than this many bytes.
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// How many bytes of the file have been read so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Reads the next piece of the reply and appends what it holds of the file to `file`: at most three quarters of the
    /// piece's length and three bytes more.
    ///
    /// ```
    /// use whatsgate_core::media::{DecodeErrorKind, MediaDecoder};
    ///
    /// let (mut decoder, mut file) = (MediaDecoder::new().with_limit(3), Vec::new());
    /// let wrong = decoder.read(br#"{"media":{"data":"SGVsbG8="}}"#, &mut file).unwrap_err();
    /// assert!(matches!(wrong.kind, DecodeErrorKind::TooLarge { limit: 3 }));
    /// ```
    ///
    /// # Errors
    /// [`DecodeError`]; do not go on then, and throw away what was read of the file.
    pub fn read(&mut self, piece: &[u8], file: &mut Vec<u8>) -> Result<(), DecodeError> {
        let end = self.offset + piece.len() as u64;
        let mut input = piece;
        while !input.is_empty() {
            let offset = end - input.len() as u64;
            match &mut self.state {
                State::Within(text, decoder) => {
                    let before = file.len();
                    let part = text.next(&mut input);
                    match part {
                        Part::Plain(run) => decoder.push(run, offset, file)?,
                        Part::Escaped(Some(character)) => decoder.push(&[character], offset, file)?,
                        Part::Escaped(None) => return Err(DecodeErrorKind::Character.at(offset)),
                        Part::End => {
                            decoder.finish(offset)?;
                            self.state = State::After;
                        }
                        Part::More => {}
                    }
                    self.decoded += (file.len() - before) as u64;
                    if self.decoded > self.limit {
                        return Err(DecodeErrorKind::TooLarge { limit: self.limit }.at(offset));
                    }
                }
                State::Before | State::After => input = self.scan(input, offset)?,
            }
        }
        self.offset = end;
        Ok(())
    }

    /// The reply without the text of its file, once all of it was read. Whether it is the reply that was asked for,
    /// [`parse`](crate::parse) tells.
    ///
    /// ```
    /// use whatsgate_core::media::MediaDecoder;
    ///
    /// let mut decoder = MediaDecoder::new();
    /// decoder.read(br#"{"media":{"data":"SGVs"#, &mut Vec::new())?;
    /// assert_eq!(decoder.decoded(), 3);
    /// assert!(decoder.finish().is_err(), "the reply broke off");
    /// # Ok::<(), whatsgate_core::media::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// [`DecodeError`] when the reply ends before it is complete.
    pub fn finish(self) -> Result<Bytes, DecodeError> {
        if self.scanner.is_open() {
            return Err(DecodeErrorKind::Truncated.at(self.offset));
        }
        Ok(self.rest.into())
    }

    /// What was read of the reply so far, without the text of its file.
    pub fn into_rest(self) -> Bytes {
        self.rest.into()
    }

    /// Reads what is not of the file, and returns the input from where the file begins.
    fn scan<'a>(&mut self, input: &'a [u8], offset: u64) -> Result<&'a [u8], DecodeError> {
        let mut length = input.len();
        let mut begins = false;
        for (place, byte) in input.iter().enumerate() {
            begins = self.scanner.step(*byte);
            if begins {
                length = place + 1;
                break;
            }
        }
        let (scanned, input) = input.split_at(length);
        self.rest.extend_from_slice(scanned);
        if self.rest.len() > REST_LIMIT {
            return Err(DecodeErrorKind::TextTooLarge { limit: REST_LIMIT as u64 }.at(offset));
        }
        if begins {
            if matches!(self.state, State::After) {
                return Err(DecodeErrorKind::Duplicate.at(offset + length as u64));
            }
            self.state = State::Within(Text::default(), Box::new(Base64Decoder::new()));
        }
        Ok(input)
    }
}
