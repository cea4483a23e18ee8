//! Values on their way to JavaScript: JSON text, which `JSON.parse` turns into objects faster than calls across the border
//! could build them, and with less code.

use std::io;

use js_sys::JSON;
use serde::Serialize;

/// Writes a value; nothing that is written here can fail to be JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    let mut text = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Fractions));
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// Lets JavaScript write numbers with a fraction, for which Rust brings a table of 10 kB.
struct Fractions;

impl serde_json::ser::Formatter for Fractions {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let text = JSON::stringify(&value.into()).ok().and_then(|text| text.as_string());
        writer.write_all(text.as_deref().unwrap_or("null").as_bytes())
    }
}
