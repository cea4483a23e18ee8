//! `whatsgate campaign`: one text for everybody on a list.
//!
//! [`CampaignList`] reads a list several times: once to check it, and then, row by row, to send what it says and to report.

mod checked;
mod columns;
mod control;
mod delimiter;
mod encoding;
mod list;
pub(crate) mod mistakes;
mod plan;
mod recipient;
mod registered;
mod report;
mod row;
mod run;
mod seen;
mod standing;
mod template;

use std::fmt::Write as _;

use clap::{Args, Subcommand as Subcommands};
use serde_json::json;

use crate::command_error::{CommandError, Reason};
use crate::context::Context;
use crate::facts::Facts;
use crate::send::typed_or_from_stdin;
use crate::subcommand::Subcommand;
use crate::text;

use checked::{CampaignList, Summary};
use control::Named;
use mistakes::Mistakes;
use plan::ListArgs;
use registered::{Numbers, RegisteredArgs};
use run::Run;
use template::Template;

/// Send one text to everybody on a list, each once, over restarts
#[derive(Debug, Subcommands)]
pub(crate) enum Campaign {
    Check(CheckList),
    Run(Run),
    /// Say how far a campaign is
    Status(Named),
    /// Send nothing more of a campaign until it is resumed, whichever process sends
    Pause(Named),
    /// Let a campaign go on that was paused, or send more of one that was stopped
    Resume(Named),
    /// Take back what a campaign has not sent yet, and send nothing more of it until it is resumed
    Stop(Named),
}

/// Look at a list and its texts; nothing is sent
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate campaign check list.csv --text \"Dear {name}, your order {order} has come\"
  whatsgate campaign check list.csv --text \"Hello, {name|friend}\" --country ru
  whatsgate campaign check list.csv --text \"Invoice {invoice}\" --file-column file
  whatsgate campaign check list.csv --text \"Hello\" --registered --most 500

In the text {{ and }} are braces. All mistakes are reported at once, with their lines. A list
has at most 256 MiB and 1,000,000 rows of at most 1 MiB.")]
pub(crate) struct CheckList {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    registered: RegisteredArgs,
}

impl Subcommand for Campaign {
    fn facts(&self) -> Facts {
        match self {
            Self::Check(check) if check.registered.registered => Facts::session(),
            Self::Check(_) | Self::Status(_) => Facts::local(),
            Self::Run(run) if run.is_dry() => Facts::session(),
            Self::Run(_) => Facts::session()
                .changing()
                .advising("Call it again: it goes on with the list, and sends no row twice.")
                .handling_interrupts()
                .warning(),
            Self::Pause(_) | Self::Resume(_) | Self::Stop(_) => {
                Facts::local().changing().advising("See what holds with `whatsgate campaign status`.")
            }
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Check(check) => check.run(context).await,
            Self::Run(run) => run.run(context).await,
            Self::Status(named) => named.status(context).await,
            Self::Pause(named) => named.pause(context).await,
            Self::Resume(named) => named.resume(context).await,
            Self::Stop(named) => named.stop(context).await,
        }
    }
}

impl CheckList {
    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let path = self.list.list.clone();
        let (list, summary) = read(context, self.list).await?;
        let text = shown(&path.display().to_string(), &summary);
        if !self.registered.registered {
            return context.output.result(&summary, text);
        }
        let found = self.registered.look(context, &list, &path).await?;
        let mut members = json!(summary);
        members["numbers"] = json!(found);
        context.output.result(&members, format!("{text}\n\n{}", numbers(&found)))
    }
}

fn numbers(found: &Numbers) -> String {
    let Numbers { registered, unclear, left, .. } = *found;
    let mut text = format!("{} WhatsApp", counted(registered, "number has", "numbers have"));
    if unclear > 0 {
        let _ = write!(text, "; of {unclear} the gateway does not say");
    }
    if left > 0 {
        let _ = write!(text, "; {left} were not asked about yet: run the same command again");
    }
    text
}

/// Reads a list, and looks at all of its rows.
async fn read(context: &Context, args: ListArgs) -> Result<(CampaignList, Summary), CommandError> {
    let text = typed_or_from_stdin(args.text.clone()).await?;
    let text = text
        .map(|text| Template::parse(&text))
        .transpose()
        .map_err(|why| CommandError::usage(format!("--text: {why}")))?;
    if args.file_column.is_none() && text.as_ref().is_none_or(Template::is_blank) {
        return Err(CommandError::usage("there is nothing to send: give a --text or --file-column"));
    }
    let spinner = context.output.spinner("reading the list");
    let given = args.encoding;
    let checked = tokio::task::spawn_blocking(move || {
        let list = CampaignList::open(&args, text)?;
        let summary = list.check(&args.list)?;
        Ok((list, summary))
    });
    let checked = checked.await.map_err(CommandError::local)?;
    drop(spinner);
    let (list, summary) = checked.map_err(of_mistakes)?;
    if let Some(given) = given.filter(|given| summary.by_mark && given.name() != summary.encoding) {
        context.output.note(&format!(
            "the list is {} by its byte order mark, and is read so instead of as {}",
            summary.encoding,
            given.name()
        ));
    }
    if summary.by_country > 0 {
        context.output.note(&format!(
            "{} read as another number than the digits say, because of --country",
            counted(summary.by_country, "number is", "numbers are")
        ));
    }
    Ok((list, summary))
}

fn of_mistakes(mistakes: Mistakes) -> CommandError {
    Reason::Mistakes(Box::new(mistakes)).into()
}

fn shown(path: &str, summary: &Summary) -> String {
    let mut shown = format!(
        "{}: {} to {}\nread as {}{} with {} between the values, recipients from {:?}",
        text::plain(path),
        counted(summary.messages, "message", "messages"),
        counted(summary.recipients as u64, "recipient", "recipients"),
        summary.encoding,
        if summary.by_mark { ", as its byte order mark says," } else { "" },
        summary.delimiter,
        text::plain(&summary.to_column),
    );
    for example in &summary.examples {
        let _ = write!(shown, "\n\nline {}, to {}", example.line, text::plain(&example.to));
        if let Some(file) = &example.file {
            let _ = write!(shown, "\n  file {}", text::plain(file));
        }
        for line in example.text.iter().flat_map(|text| text.lines()) {
            let _ = write!(shown, "\n  {}", text::plain(line));
        }
    }
    shown
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
