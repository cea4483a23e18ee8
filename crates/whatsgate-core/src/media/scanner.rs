//! Finds one member of a JSON document that comes in pieces.

/// Follows a JSON document byte by byte just closely enough to know when the text of `media.data` begins.
///
/// It checks nothing else: the document without that text goes to the ordinary parser, which refuses whatever is not
/// JSON. What matters is that in every valid document both see the same strings and the same nesting.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    place: Place,
    /// How many arrays and objects are open.
    depth: u64,
    /// Whether the second of them is the object of the member `media`.
    in_media: bool,
    /// Whether the next text is the name of a member that matters.
    name_next: bool,
    /// The name before the value that comes.
    name: Name,
    /// The characters of a name, as written, or more than any name that matters could have.
    written: Vec<u8>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the document; so many bytes of a byte order mark were seen.
    #[default]
    Start,
    Mark(u8),
    /// Between texts.
    Outside,
    Name,
    NameEscape,
    Text,
    TextEscape,
    /// In something other than an object, about which nothing needs to be known.
    Elsewhere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Name {
    Media,
    Data,
    #[default]
    Other,
}

/// The longest way to write `media`: every character as `\uXXXX`.
const LONGEST_NAME: usize = 5 * 6;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Scanner {
    /// Takes the next byte; true if the text of `media.data` begins after it. Leave that text out, and go on with the
    /// quotation mark that closes it.
    pub(super) fn step(&mut self, byte: u8) -> bool {
        match self.place {
            Place::Start => self.start(byte),
            Place::Mark(seen) => {
                self.place = match seen {
                    _ if byte != BYTE_ORDER_MARK[usize::from(seen)] => Place::Elsewhere,
                    2 => Place::Start,
                    _ => Place::Mark(seen + 1),
                }
            }
            Place::Outside => return self.outside(byte),
            Place::Name => match byte {
                b'"' => self.end_name(),
                b'\\' => {
                    self.write(byte);
                    self.place = Place::NameEscape;
                }
                _ => self.write(byte),
            },
            Place::NameEscape => {
                self.write(byte);
                self.place = Place::Name;
            }
            Place::Text => match byte {
                b'"' => self.place = Place::Outside,
                b'\\' => self.place = Place::TextEscape,
                _ => {}
            },
            Place::TextEscape => self.place = Place::Text,
            Place::Elsewhere => {}
        }
        false
    }

    /// Whether the document is an object that is not complete yet.
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn start(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            0xef => self.place = Place::Mark(1),
            b'{' => {
                self.place = Place::Outside;
                self.depth = 1;
                self.name_next = true;
            }
            _ => self.place = Place::Elsewhere,
        }
    }

    fn outside(&mut self, byte: u8) -> bool {
        match byte {
            b'"' if self.is_followed() && self.name_next => {
                self.place = Place::Name;
                self.written.clear();
            }
            b'"' => {
                self.place = Place::Text;
                return self.is_followed() && self.name == Name::Data;
            }
            b'{' | b'[' => {
                let is_media = byte == b'{' && self.depth == 1 && self.name == Name::Media;
                self.in_media |= is_media;
                self.name_next = is_media;
                self.name = Name::Other;
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.in_media &= self.depth > 1;
                self.name_next = false;
                if self.depth == 0 {
                    self.place = Place::Elsewhere;
                }
            }
            b',' if self.is_followed() => {
                self.name_next = true;
                self.name = Name::Other;
            }
            b':' => self.name_next = false,
            _ => {}
        }
        false
    }

    /// Whether the innermost open object is one whose members matter.
    fn is_followed(&self) -> bool {
        self.depth == 1 || (self.depth == 2 && self.in_media)
    }

    fn write(&mut self, byte: u8) {
        if self.written.len() <= LONGEST_NAME {
            self.written.push(byte);
        }
    }

    fn end_name(&mut self) {
        self.place = Place::Outside;
        let quoted = [b"\"", self.written.as_slice(), b"\""].concat();
        let name = serde_json::from_slice::<String>(&quoted).unwrap_or_default();
        self.name = match (self.depth, name.as_str()) {
            (1, "media") => Name::Media,
            (2, "data") => Name::Data,
            _ => Name::Other,
        };
    }
}
