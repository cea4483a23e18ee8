//! What became of each row of a list, as a table for spreadsheets.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use csv_core::{WriteResult, WriterBuilder};
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::durable::receipts::ReceiptKey;
use whatsgate_durable::{DeliveryState, Entry, Store};
use whatsgate_native::model::SessionId;

use crate::command_error::CommandError;
use crate::outbox::listing::state_name;
use crate::report::without_numbers;

use super::delimiter::Delimiter;
use super::list::Form;
use super::recipient::canonical;
use super::row::CampaignRow;
use super::standing::Standing;

/// How many rows are looked up at a time.
const PAGE: usize = 500;
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// More than any first row of a report has.
const LONGEST_HEAD: u64 = 256;
const HEAD: [&str; 8] = ["line", "key", "recipient", "state", "delivery", "message id", "attempts", "reason"];

/// A report as it is written. It stands under its name only once it is complete.
pub(crate) struct Report {
    path: PathBuf,
    file: io::BufWriter<tempfile::NamedTempFile>,
    delimiter: Delimiter,
    store: Store,
    prefix: String,
    rows: Vec<CampaignRow>,
    pub(crate) standing: Standing,
}

impl Report {
    pub(crate) fn begin(path: &Path, form: Form, store: &Store, prefix: &str) -> Result<Self, CommandError> {
        may_replace(path)?;
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let made = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(folder);
        let file = io::BufWriter::new(made.map_err(|error| unusable(path, &error))?);
        let mut report = Self {
            path: path.to_owned(),
            file,
            delimiter: form.delimiter,
            store: store.clone(),
            prefix: prefix.to_owned(),
            rows: Vec::new(),
            standing: Standing::default(),
        };
        if form.has_mark {
            report.file.write_all(MARK).map_err(|error| unusable(path, &error))?;
        }
        report.write(&HEAD.map(str::to_owned))?;
        Ok(report)
    }

    pub(crate) async fn add(&mut self, mut row: CampaignRow) -> Result<(), CommandError> {
        row.text = None;
        self.rows.push(row);
        if self.rows.len() >= PAGE { self.look_up().await } else { Ok(()) }
    }

    /// Puts it where it belongs, in the place of an earlier one.
    pub(crate) async fn keep(mut self) -> Result<Standing, CommandError> {
        self.look_up().await?;
        let path = self.path;
        let kept = self.file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| {
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        kept.map_err(|error| unusable(&path, &error))?;
        Ok(self.standing)
    }

    async fn look_up(&mut self) -> Result<(), CommandError> {
        let rows = std::mem::take(&mut self.rows);
        let keys: Vec<_> = rows.iter().map(|row| Key::new(format!("{}{}", self.prefix, row.key))).collect();
        let found = self.store.run(move |tables| {
            let mut found: Vec<Option<(Entry, Option<DeliveryState>)>> = Vec::new();
            for key in &keys {
                let Some(entry) = tables.outbox_entry(key)? else {
                    found.push(None);
                    continue;
                };
                let receipt = match (&entry.course.message, SessionId::new(&entry.draft.session)) {
                    (Some(message), Ok(session)) => tables.receipt(&ReceiptKey::new(&session, message))?,
                    _ => None,
                };
                found.push(Some((entry, receipt.map(|receipt| receipt.state))));
            }
            Ok(found)
        });
        for (row, found) in rows.into_iter().zip(found.await?) {
            let mut values = vec![row.line.to_string(), row.key, canonical(&row.recipient)];
            if let Some((entry, delivery)) = found {
                let course = entry.course;
                self.standing.add(course.state, delivery);
                self.standing.refused += u64::from(course.is_declined());
                values.extend([
                    state_name(course.state).to_owned(),
                    delivery.map(DeliveryState::name).unwrap_or_default().to_owned(),
                    course.message.clone().unwrap_or_default(),
                    course.attempts().to_string(),
                    match &course.words {
                        Some(words) => format!("{}: {}", course.reason, without_numbers(words)),
                        None => course.reason,
                    },
                ]);
            } else {
                values.extend(["", "", "", "0", "it was not put yet"].map(str::to_owned));
            }
            self.write(&values)?;
        }
        Ok(())
    }

    fn write(&mut self, values: &[String]) -> Result<(), CommandError> {
        self.file
            .write_all(&record(values, self.delimiter.byte()))
            .map_err(|error| unusable(&self.path, &error))
    }
}

/// Takes the place of nothing but an earlier report: not of a store, an attachment, a folder or a device.
fn may_replace(path: &Path) -> Result<(), CommandError> {
    let refused = |what| {
        let advice = "name another with --report";
        Err(CommandError::usage(format!(
            "{}: the report would take the place of {what}: {advice}",
            path.display()
        )))
    };
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(path, &error)),
        Ok(there) if !there.is_file() => return refused("what is no file"),
        Ok(there) if there.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    let mut begin = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST_HEAD).read_to_end(&mut begin));
    read.map_err(|error| unusable(path, &error))?;
    if is_report(&begin) { Ok(()) } else { refused("a file that is no report") }
}

/// Whether a file that begins so is a report, whatever separates its values.
fn is_report(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(MARK).unwrap_or(begin);
    let delimiter = begin.get(HEAD[0].len()).copied().unwrap_or_default();
    begin.starts_with(&record(&HEAD.map(str::to_owned), delimiter))
}

fn unusable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::local(anyhow::anyhow!("{}: the report cannot be written: {error}", path.display()))
}

/// A row of the table.
fn record(values: &[String], delimiter: u8) -> Vec<u8> {
    let mut writer = WriterBuilder::new().delimiter(delimiter).build();
    let mut record = Vec::new();
    let mut room = [0; 1024];
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            filled(&mut record, &mut room, |room| writer.delimiter(room));
        }
        let mut rest = value.as_bytes();
        filled(&mut record, &mut room, |room| {
            let (result, read, written) = writer.field(rest, room);
            rest = &rest[read..];
            (result, written)
        });
    }
    filled(&mut record, &mut room, |room| writer.terminator(room));
    record
}

fn filled(record: &mut Vec<u8>, room: &mut [u8], mut write: impl FnMut(&mut [u8]) -> (WriteResult, usize)) {
    loop {
        let (result, written) = write(room);
        record.extend_from_slice(&room[..written]);
        if matches!(result, WriteResult::InputEmpty) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_report, record};

    #[test]
    fn values_stay_what_they_are() {
        let long = "x".repeat(5000);
        let values = ["2", "", "a,b", "say \"no\"\nor", &long].map(str::to_owned);
        let written = String::from_utf8(record(&values, b',')).unwrap();
        assert_eq!(written, format!("2,,\"a,b\",\"say \"\"no\"\"\nor\",{long}\n"));
    }

    #[test]
    fn a_report_is_known_whatever_separates_its_values() {
        for delimiter in [",", ";", "\t", "^"] {
            let head = ["line", "key", "recipient", "state", "delivery", "message id", "attempts", "reason"];
            let head = head.join(delimiter);
            assert!(is_report(format!("{head}\n2").as_bytes()), "{head}");
            assert!(is_report(format!("\u{feff}{head}\n").as_bytes()), "{head}");
            assert!(!is_report(head.as_bytes()) && !is_report(head.replace("key", "name").as_bytes()));
        }
        assert!(!is_report(b"") && !is_report(b"line") && !is_report(b"SQLite format 3\0"));
    }
}
