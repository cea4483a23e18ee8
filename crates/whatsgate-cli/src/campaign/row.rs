//! The rows of a list as messages, each checked before anything is sent.

use std::fs::File;
use std::path::{Path, PathBuf};

use whatsgate_native::model::Recipient;

use super::list::{Record, Records};
use super::mistakes::Mistake;
use super::plan::Plan;
use super::recipient::{self, Addressee};
use super::seen::Seen;

/// How many rows a list may have.
pub(crate) const MOST_ROWS: u64 = 1_000_000;
/// How many characters a text may have: as many as WhatsApp's own programs let people write.
const MOST_CHARACTERS: usize = 65_536;
/// How many characters a key may have.
const MOST_KEY_CHARACTERS: usize = 200;

/// A message of a campaign.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CampaignRow {
    /// The line of the file where the row begins.
    pub(crate) line: u64,
    /// What tells it from the other rows, the same in each run: the value of `--key-column`, or else the id of the chat,
    /// with `#2` and so on behind it where a recipient comes again.
    pub(crate) key: String,
    pub(crate) recipient: Recipient,
    /// Whether `--country` made another number of the digits.
    pub(crate) is_by_country: bool,
    /// Not blank. There is always a text or a file.
    pub(crate) text: Option<String>,
    pub(crate) file: Option<PathBuf>,
}

/// The rows of a list, each a message or all that is wrong with it.
pub(crate) struct Rows<'a> {
    plan: &'a Plan,
    records: Records,
    recipients: Seen,
    keys: Seen,
    count: u64,
}

impl<'a> Rows<'a> {
    /// The header must be read already.
    pub(super) fn new(plan: &'a Plan, records: Records) -> Self {
        Self { plan, records, recipients: Seen::default(), keys: Seen::default(), count: 0 }
    }

    /// How many different recipients there were so far.
    pub(super) fn recipients(&self) -> usize {
        self.recipients.len()
    }

    fn row(&mut self, record: &Record) -> Result<CampaignRow, Vec<Mistake>> {
        let plan = self.plan;
        let line = record.line;
        let expected = plan.columns.len();
        if record.len() != expected {
            let message = format!("the row has {}, and the first row names {expected}", values(record.len()));
            return Err(vec![Mistake::at(line, message)]);
        }
        let mut mistakes = Vec::new();
        let mut wrong = |column: usize, message: String| {
            mistakes.push(Mistake::in_column(line, plan.columns.name(column), message));
        };
        let addressee = recipient::read(record.get(plan.to), plan.country)
            .map_err(|message| wrong(plan.to, message))
            .ok();
        let key = self.key(record, addressee.as_ref(), &mut wrong);
        let file = plan.file.and_then(|column| {
            file(&plan.folder, record.get(column)).map_err(|message| wrong(column, message)).ok()
        });
        let text = match plan.text.as_ref().map(|text| text.fill(record)).transpose() {
            Ok(text) => text.filter(|text| !text.trim().is_empty()),
            Err(columns) => {
                for column in columns {
                    wrong(
                        column,
                        "it is empty, and the text needs it: {column|default} says what stands there instead"
                            .to_owned(),
                    );
                }
                None
            }
        };
        if let Some(text) = &text
            && text.chars().count() > MOST_CHARACTERS
        {
            mistakes.push(Mistake::at(line, "the text has more than 65,536 characters"));
        }
        if mistakes.is_empty() && text.is_none() && file.is_none() {
            mistakes.push(Mistake::at(line, "the text is blank"));
        }
        match (addressee, key) {
            (Some(Addressee { recipient, is_by_country }), Some(key)) if mistakes.is_empty() => {
                Ok(CampaignRow { line, key, recipient, is_by_country, text, file })
            }
            _ => Err(mistakes),
        }
    }

    /// What tells the row from the others, or what is wrong with that.
    fn key(
        &mut self,
        record: &Record,
        addressee: Option<&Addressee>,
        wrong: &mut impl FnMut(usize, String),
    ) -> Option<String> {
        let plan = self.plan;
        let by_recipient = addressee.map(|addressee| {
            let mut id = recipient::canonical(&addressee.recipient);
            let seen = self.recipients.note(&id, record.line);
            if seen.times > 1 {
                if plan.allow_doubled {
                    id.push_str(&format!("#{}", seen.times));
                } else {
                    let message = format!(
                        "the recipient is that of line {} already: --allow-doubled sends to it again",
                        seen.first
                    );
                    wrong(plan.to, message);
                }
            }
            id
        });
        let Some(column) = plan.key else { return by_recipient };
        let key = record.get(column);
        if key.is_empty() {
            wrong(column, "it is empty, and tells no row from another".to_owned());
        } else if key.chars().count() > MOST_KEY_CHARACTERS || key.chars().any(char::is_control) {
            wrong(column, format!("it must be one line of at most {MOST_KEY_CHARACTERS} characters"));
        } else {
            let seen = self.keys.note(key, record.line);
            if seen.times > 1 {
                wrong(column, format!("it is that of line {} already", seen.first));
            }
        }
        Some(key.to_owned())
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<CampaignRow, Vec<Mistake>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.count > MOST_ROWS {
            return None;
        }
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(mistake) => return Some(Err(vec![mistake])),
        };
        self.count += 1;
        if self.count > MOST_ROWS {
            let message = "the list has more than 1,000,000 rows: cut it into several";
            return Some(Err(vec![Mistake::at(record.line, message)]));
        }
        Some(self.row(&record))
    }
}

fn values(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}

/// A file that can be sent; the error does not repeat its name.
fn file(folder: &Path, value: &str) -> Result<PathBuf, String> {
    if value.is_empty() {
        return Err("it is empty: each row needs a file".to_owned());
    }
    let path = folder.join(value);
    let unreadable = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no such file; paths begin at the folder of the list".to_owned()
        }
        _ => format!("the file cannot be read: {error}"),
    };
    let metadata = std::fs::metadata(&path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err("this is not a file".to_owned());
    }
    if metadata.len() == 0 {
        return Err("the file is empty".to_owned());
    }
    File::open(&path).map_err(|error| unreadable(&error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::super::checked::CampaignList;
    use super::super::plan::ListArgs;
    use super::super::template::Template;
    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        args: ListArgs,
    }

    #[test]
    fn a_list_has_at_most_a_million_rows() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"phone\n79991112201\n79991112202\n79991112203\n79991112204\n").unwrap();
        let args = Typed::try_parse_from(["", file.path().to_str().unwrap(), "--text", "Hi"]).unwrap().args;
        let list = CampaignList::open(&args, Some(Template::parse("Hi").unwrap())).unwrap();
        let mut rows = list.rows().unwrap();
        rows.count = MOST_ROWS - 2;
        let rows: Vec<_> = rows.map(|row| row.map(|row| row.line)).collect();
        let message = "the list has more than 1,000,000 rows: cut it into several";
        assert_eq!(rows, [Ok(2), Ok(3), Err(vec![Mistake::at(4, message)])]);
    }
}
