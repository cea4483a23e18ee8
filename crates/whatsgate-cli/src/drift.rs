//! `whatsgate drift`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use whatsgate_native::core::Drift;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};

/// Tell what recorded replies and events hold that the schemas do not know
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate drift exchanges/*.json
  whatsgate drift --json exchanges/ | jq .drift

A file is one exchange or one event, as `whatsgate sandbox --record` writes them, or many
of them, one in each line:
  {\"command\": \"send\", \"response\": {\"status\": 200, \"body\": {…}}}
  {\"event\": \"message\", \"body\": {…}}

It tells members, types of values and words that are not known, where they stand and how
often they came. It repeats no value: of what people wrote only the type is told, a
member's name only if it looks like one that a programmer gave, and a word only if it
stands in a list of words and looks like one of a program.")]
pub(crate) struct DriftArgs {
    /// Files with recorded exchanges, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// An exchange or an event; other members are of no account.
#[derive(Deserialize)]
struct Recorded {
    command: Option<String>,
    response: Option<Response>,
    body: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    body: Box<RawValue>,
}

impl Subcommand for DriftArgs {
    fn facts(&self) -> Facts {
        Facts::local()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let mut drift = Drift::default();
        for path in files(self.files).map_err(CommandError::local)? {
            let text = std::fs::read_to_string(&path);
            let text = text.with_context(|| format!("{}: it cannot be read", path.display()));
            for read in serde_json::Deserializer::from_str(&text.map_err(CommandError::local)?)
                .into_iter::<Recorded>()
            {
                // Where, but not what: the error's own words may repeat a value.
                let recorded = read.map_err(|error| {
                    let (path, line) = (path.display(), error.line());
                    CommandError::local(anyhow::anyhow!("{path}, line {line}: no recorded exchange or event"))
                })?;
                note(&mut drift, &recorded);
            }
        }
        let entries: Vec<_> = drift.entries().collect();
        let (noted, total) = (drift.noted(), drift.total());
        let mut lines: Vec<_> = entries.iter().map(ToString::to_string).collect();
        if drift.more() > 0 {
            lines.push(format!("and {} more", drift.more()));
        }
        lines.push(match total {
            0 => format!("{noted} replies and events hold nothing that the schemas do not know"),
            _ => format!("{noted} replies and events hold {total} things that the schemas do not know"),
        });
        context.output.result(
            &json!({ "noted": noted, "total": total, "more": drift.more(), "drift": entries }),
            lines.join("\n"),
        )
    }
}

fn note(drift: &mut Drift, recorded: &Recorded) {
    match recorded {
        Recorded { command: Some(command), response: Some(Response { status, body }), .. } => {
            // A reply that is no JSON is recorded as a text of JSON.
            let text = serde_json::from_str::<String>(body.get());
            drift.note_reply(command, *status, text.as_deref().unwrap_or(body.get()));
        }
        Recorded { command: None, body: Some(body), .. } => drift.note_event(body.get()),
        // A request whose connection was closed.
        _ => {}
    }
}

/// The files, those of folders in the order of their names.
fn files(paths: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let folder =
            std::fs::read_dir(&path).with_context(|| format!("{}: it cannot be read", path.display()))?;
        let mut inside =
            folder.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
        inside.retain(|path| path.extension().is_some_and(|kind| kind == "json" || kind == "jsonl"));
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
