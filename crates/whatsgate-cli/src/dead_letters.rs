//! `whatsgate events dead-letters`.

use clap::{ArgGroup, Args, Subcommand as Subcommands};
use serde_json::{Value, json, value::RawValue};
use whatsgate_durable::store::durable::journal::{Content, Entry, Position};
use whatsgate_durable::store::durable::partition::Parked;
use whatsgate_durable::store::{Tables, consumers};
use whatsgate_durable::{Store, StoreError};
use whatsgate_native::model::{Event, from_json};

use crate::command_error::CommandError;
use crate::consumers::consumer_of;
use crate::context::Context;
use crate::facts::Facts;
use crate::listing::Column::{Id, Text};
use crate::listing::Listing;
use crate::store_url::LookArgs;
use crate::subcommand::Subcommand;
use crate::text::plain;
use crate::{lines, tables};

/// List, show, hand over again or drop events whose handling was given up
#[derive(Debug, Subcommands)]
pub(crate) enum DeadLetters {
    /// List them
    List {
        #[command(flatten)]
        store: LookArgs,
    },
    /// Show one with its event
    Show {
        /// Where it stands in the journal, as listed
        position: Position,
        #[command(flatten)]
        store: LookArgs,
    },
    /// Hand them over again, as if they had never been tried
    Replay(Chosen),
    /// Forget them
    Drop(Chosen),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["positions", "all"]).required(true))]
pub(crate) struct Chosen {
    /// Where they stand in the journal, as listed
    #[arg(value_name = "POSITION")]
    positions: Vec<Position>,
    /// All of the consumer
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    store: LookArgs,
}

/// How many are read at a time.
const PAGE: usize = 500;

/// A dead letter with its event.
pub(crate) struct DeadLetter {
    pub(crate) consumer: String,
    pub(crate) letter: Parked,
    pub(crate) entry: Option<Entry>,
}

impl DeadLetter {
    fn members(&self) -> Value {
        let entry = self.entry.as_ref();
        json!({
            "consumer": self.consumer,
            "position": self.letter.position,
            "key": entry.map(Entry::key),
            "action": entry.map(|entry| &entry.identity.action),
            "session": entry.map(|entry| &entry.identity.session),
            "chat": entry.map(|entry| &entry.chat),
            "verified": entry.map(|entry| entry.trust.name() == "listed"),
            "tries": self.letter.tries,
            "since": self.letter.due / 1000,
            "reason": self.letter.reason,
        })
    }

    fn content(&self) -> Option<&str> {
        match &self.entry.as_ref()?.content {
            Content::Whole(raw) => Some(raw.as_str()),
            _ => None,
        }
    }
}

impl Subcommand for DeadLetters {
    fn facts(&self) -> Facts {
        match self {
            Self::List { .. } | Self::Show { .. } => Facts::local(),
            Self::Replay(_) | Self::Drop(_) => Facts::local()
                .changing()
                .advising("See which are left with `whatsgate events dead-letters list`."),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List { store } => list(context, store).await,
            Self::Show { position, store } => show(context, position, store).await,
            Self::Replay(chosen) => {
                change(context, chosen, "replayed", "handed over again", consumers::replay_dead_letter).await
            }
            Self::Drop(chosen) => {
                change(context, chosen, "dropped", "dropped", consumers::drop_dead_letter).await
            }
        }
    }
}

async fn list(context: &Context, args: LookArgs) -> Result<(), CommandError> {
    let (store, name) = args.open().await?;
    let letters = store.run(move |tables| all(tables, name.as_deref())).await?;
    let members: Vec<_> = letters.iter().map(DeadLetter::members).collect();
    let text = if letters.is_empty() { "no dead letters".to_owned() } else { table(&letters) };
    context.output.result(&json!({ "dead_letters": members }), text)
}

fn all(tables: &mut dyn Tables, only: Option<&str>) -> Result<Vec<DeadLetter>, StoreError> {
    let mut letters = Vec::new();
    let names = match only {
        Some(name) => vec![consumers::existing(tables, name)?.name],
        None => tables.consumers()?.into_iter().map(|row| row.name).collect(),
    };
    for name in names {
        let mut after = 0;
        loop {
            let page = tables.dead_letters(&name, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for letter in page {
                let mut entry = tables.entry(letter.position)?;
                if let Some(entry) = &mut entry {
                    // The list does not show it, and there may be many.
                    entry.content = Content::LeftOut;
                }
                letters.push(DeadLetter { consumer: name.clone(), letter, entry });
            }
        }
    }
    Ok(letters)
}

async fn show(context: &Context, position: Position, args: LookArgs) -> Result<(), CommandError> {
    let (store, name) = args.open().await?;
    let letter = store.run(move |tables| {
        let consumer = consumer_of(tables, name)?;
        let letter = consumers::dead_letter(tables, &consumer, position)?;
        let entry = tables.entry(position)?;
        Ok(DeadLetter { consumer, letter, entry })
    });
    let letter = letter.await?;
    let members = letter.members();
    let raw = letter.content().and_then(|content| serde_json::from_str::<Box<RawValue>>(content).ok());
    let tried = match letter.letter.tries {
        1 => "tried once,".to_owned(),
        tries => format!("tried {tries} times, last"),
    };
    let mut shown = format!(
        "given up by {:?} at position {position}\n{tried} at {} UTC: {}",
        letter.consumer,
        tables::millis(letter.letter.due),
        plain(&letter.letter.reason)
    );
    match letter.content() {
        Some(content) => {
            if let Ok(event) = from_json::<Event>(content) {
                shown.push_str(&format!("\n{}", lines::event(&event)));
            }
            shown.push_str(&format!("\n{content}"));
        }
        None => shown.push_str("\nits content is not kept any more"),
    }
    context.output.result(&json!({ "dead_letter": Shown { members, event: raw } }), shown)
}

/// The members, and the event as it is in the store.
#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    members: Value,
    event: Option<Box<RawValue>>,
}

async fn change(
    context: &Context,
    chosen: Chosen,
    member: &str,
    done: &str,
    change: fn(&mut dyn Tables, &str, Position) -> Result<(), StoreError>,
) -> Result<(), CommandError> {
    let Chosen { positions, all: is_all, store } = chosen;
    let (store, name): (Store, _) = store.open().await?;
    let changed = store.run(move |tables| {
        let consumer = consumer_of(tables, name)?;
        let positions = if is_all {
            all(tables, Some(&consumer))?.iter().map(|letter| letter.letter.position).collect()
        } else {
            positions
        };
        for position in &positions {
            change(tables, &consumer, *position)?;
        }
        Ok((consumer, positions))
    });
    let (consumer, positions) = changed.await?;
    let text = match positions.as_slice() {
        [] => "no dead letters".to_owned(),
        [position] => format!("dead letter {position} of {consumer:?} is {done}"),
        positions => format!("{} dead letters of {consumer:?} are {done}", positions.len()),
    };
    context.output.result(&json!({ "consumer": consumer, member: positions }), text)
}

/// Dead letters as a table.
fn table(letters: &[DeadLetter]) -> String {
    let head = [
        Id("Position"),
        Id("Consumer"),
        Id("Event"),
        Text("Chat"),
        Text("Tries"),
        Text("Since (UTC)"),
        Text("Reason"),
    ];
    let mut listing = Listing::new(&head);
    for DeadLetter { consumer, letter, entry } in letters {
        let mut row = vec![letter.position.to_string(), plain(consumer)];
        row.extend(match entry {
            Some(entry) => [format!("{} {}", entry.key(), plain(&entry.identity.action)), plain(&entry.chat)],
            None => [String::new(), String::new()],
        });
        row.extend([letter.tries.to_string(), tables::minute(letter.due), plain(&letter.reason)]);
        listing.rows.push(row);
    }
    listing.to_string()
}
