//! Reading a list: its rows, each with the line of the file where it begins.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};

use super::delimiter::{self, Delimiter};
use super::encoding::{self, Pieces, Stop, Told};
use super::mistakes::Mistake;

/// How large a list may be, in bytes.
pub(crate) const MOST_BYTES: u64 = 256 << 20;
/// How large a row may be, in bytes of UTF-8 without its quotes.
pub(crate) const MOST_ROW_BYTES: usize = 1 << 20;
/// How many columns a list may have: as many as a spreadsheet.
const MOST_COLUMNS: usize = 16_384;

/// A list of which the encoding and the delimiter are known.
#[derive(Debug)]
pub(crate) struct List {
    /// Stays open, so that what is read again is the same file.
    file: File,
    pub(crate) encoding: &'static Encoding,
    /// Whether a byte order mark tells the encoding.
    pub(crate) by_mark: bool,
    pub(crate) delimiter: Delimiter,
    /// The length of the line that only tells the delimiter.
    preface: usize,
}

/// How a table about a list is written: as the list is, so that whatever made that reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) delimiter: Delimiter,
    /// Whether a byte order mark says that it is UTF-8, as spreadsheets want it that save other encodings.
    pub(crate) has_mark: bool,
}

impl List {
    /// Opens a list and finds out what was not given.
    pub(crate) fn open(
        path: &Path,
        encoding: Option<&'static Encoding>,
        delimiter: Option<Delimiter>,
    ) -> Result<Self, Mistake> {
        let metadata = std::fs::metadata(path).map_err(|error| encoding::unreadable(&error))?;
        if !metadata.is_file() {
            return Err(Mistake::of_list("this is not a file"));
        }
        if metadata.len() > MOST_BYTES {
            return Err(Mistake::of_list("it is larger than 256 MiB: cut it into several lists"));
        }
        let mut file = File::open(path).map_err(|error| encoding::unreadable(&error))?;
        let Told { encoding, by_mark } = encoding::detect(&mut file, encoding)?;
        let mut pieces = pieces(&file, encoding)?;
        let beginning = pieces.next().map_err(|stop| mistake(1, stop))?;
        let (preface, told) = delimiter::told(beginning).unzip();
        let preface = preface.unwrap_or_default();
        let delimiter = match delimiter.or(told) {
            Some(delimiter) => delimiter,
            None => delimiter::detect(beginning).map_err(|why| Mistake::at(1, why))?,
        };
        Ok(Self { file, encoding, by_mark, delimiter, preface })
    }

    pub(crate) fn form(&self) -> Form {
        Form { delimiter: self.delimiter, has_mark: self.by_mark || self.encoding != UTF_8 }
    }

    /// The rows from the first one, the header, on. One reader at a time: they share a place in the file.
    pub(crate) fn records(&self) -> Result<Records, Mistake> {
        Ok(Records {
            pieces: pieces(&self.file, self.encoding)?,
            core: ReaderBuilder::new().delimiter(self.delimiter.byte()).build(),
            piece: Vec::new(),
            at: 0,
            preface: self.preface,
            watch: Watch { delimiter: self.delimiter.byte(), ..Watch::default() },
            text: vec![0; MOST_ROW_BYTES],
            ends: vec![0; MOST_COLUMNS],
            state: State::Reading,
        })
    }
}

fn pieces(mut file: &File, encoding: &'static Encoding) -> Result<Pieces, Mistake> {
    let copy = file.seek(SeekFrom::Start(0)).and_then(|_| file.try_clone());
    copy.map(|file| Pieces::new(file, encoding)).map_err(|error| encoding::unreadable(&error))
}

fn mistake(line: u64, stop: Stop) -> Mistake {
    match stop {
        Stop::Unreadable(error) => encoding::unreadable(&error),
        Stop::Malformed => {
            Mistake::at(line, "here is what the encoding does not have: say with --encoding which one it is")
        }
        Stop::Zero => Mistake::at(
            line,
            "here is a zero character: the list is no text, or --encoding has to say which one it is, such as utf-16le",
        ),
    }
}

/// A row.
#[derive(Debug)]
pub(crate) struct Record {
    /// The line of the file where it begins, from 1 on.
    pub(crate) line: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A value without the white space around it; empty if there is none.
    pub(crate) fn get(&self, column: usize) -> &str {
        let Some(end) = self.ends.get(column) else { return "" };
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        self.text.get(start..*end).unwrap_or_default().trim()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }
}

/// The rows of a list but for those without any value. After an error that leaves open where the next row begins, there are
/// no more.
pub(crate) struct Records {
    pieces: Pieces,
    core: Reader,
    piece: Vec<u8>,
    at: usize,
    preface: usize,
    watch: Watch,
    text: Vec<u8>,
    ends: Vec<usize>,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Reading,
    /// All was read, and a line break behind it ends the last row.
    LastBreak,
    Ended,
}

impl Records {
    fn read(&mut self) -> Result<Option<Record>, Mistake> {
        let (mut length, mut values) = (0, 0);
        self.watch.begin();
        loop {
            if self.at == self.piece.len() && !self.fill()? {
                return match self.watch.begun {
                    // The line break did not end it.
                    Some(line) => Err(Mistake::at(line, "a quote is opened in this row, and never closed")),
                    None => Ok(None),
                };
            }
            let input = &self.piece[self.at..];
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.text[length..], &mut self.ends[values..]);
            self.watch.pass(&input[..read]);
            self.at += read;
            length += written;
            values += ended;
            let line = self.watch.begun.unwrap_or(self.watch.line);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    self.state = State::Ended;
                    return Err(Mistake::at(
                        line,
                        "the row is larger than 1 MiB; a quote may be opened in it and not closed",
                    ));
                }
                ReadRecordResult::OutputEndsFull => {
                    self.state = State::Ended;
                    return Err(Mistake::at(line, "the row has more than 16,384 values"));
                }
                ReadRecordResult::Record if self.watch.is_stray => {
                    return Err(Mistake::at(
                        line,
                        "text stands behind a quote that closes: a quote inside of a quoted value is written twice",
                    ));
                }
                ReadRecordResult::Record => {
                    let text = String::from_utf8_lossy(&self.text[..length]).into_owned();
                    return Ok(Some(Record { line, text, ends: self.ends[..values].to_vec() }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Gets the next piece, and says whether there is one.
    fn fill(&mut self) -> Result<bool, Mistake> {
        if self.state != State::Reading {
            self.state = State::Ended;
            return Ok(false);
        }
        let piece = match self.pieces.next() {
            Ok(piece) => piece,
            Err(stop) => {
                self.state = State::Ended;
                return Err(mistake(self.watch.line, stop));
            }
        };
        self.piece.clear();
        self.piece.extend_from_slice(piece);
        self.at = 0;
        if piece.is_empty() {
            self.piece.push(b'\n');
            self.state = State::LastBreak;
        }
        // The first piece was as long when the list was opened.
        let preface = std::mem::take(&mut self.preface).min(self.piece.len());
        if preface > 0 {
            self.at = preface;
            self.watch.pass(&self.piece[..preface]);
            self.watch.begin();
        }
        Ok(true)
    }
}

impl Iterator for Records {
    type Item = Result<Record, Mistake>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.state != State::Ended {
            match self.read() {
                Ok(Some(record)) if record.values().all(str::is_empty) => {}
                read => return read.transpose(),
            }
        }
        None
    }
}

/// Sees the bytes of a row as they are: where it begins, and whether its quotes are what they should be. The reader
/// takes whatever it finds, and a row that swallows the next one would look like any other.
#[derive(Default)]
struct Watch {
    delimiter: u8,
    /// The line of the byte that comes next, from 1 on.
    line: u64,
    is_after_return: bool,
    /// Where the row begins, once it has.
    begun: Option<u64>,
    place: Place,
    is_stray: bool,
}

#[derive(Clone, Copy, Default)]
enum Place {
    /// Where a value begins.
    #[default]
    Start,
    Plain,
    Quoted,
    /// Behind a quote in a quoted value: it closes the value, unless another one follows.
    Closing,
}

impl Watch {
    fn begin(&mut self) {
        self.begun = None;
        self.is_stray = false;
        self.place = Place::Start;
        self.line = self.line.max(1);
    }

    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_break = matches!(byte, b'\r' | b'\n');
            if self.begun.is_none() && !is_break {
                self.begun = Some(self.line);
            }
            if is_break && !(*byte == b'\n' && self.is_after_return) {
                self.line += 1;
            }
            self.is_after_return = *byte == b'\r';
            self.place = match self.place {
                Place::Quoted if *byte == b'"' => Place::Closing,
                Place::Quoted => Place::Quoted,
                _ if is_break || *byte == self.delimiter => Place::Start,
                Place::Start | Place::Closing if *byte == b'"' => Place::Quoted,
                Place::Closing => {
                    self.is_stray = true;
                    Place::Plain
                }
                Place::Start | Place::Plain => Place::Plain,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn list(bytes: &[u8]) -> Result<List, Mistake> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        List::open(file.path(), None, None)
    }

    /// The rows as `line: value|value`, and mistakes as they are shown.
    fn rows(bytes: &[u8]) -> Vec<String> {
        let shown = |record: Result<Record, Mistake>| match record {
            Ok(record) => format!("{}: {}", record.line, record.values().collect::<Vec<_>>().join("|")),
            Err(mistake) => format!("! {mistake}"),
        };
        match list(bytes) {
            Ok(list) => list.records().unwrap().map(shown).collect(),
            Err(mistake) => vec![format!("! {mistake}")],
        }
    }

    #[test]
    fn each_row_has_the_line_where_it_begins() {
        let text = "a,b\n\"x\ny\",1\n\n\nz,2\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
            let rows: Vec<_> = rows(text.as_bytes())
                .iter()
                .map(|row| row.replace("\r\n", "\n").replace('\r', "\n"))
                .collect();
            assert_eq!(rows, ["1: a|b", "2: x\ny|1", "6: z|2"], "{text:?}");
        }
    }

    #[test]
    fn rows_without_values_are_none() {
        assert_eq!(rows(b"\n\r\na;b\n;\n  ; \n;;;\n\"\";\n1;2"), ["3: a|b", "8: 1|2"]);
    }

    #[test]
    fn the_line_that_tells_the_delimiter_is_no_row() {
        assert_eq!(rows(b"sep=|\r\na|b,c\r\n1|2\r\n"), ["2: a|b,c", "3: 1|2"]);
        assert_eq!(rows(b"\xef\xbb\xbfsep=;\na;b\n"), ["2: a|b"]);
    }

    #[test]
    fn quotes_are_what_they_should_be() {
        assert_eq!(rows(b"a,b\n\"1,\"\"x\"\"\",5\" pipe\n"), ["1: a|b", "2: 1,\"x\"|5\" pipe"]);
        let stray = rows(b"a,b\n1,\"Anna\n2,\"Bob\"\n3,c\n");
        assert!(stray[1].starts_with("! line 2: text stands behind a quote"), "{stray:?}");
        assert_eq!(stray[2], "4: 3|c");
        let open = rows(b"a,b\n1,2\n2,\"Bob\n3,c\n");
        assert_eq!(open[1..], ["2: 1|2", "! line 3: a quote is opened in this row, and never closed"]);
        let open = rows(b"a,b\n1,\"");
        assert_eq!(open[1..], ["! line 2: a quote is opened in this row, and never closed"]);
    }

    #[test]
    fn a_last_row_needs_no_line_break() {
        assert_eq!(rows(b"a,b\n1,2"), ["1: a|b", "2: 1|2"]);
        assert_eq!(rows(b"a,b\n1,\"2\""), ["1: a|b", "2: 1|2"]);
        assert_eq!(rows(b"a,b\n1,"), ["1: a|b", "2: 1|"]);
    }

    #[test]
    fn what_is_too_large_ends_the_list() {
        let long = [b"a,b\n1,\"".to_vec(), vec![b'x'; MOST_ROW_BYTES + 1], b"\n2,3\n".to_vec()].concat();
        let rows_of_long = rows(&long);
        assert!(rows_of_long[1].starts_with("! line 2: the row is larger than 1 MiB"), "{}", rows_of_long[1]);
        assert_eq!(rows_of_long.len(), 2);
        let wide = [b"a,b\n".to_vec(), vec![b','; MOST_COLUMNS + 1]].concat();
        assert_eq!(rows(&wide)[1], "! line 2: the row has more than 16,384 values");
    }

    #[test]
    fn what_is_no_text_has_a_line() {
        assert!(rows(b"a,b\n1,2\n3,\0\n").last().unwrap().starts_with("! line 3: here is a zero character"));
        // UTF-16 without a byte order mark.
        assert!(rows(b"a\0,\0b\0")[0].starts_with("! line 1: here is a zero character"));
        let wide = [b"\xff\xfea\0\n\0".to_vec(), b"1\0\n\0".to_vec(), b"x".to_vec()].concat();
        let rows = rows(&wide);
        assert_eq!(rows[..2], ["1: a", "2: 1"]);
        assert!(rows[2].starts_with("! line 3: here is what the encoding does not have"), "{rows:?}");
    }

    #[test]
    fn excels_unicode_text_is_read() {
        let mut bytes = b"\xff\xfe".to_vec();
        bytes.extend("телефон\tимя\r\n1\tАнна\r\n".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(rows(&bytes), ["1: телефон|имя", "2: 1|Анна"]);
    }

    #[test]
    fn files_that_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let mistake = List::open(folder.path(), None, None).unwrap_err();
        assert_eq!(mistake.to_string(), "this is not a file");
        let mistake = List::open(&folder.path().join("none.csv"), None, None).unwrap_err();
        assert!(mistake.to_string().starts_with("it cannot be read: "), "{mistake}");
        let large = folder.path().join("large.csv");
        File::create(&large).unwrap().set_len(MOST_BYTES + 1).unwrap();
        let mistake = List::open(&large, None, None).unwrap_err();
        assert!(mistake.to_string().contains("larger than 256 MiB"), "{mistake}");
        assert!(list(b"").is_err());
    }
}
