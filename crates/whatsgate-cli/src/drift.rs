//! `whatsgate drift`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use whatsgate_native::core::{Drift, DriftEntry};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::recordings::{self, Recorded, Response};
use crate::subcommand::Subcommand;

/// Tell what recorded replies and events hold that the schemas do not know
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate drift exchanges/*.json
  whatsgate drift --json exchanges/ | jq .drift
  zcat exchanges.jsonl.gz | whatsgate drift -

A file is one exchange or one event, as `whatsgate sandbox --record` writes them, or many
of them, one in each line:
  {\"command\": \"send\", \"response\": {\"status\": 200, \"body\": {…}}}
  {\"event\": \"message\", \"body\": {…}}

It tells commands, members, types of values and words that are not known, where they stand
and how often they came. What is skipped, and lines that cannot be read, are named on
standard error, by file and line, without what is in them.

Of a value only the type is told. The name of a member, of a command, and a word in a list
of words are told if they look like those of a program: in Latin letters, beginning with a
small one (words also in capitals only), with few digits, and no more than 10 unknown ones
at the same place, since more are a map. All others are <hidden>. A person's name in small
Latin letters still passes for a program's: look at the report before you hand it on.

Exit codes:
  0  all was read, whether or not something in it is new
  1  something could not be read (the report tells of the rest), or nothing was looked into
  2  the command line has a mistake")]
pub(crate) struct DriftArgs {
    /// Files with recorded exchanges, folders of them (what ends in .json or .jsonl), or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Subcommand for DriftArgs {
    fn facts(&self) -> Facts {
        Facts::local()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let (mut drift, mut unanswered) = (Drift::default(), 0);
        let passed = recordings::read(self.files, |recorded| unanswered += note(&mut drift, recorded)).await;
        for line in passed.skipped.lines().chain(passed.unread.lines()) {
            context.output.note(&line);
        }
        if unanswered > 0 {
            context.output.note(&format!("exchanges without a reply: {unanswered}"));
        }
        let (noted, total, unread) = (drift.noted(), drift.total(), passed.unread.count);
        if noted + total > 0 {
            let entries: Vec<_> = drift.entries().collect();
            context.output.result(
                &json!({
                    "noted": noted,
                    "total": total,
                    "more": drift.more(),
                    "drift": entries,
                    "unanswered": unanswered,
                    "skipped": passed.skipped.members(),
                    "skippedCount": passed.skipped.count,
                    "unread": passed.unread.members(),
                    "unreadCount": unread,
                }),
                table(&drift, &entries),
            )?;
        }
        match (noted, unread) {
            (0, 0) => {
                Err(failed("nothing was looked into: no reply of a known command and no event is there"))
            }
            (0, _) => Err(failed(&format!("nothing was looked into; not read: {unread} lines or files"))),
            (_, 0) => Ok(()),
            _ => Err(failed(&format!("not read: {unread} lines or files; the others were looked into"))),
        }
    }
}

fn failed(why: &str) -> CommandError {
    CommandError::local(anyhow::anyhow!("{why}"))
}

/// The report for people.
fn table(drift: &Drift, entries: &[DriftEntry]) -> String {
    let mut lines: Vec<_> = entries.iter().map(ToString::to_string).collect();
    if drift.more() > 0 {
        lines.push(format!("and {} more", drift.more()));
    }
    if lines.iter().any(|line| line.contains("<hidden>")) {
        lines.push(
            "<hidden> stands for names and words that may be private, and for those of a map".to_owned(),
        );
    }
    let noted = drift.noted();
    lines.push(match drift.total() {
        total if noted == 0 => {
            format!("{total} things that the schemas do not know, and no reply or event that they do")
        }
        0 => format!("{noted} replies and events hold nothing that the schemas do not know"),
        total => format!("{noted} replies and events hold {total} things that the schemas do not know"),
    });
    lines.join("\n")
}

/// Notes what there is, and says how many there are without a reply.
fn note(drift: &mut Drift, recorded: &Recorded) -> u64 {
    match recorded {
        Recorded { command: Some(command), response: Some(Response { status, body }), .. } => {
            // A reply that is no JSON is recorded as a text of JSON.
            let text = serde_json::from_str::<String>(body.get());
            drift.note_reply(command, *status, text.as_deref().unwrap_or(body.get()));
            0
        }
        Recorded { command: None, body: Some(body), .. } => {
            drift.note_event(body.get());
            0
        }
        // A request whose connection was closed.
        _ => 1,
    }
}
