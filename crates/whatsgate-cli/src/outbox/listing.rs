//! `whatsgate outbox list` and `show`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use whatsgate_durable::store::Tables;
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::durable::outbox::evidence::PATIENCE;
use whatsgate_durable::store::durable::receipts::ReceiptKey;
use whatsgate_durable::store::waiting::{Waiting, WaitsFor};
use whatsgate_durable::{Entry, OutboxFilter, Receipt, State, StoreError};
use whatsgate_native::model::SessionId;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::listing::Column::{Id, Text};
use crate::listing::Listing;
use crate::report::without_numbers;
use crate::store_url::StoreArgs;
use crate::tables::millis;
use crate::text::{self, plain};

use super::{OutboxArgs, no_message};

/// List messages, without whom they are for and what they say
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those in this state; may be given several times
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(State::ALL.map(state_name)))]
    state: Vec<String>,
    /// Only those whose keys begin so
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// How many at most, in the order in which they were put
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// Only those of this program
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Show a message, with whom it is for and what it says
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The key of the message
    key: String,
    #[command(flatten)]
    outbox: OutboxArgs,
}

/// The state as it is typed and shown.
pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::NotSent => "not-sent",
        other => other.name(),
    }
}

/// Looks what keeps queued messages back.
pub(crate) fn waiting(tables: &mut dyn Tables) -> Result<Waiting, StoreError> {
    Waiting::read(tables, PATIENCE)
}

/// The key as it is typed behind a subcommand.
fn typed(key: &Key) -> String {
    let program = if key.program.is_empty() {
        String::new()
    } else {
        format!(" --program {}", text::word(&key.program))
    };
    format!("{}{program}", text::word(&key.key))
}

/// What a message waits for, in a few words.
pub(crate) fn waits_shown(waits: &WaitsFor) -> String {
    match waits {
        WaitsFor::Unknown { key, .. } => {
            format!("it waits for {:?} to the same chat, whose outcome is unknown", plain(&key.key))
        }
        _ => "its campaign is paused or stopped".to_owned(),
    }
}

/// What lets a message go on that waits, as a sentence.
pub(crate) fn waits_advice(waits: &WaitsFor) -> String {
    match waits {
        WaitsFor::Unknown { key, until } => format!(
            "It goes on at {} UTC at the latest, and at once when you say what became of the other one: look into the chat, then \
             `whatsgate outbox resolve {} --sent` or --not-sent.",
            millis(*until),
            typed(key)
        ),
        _ => "`whatsgate campaign resume` lets it go on.".to_owned(),
    }
}

/// The same for scripts.
fn waits_members(waits: &WaitsFor) -> Value {
    match waits {
        WaitsFor::Unknown { key, until } => {
            json!({ "program": key.program, "key": key.key, "until": until / 1000 })
        }
        _ => json!({ "resume": true }),
    }
}

/// What is shown of a message without being asked for more.
pub(crate) fn members(entry: &Entry) -> Value {
    let course = &entry.course;
    json!({
        "program": entry.key.program,
        "key": entry.key.key,
        "state": state_name(course.state),
        "class": entry.draft.class.name(),
        "put": entry.created / 1000,
        "changed": course.changed / 1000,
        "attempts": course.attempts(),
        "reason": course.reason,
        "id": course.message,
        "proof": course.proof,
    })
}

impl List {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let store = self.store.open().await?;
        let is_wanted = |state: &State| self.state.iter().any(|name| name == state_name(*state));
        let states = State::ALL.into_iter().filter(is_wanted).collect();
        let filter = OutboxFilter { program: self.program, prefix: self.prefix, states, after: 0 };
        let most = self.limit;
        let listed = store.run(move |tables| {
            Ok((tables.outbox_entries(&filter, most.saturating_add(1))?, waiting(tables)?))
        });
        let (mut entries, waiting) = listed.await?;
        if entries.len() > most {
            entries.truncate(most);
            context.output.note(&format!("there are more than these {most}: --limit, --state and --prefix"));
        }
        let members: Vec<_> = entries
            .iter()
            .map(|entry| {
                let mut members = members(entry);
                members["waits_for"] = waiting.of(entry).as_ref().map(waits_members).into();
                if let Some(members) = members.as_object_mut() {
                    // It names the recipient's chat.
                    members.remove("id");
                }
                members
            })
            .collect();
        let text = if entries.is_empty() { "no messages".to_owned() } else { table(&entries, &waiting) };
        context.output.result(&json!({ "messages": members }), text)
    }
}

fn table(entries: &[Entry], waiting: &Waiting) -> String {
    let has_programs = entries.iter().any(|entry| !entry.key.program.is_empty());
    let mut head = vec![Id("Key"), Text("State"), Text("Changed (UTC)"), Text("Attempts"), Text("Reason")];
    if has_programs {
        head.insert(0, Id("Program"));
    }
    let mut listing = Listing::new(&head);
    for entry in entries {
        let course = &entry.course;
        let mut row = vec![
            plain(&entry.key.key),
            state_name(course.state).to_owned(),
            millis(course.changed),
            course.attempts().to_string(),
            [
                waiting.of(entry).as_ref().map(waits_shown),
                Some(plain(&course.reason)).filter(|why| !why.is_empty()),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; "),
        ];
        if has_programs {
            row.insert(0, plain(&entry.key.program));
        }
        listing.rows.push(row);
    }
    listing.to_string()
}

impl Show {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let store = self.outbox.store.open().await?;
        let key = Key { program: self.outbox.program, key: self.key };
        let shown = store.run(move |tables| {
            let Some(entry) = tables.outbox_entry(&key)? else { return Err(no_message(tables, &key)) };
            let receipt = match (&entry.course.message, SessionId::new(&entry.draft.session)) {
                (Some(message), Ok(session)) => tables.receipt(&ReceiptKey::new(&session, message))?,
                _ => None,
            };
            let waits = waiting(tables)?.of(&entry);
            Ok((entry, receipt, waits))
        });
        let (entry, receipt, waits) = shown.await?;
        let mut members = members(&entry);
        members["waits_for"] = waits.as_ref().map(waits_members).into();
        members["session"] = entry.draft.session.clone().into();
        members["recipient"] = entry.draft.recipient.clone().into();
        members["message"] = serde_json::from_str(&entry.draft.message).unwrap_or_default();
        members["file"] = entry.draft.file.clone().into();
        members["words"] = entry.course.words.as_deref().map(without_numbers).into();
        members["delivery"] = receipt.map(|receipt| receipt.state.name()).into();
        context.output.result(&json!({ "message": members }), sentences(&entry, receipt, waits.as_ref()))
    }
}

fn sentences(entry: &Entry, receipt: Option<Receipt>, waits: Option<&WaitsFor>) -> String {
    let course = &entry.course;
    let mut lines = vec![format!(
        "{} to {}, {}, put at {} UTC",
        plain(&entry.key.key),
        plain(&entry.draft.recipient),
        entry.draft.class.name(),
        millis(entry.created)
    )];
    let reason =
        if course.reason.is_empty() { String::new() } else { format!(": {}", plain(&course.reason)) };
    lines.push(format!("{} since {} UTC{reason}", state_name(course.state), millis(course.changed)));
    if let Some(waits) = waits {
        lines.extend([waits_shown(waits), waits_advice(waits)]);
    }
    if let Some(words) = &course.words {
        lines.push(format!("the service said: {}", without_numbers(words)));
    }
    if let Some(attempt) = &course.attempt {
        lines.push(format!("attempt {} began at {} UTC", attempt.number, millis(attempt.started)));
    }
    if let Some(id) = &course.message {
        lines.push(plain(id));
    }
    if let Some(receipt) = receipt {
        lines.push(format!("{} since {} UTC", receipt.state.name(), millis(receipt.since)));
    }
    if let Some(file) = &entry.draft.file {
        lines.push(format!("file {}", plain(file)));
    }
    let message: Value = serde_json::from_str(&entry.draft.message).unwrap_or_default();
    if let Some(body) = message["body"].as_str() {
        lines.extend(body.lines().map(|line| format!("  {}", plain(line))));
    } else if entry.draft.message.is_empty() && entry.draft.file.is_none() {
        lines.push("what it said is not kept any more".to_owned());
    }
    lines.join("\n")
}
