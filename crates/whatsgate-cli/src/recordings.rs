//! Recorded exchanges and events, read from files of which some may be broken.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value, json};
use tokio::io::AsyncReadExt as _;

/// An exchange or an event; other members are of no account.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) command: Option<String>,
    pub(crate) response: Option<Response>,
    pub(crate) body: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Box<RawValue>,
}

/// What was passed over while reading.
#[derive(Default)]
pub(crate) struct Passed {
    /// What was not looked at, and why not.
    pub(crate) skipped: Few,
    /// Lines and files that could not be read.
    pub(crate) unread: Few,
}

/// The first of many, and how many there are.
#[derive(Default)]
pub(crate) struct Few {
    first: Vec<Note>,
    pub(crate) count: usize,
}

/// Something about a file, or a line of it, without what is in it.
struct Note {
    file: String,
    line: Option<usize>,
    why: String,
}

/// How many are named.
const NAMED: usize = 20;

impl Few {
    fn add(&mut self, path: &Path, line: Option<usize>, why: impl Into<String>) {
        self.count += 1;
        if self.first.len() < NAMED {
            let is_input = path == Path::new("-");
            let file = if is_input { "standard input".to_owned() } else { path.display().to_string() };
            self.first.push(Note { file, line, why: why.into() });
        }
    }

    /// Each in a line, and how many there are besides.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let more = self.count - self.first.len();
        let more = (more > 0).then(|| format!("and {more} more like that"));
        let line = |Note { file, line, why }: &Note| match line {
            Some(line) => format!("{file}:{line}: {why}"),
            None => format!("{file}: {why}"),
        };
        self.first.iter().map(line).chain(more)
    }

    pub(crate) fn members(&self) -> Value {
        self.first
            .iter()
            .map(|Note { file, line, why }| json!({ "file": file, "line": line, "why": why }))
            .collect()
    }
}

/// Reads files, folders of them and `-`, standard input; hands over what is recorded there.
pub(crate) async fn read(paths: Vec<PathBuf>, mut take: impl FnMut(&Recorded)) -> Passed {
    let mut passed = Passed::default();
    for path in files(paths, &mut passed) {
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            tokio::io::stdin().read_to_end(&mut bytes).await.map(drop)
        } else {
            tokio::fs::read(&path).await.map(|read| bytes = read)
        };
        match read {
            // What is no text is told with its line, or stands in a text where it does no harm.
            Ok(()) => records(&path, &String::from_utf8_lossy(&bytes), &mut passed, &mut take),
            Err(error) => passed.unread.add(&path, None, format!("it cannot be read: {error}")),
        }
    }
    passed
}

/// The files, those of folders in the order of their names.
fn files(paths: Vec<PathBuf>, passed: &mut Passed) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let listed = std::fs::read_dir(&path)
            .and_then(|folder| folder.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
        let mut inside = listed.unwrap_or_else(|error| {
            passed.unread.add(&path, None, format!("it cannot be read: {error}"));
            Vec::new()
        });
        inside.sort();
        for path in inside {
            if path.is_dir() {
                passed.skipped.add(&path, None, "skipped, a folder in a folder");
            } else if !path.is_file() {
                // Reading a pipe would wait for whoever writes into it.
                passed.skipped.add(&path, None, "skipped, not a file");
            } else if path.extension().is_some_and(|kind| kind == "json" || kind == "jsonl") {
                files.push(path);
            } else {
                passed.skipped.add(&path, None, "skipped, neither .json nor .jsonl");
            }
        }
    }
    files
}

fn records(path: &Path, text: &str, passed: &mut Passed, take: &mut impl FnMut(&Recorded)) {
    let is_between = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
    // The line of the place up to which lines were counted.
    let (mut at, mut counted, mut line) = (0, 0, 1);
    loop {
        at = text.len() - text[at..].trim_start_matches(is_between).len();
        let rest = &text[at..];
        if rest.is_empty() {
            return;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let value = values.next().and_then(Result::ok);
        let recorded = value.and_then(|value| serde_json::from_str::<Recorded>(value.get()).ok());
        if let Some(recorded) = recorded.filter(|it| it.command.is_some() || it.body.is_some()) {
            take(&recorded);
        } else {
            // Where, but not what: the error's own words may repeat a value.
            line += text[counted..at].matches('\n').count();
            counted = at;
            passed.unread.add(path, Some(line), "neither a recorded exchange nor an event");
        }
        at += if value.is_some() { values.byte_offset() } else { broken(text, at) };
    }
}

/// How far it is from a broken value to the next that may be none: to the next line, or if this one can go over many, to the
/// next that begins with a brace no deeper than it.
fn broken(text: &str, at: usize) -> usize {
    let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let depth = |line: &str| line.len() - line.trim_start_matches([' ', '\t', '\u{feff}']).len();
    let own = depth(&text[begin..at]);
    let rest = &text[at..];
    let is_long = rest.starts_with(['{', '[']);
    let mut next = 0;
    for line in rest.split_inclusive('\n') {
        if next > 0 && (!is_long || depth(line) <= own && line.trim_start().starts_with('{')) {
            return next;
        }
        next += line.len();
    }
    rest.len()
}
