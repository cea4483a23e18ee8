//! `whatsgate outbox`.

pub(crate) mod listing;
mod opt_outs;

use clap::{ArgGroup, Args, Subcommand as Subcommands};
use serde_json::json;
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::{Tables, outbox};
use whatsgate_durable::{Absent, Decision, Entry, OutboxFilter, State, StoreError};
use whatsgate_native::model::MessageId;

use crate::command_error::{CommandError, Unsent};
use crate::consume::ask;
use crate::context::Context;
use crate::facts::{Facts, GOES_ON};
use crate::interrupt::interrupted;
use crate::limits::LimitArgs;
use crate::sending::{Sends, Way};
use crate::store_url::StoreArgs;
use crate::subcommand::Subcommand;
use crate::text;

use listing::{List, Show};
use opt_outs::OptOuts;

/// How many entries are looked at at a time.
const AT_ONCE: usize = 1000;

/// Look at the messages that are kept in a store, decide about them, or send them
#[derive(Debug, Subcommands)]
pub(crate) enum Outbox {
    List(List),
    Show(Show),
    /// Send again what failed, was not sent, was taken back or whose time was over
    Retry(Chosen),
    /// Take back what is queued
    Cancel(Chosen),
    Resolve(Resolve),
    Run(Run),
    #[command(subcommand)]
    OptOuts(OptOuts),
}

/// Where messages are, and whose.
#[derive(Debug, Args)]
pub(crate) struct OutboxArgs {
    /// Whose keys, where several programs share a store
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    program: String,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The keys of the messages
    #[arg(value_name = "KEY", required_unless_present = "prefix", conflicts_with = "prefix")]
    keys: Vec<String>,
    /// All whose keys begin so, and whose state allows it
    #[arg(long, value_name = "BEGINNING", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    prefix: Option<String>,
    #[command(flatten)]
    outbox: OutboxArgs,
}

/// Say what became of a message of which it is not known
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").args(["sent", "not_sent"]).required(true), after_help = "\
A message that is said to be not sent is not sent by that: `whatsgate outbox retry` does.
Who is wrong here sends it twice, or never.")]
pub(crate) struct Resolve {
    /// The key of the message
    #[arg(required_unless_present = "prefix", conflicts_with = "prefix")]
    key: Option<String>,
    /// All whose keys begin so, and of which it is not known
    #[arg(long, value_name = "BEGINNING", conflicts_with = "id", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    prefix: Option<String>,
    /// It was sent
    #[arg(long)]
    sent: bool,
    /// Its long id, if you know it
    #[arg(long, value_name = "MESSAGE", requires = "sent")]
    id: Option<MessageId>,
    /// It was not sent
    #[arg(long)]
    not_sent: bool,
    #[command(flatten)]
    outbox: OutboxArgs,
}

/// Send what is queued, of all keys, until interrupted
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate outbox run
  whatsgate outbox run --rate 20s --daily 300 --quiet 21:00-09:00 --zone Europe/Moscow
  whatsgate outbox run --until-done")]
pub(crate) struct Run {
    #[command(flatten)]
    limits: LimitArgs,
    /// End once nothing is queued or being sent
    #[arg(long)]
    until_done: bool,
    /// Send again what events show to be not sent, instead of leaving it unknown: where they are wrong, it comes twice
    #[arg(long)]
    resend_absent: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Subcommand for Outbox {
    fn facts(&self) -> Facts {
        match self {
            Self::List(_) | Self::Show(_) => Facts::local(),
            Self::Retry(_) | Self::Cancel(_) | Self::Resolve(_) => {
                Facts::local().changing().advising("See what holds with `whatsgate outbox list`.")
            }
            Self::Run(_) => Facts::session().changing().advising(GOES_ON).handling_interrupts().warning(),
            Self::OptOuts(command) => command.facts(),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Retry(chosen) => chosen.decide(context, Decision::Retry, "queued again").await,
            Self::Cancel(chosen) => chosen.decide(context, Decision::Cancel, "taken back").await,
            Self::Resolve(Resolve { key, prefix, sent, id, outbox, .. }) => {
                let id = id.map(|id| id.as_str().to_owned());
                let decision = if sent { Decision::Sent(id) } else { Decision::NotSent };
                let done = if sent { "taken down as sent" } else { "taken down as not sent" };
                let chosen = Chosen { keys: key.into_iter().collect(), prefix, outbox };
                chosen.decide(context, decision, done).await
            }
            Self::Run(run) => run.run(context).await,
            Self::OptOuts(command) => command.run(context).await,
        }
    }
}

impl Chosen {
    async fn decide(self, context: &Context, decision: Decision, done: &str) -> Result<(), CommandError> {
        let Self { keys, prefix, outbox: args } = self;
        let Some(prefix) = prefix else { return decide(context, args, keys, decision, done).await };
        let store = args.store.open().await?;
        // Of many at once a person says nothing of what the service refused.
        let states = match decision {
            Decision::Sent(_) | Decision::NotSent => vec![State::Unknown],
            Decision::Cancel | Decision::Retry => Vec::new(),
        };
        let filter = OutboxFilter { program: Some(args.program), prefix, states, after: 0 };
        let decided = store.run(move |tables| {
            let mut decided = Vec::new();
            let mut filter = filter;
            loop {
                let entries = tables.outbox_entries(&filter, AT_ONCE)?;
                for entry in &entries {
                    filter.after = entry.id;
                    if let Some((true, entry)) = outbox::decide(tables, &entry.key, &decision)? {
                        decided.push(entry);
                    }
                }
                if entries.len() < AT_ONCE {
                    return Ok(decided);
                }
            }
        });
        let entries = decided.await?;
        let count = match entries.len() {
            1 => "1 message is".to_owned(),
            count => format!("{count} messages are"),
        };
        tell(context, &entries, format!("{count} {done}"))
    }
}

fn tell(context: &Context, entries: &[Entry], text: String) -> Result<(), CommandError> {
    let members: Vec<_> = entries.iter().map(listing::members).collect();
    context.output.result(&json!({ "messages": members }), text)
}

/// Carries it out for all keys, or for none.
async fn decide(
    context: &Context,
    args: OutboxArgs,
    keys: Vec<String>,
    decision: Decision,
    done: &str,
) -> Result<(), CommandError> {
    let store = args.store.open().await?;
    let program = args.program;
    let decided = store.run(move |tables| {
        let mut entries = Vec::new();
        for key in keys {
            let key = Key { program: program.clone(), key };
            let Some((is_done, entry)) = outbox::decide(tables, &key, &decision)? else {
                return Err(no_message(tables, &key));
            };
            if !is_done {
                return Err(StoreError::Consumer(not_allowed(&entry, &decision)));
            }
            entries.push(entry);
        }
        Ok(entries)
    });
    let entries = decided.await?;
    let lines = entries.iter().map(|entry| format!("{} is {done}", text::plain(&entry.key.key)));
    tell(context, &entries, lines.collect::<Vec<_>>().join("\n"))
}

/// The store's errors have none for this, and show texts of their own as they are.
fn no_message(tables: &mut dyn Tables, key: &Key) -> StoreError {
    let shown = text::plain(&key.key);
    let filter = OutboxFilter { prefix: key.key.clone(), ..OutboxFilter::default() };
    let of_others = match tables.outbox_entries(&filter, 100) {
        Ok(others) => others.into_iter().find(|other| other.key.key == key.key),
        Err(error) => return error,
    };
    StoreError::Consumer(match of_others {
        Some(other) => format!(
            "there is no message with the key {shown:?} of this program, but one of another: give --program {}",
            text::word(&other.key.program)
        ),
        None => format!("there is no message with the key {shown:?} in this store"),
    })
}

fn not_allowed(entry: &Entry, decision: &Decision) -> String {
    let key = text::plain(&entry.key.key);
    let state = entry.course.state;
    let why = match (decision, state) {
        (Decision::Cancel, _) => "only what is queued can be taken back",
        (Decision::Retry, State::Unknown) => {
            "perhaps it was sent: once you know that it was not, `whatsgate outbox resolve --not-sent` says so, and then \
             it can be sent again"
        }
        (Decision::Retry, State::Queued | State::Sending) => "it is sent anyway",
        (Decision::Retry, State::Failed | State::NotSent | State::Expired | State::Cancelled) => {
            "its time is over: another message has another key"
        }
        (Decision::Retry, _) => "what was sent is not sent again: another message has another key",
        _ => "only what is unknown, failed, not sent or accepted can be resolved",
    };
    format!("{key:?} is {}, and nothing was changed: {why}", listing::state_name(state))
}

/// Another process has the store, and perhaps sends.
fn sent_by(owner: String) -> CommandError {
    Unsent {
        message: StoreError::Owned { owner }.to_string(),
        kind: "local",
        advice: "If it sends (`serve`, `outbox run`, `campaign run`, `events --consumer NAME --send`), it sends what is queued, and this \
                 one is not needed; otherwise end it, and run this again. Nothing is lost: `whatsgate outbox list` shows how \
                 far it is."
            .to_owned(),
        state: None,
        is_open: false,
    }
    .into()
}

impl Run {
    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let limits = self.limits.read()?;
        let session = context.session()?;
        let client = context.client()?;
        let mut asked_to_end = interrupted()?;
        let address = self.store.url()?;
        let is_new = address.is_new();
        let store = address.open_lasting().await?;
        if is_new {
            // Others may put rows into it; a slip of the pen makes a store that nobody knows.
            context.output.note(&format!("{address} is new, and nothing is queued in it"));
        }
        let absent = if self.resend_absent { Absent::Resend } else { Absent::Hold };
        let id = session.id().clone();
        let way =
            Way { client: client.clone(), store: store.clone(), session: id, limits, absent, only: None };
        let started = async {
            ask(&context.output, &client, Some(session.id())).await?;
            way.start().await
        };
        let sending = tokio::select! {
            started = started => match started? {
                Sends::This(sending) => sending,
                Sends::Other(owner) => return Err(sent_by(owner)),
            },
            () = &mut asked_to_end => return Ok(()),
        };
        context.output.note("sending what is queued; Ctrl+C ends it");
        let mut changes = store.outbox_changes();
        let is_done = loop {
            if !self.until_done {
                asked_to_end.await;
                break false;
            }
            changes.borrow_and_update();
            let waiting = store.run(|tables| {
                let states = vec![State::Queued, State::Sending];
                let filter = OutboxFilter { states, ..OutboxFilter::default() };
                Ok(!tables.outbox_entries(&filter, 1)?.is_empty())
            });
            if !waiting.await? {
                break true;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                () = &mut asked_to_end => break false,
            }
        };
        if !is_done {
            context.output.note("ending once what is being sent is stored; Ctrl+C again ends at once");
        }
        tokio::select! {
            () = sending.stop() => {}
            () = interrupted()? => {}
        }
        let counts = store.run(|tables| tables.count_outbox(&OutboxFilter::default())).await?;
        let members: serde_json::Map<_, _> = counts
            .iter()
            .map(|(state, count)| (listing::state_name(*state).to_owned(), (*count).into()))
            .collect();
        let words = counts.iter().map(|(state, count)| format!("{count} {}", listing::state_name(*state)));
        let text = words.collect::<Vec<_>>().join(", ");
        context.output.result(&json!({ "messages": members }), format!("in the store: {text}"))
    }
}
