//! What is made of the rows of a list: the options, with the columns that they name.

use std::path::{Path, PathBuf};

use clap::Args;
use encoding_rs::Encoding;
use whatsgate_native::model::Country;

use super::columns::Columns;
use super::delimiter::Delimiter;
use super::encoding::by_name;
use super::list::Record;
use super::mistakes::Mistake;
use super::template::{Bound, Template};

/// A list, and what becomes of its rows.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The list: a CSV file whose first row names the columns
    pub(crate) list: PathBuf,
    /// The text, with {column} for the row's value, or {column|default} for what stands there where it is empty; with
    /// --file-column it is the caption; - reads it from standard input
    #[arg(long, value_name = "TEMPLATE", required_unless_present = "file_column")]
    pub(crate) text: Option<String>,
    /// The column with the path of a file for each row, from the folder of the list on
    #[arg(long, value_name = "COLUMN")]
    pub(crate) file_column: Option<String>,
    /// The column with the recipients, numbers or ids; by default the one that is called phone, number, to, recipient,
    /// телефон, номер or the like
    #[arg(long, value_name = "COLUMN")]
    pub(crate) to_column: Option<String>,
    /// The column that tells the rows apart, also from run to run; by default the recipient does
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key_column: Option<String>,
    /// Send to a recipient as often as the list names it, instead of refusing the list
    #[arg(long)]
    pub(crate) allow_doubled: bool,
    /// Read the numbers as this country writes them, such as ru, where 8 999 111-22-33 stands for 79991112233
    #[arg(long, value_name = "COUNTRY")]
    pub(crate) country: Option<Country>,
    /// The encoding of the list, such as windows-1251 or cp866; by default what the bytes tell. A byte
    /// order mark outweighs it
    #[arg(long, value_name = "NAME", value_parser = by_name)]
    pub(crate) encoding: Option<&'static Encoding>,
    /// What separates the values: comma, semicolon, tab, pipe or another character; by default what the first row tells
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<Delimiter>,
}

/// What is made of each row.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) columns: Columns,
    pub(super) to: usize,
    pub(super) key: Option<usize>,
    pub(super) file: Option<usize>,
    pub(super) text: Option<Bound>,
    pub(super) allow_doubled: bool,
    pub(super) country: Option<Country>,
    /// Where the list is.
    pub(super) folder: PathBuf,
}

impl Plan {
    /// Finds the columns that the options and the text name, or says all that is wrong with them.
    pub(super) fn new(
        args: &ListArgs,
        text: Option<Template>,
        header: &Record,
    ) -> Result<Self, Vec<Mistake>> {
        let columns = Columns::new(header)?;
        let mut mistakes = Vec::new();
        let mut named = |option: &str, name: Option<&String>| {
            let found = name.map(|name| columns.named(option, name)).transpose();
            found.unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                None
            })
        };
        let to = named("--to-column", args.to_column.as_ref());
        let key = named("--key-column", args.key_column.as_ref());
        let file = named("--file-column", args.file_column.as_ref());
        let to = match (&args.to_column, to) {
            (None, _) => columns.recipients().unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                0
            }),
            (Some(_), to) => to.unwrap_or_default(),
        };
        let text = text.map(|text| text.bind(&columns)).transpose().unwrap_or_else(|unknown| {
            mistakes.extend(unknown);
            None
        });
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let folder = args.list.parent().unwrap_or(Path::new("")).to_owned();
        let (allow_doubled, country) = (args.allow_doubled, args.country);
        Ok(Self { columns, to, key, file, text, allow_doubled, country, folder })
    }
}
