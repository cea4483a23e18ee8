//! `whatsgate events consumers`.

use std::collections::BTreeMap;

use clap::{Args, Subcommand as Subcommands};
use serde_json::{Value, json};
use whatsgate_durable::StoreError;
use whatsgate_durable::store::durable::Millis;
use whatsgate_durable::store::durable::journal::{Entry, Position};
use whatsgate_durable::store::{ConsumerRow, PartitionRow, Slice, Tables, consumers};

use crate::command_error::CommandError;
use crate::consumer_name::consumer_name;
use crate::context::Context;
use crate::facts::Facts;
use crate::listing::Column::{Id, Text};
use crate::listing::Listing;
use crate::store_url::StoreArgs;
use crate::subcommand::Subcommand;
use crate::tables;
use crate::text::plain;

/// List those who handle events under a name, or remove one
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Consumers {
    #[command(subcommand)]
    command: Option<ConsumersCommand>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Subcommands)]
enum ConsumersCommand {
    /// List them: how far each is behind the end of the journal, what waits for another try, who is at work
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Remove one, with its place in the journal and its dead letters
    Remove {
        /// The consumer
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// How many events are counted in each partition.
const MOST_COUNTED: usize = 10_000;

/// A consumer as it is seen from outside.
pub(crate) struct Seen {
    pub(crate) row: ConsumerRow,
    partitions: Vec<PartitionRow>,
    end: Position,
    /// What it has not looked at.
    pub(crate) behind: Unhandled,
    /// How many wait for another try, or for one before them.
    pub(crate) parked: u64,
    /// How many dead letters it has.
    pub(crate) dead: u64,
    /// The processes at work, with how many partitions each has.
    pub(crate) workers: BTreeMap<String, usize>,
}

/// Events that a consumer has not looked at.
pub(crate) struct Unhandled {
    /// How many there are.
    pub(crate) count: usize,
    /// There are more than were counted.
    pub(crate) is_least: bool,
}

impl Subcommand for Consumers {
    fn facts(&self) -> Facts {
        match self.command {
            Some(ConsumersCommand::Remove { .. }) => {
                Facts::local().changing().advising("See which are left with `whatsgate events consumers`.")
            }
            _ => Facts::local(),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self.command {
            None => list(context, self.store).await,
            Some(ConsumersCommand::List { store }) => list(context, store).await,
            Some(ConsumersCommand::Remove { name, store }) => remove(context, &name, store).await,
        }
    }
}

/// The consumer that is meant: the one that is named, or the only one there is.
pub(crate) fn consumer_of(tables: &mut dyn Tables, name: Option<String>) -> Result<String, StoreError> {
    if let Some(name) = name {
        return Ok(consumers::existing(tables, &name)?.name);
    }
    let mut all = tables.consumers()?;
    match (all.pop(), all.is_empty()) {
        (None, _) => Err(StoreError::Consumer("the store has no consumers".to_owned())),
        (Some(only), true) => Ok(only.name),
        _ => Err(StoreError::Consumer(
            "the store has several consumers: say which with --consumer; `whatsgate events consumers` lists them".to_owned(),
        )),
    }
}

/// Counts what a consumer has not looked at, up to a position or to the end of the journal.
pub(crate) fn unhandled(
    tables: &mut dyn Tables,
    consumer: &ConsumerRow,
    up_to: Option<Position>,
) -> Result<Unhandled, StoreError> {
    let mut unhandled = Unhandled { count: 0, is_least: false };
    for partition in tables.partitions(&consumer.name)? {
        if up_to.is_some_and(|up_to| up_to <= partition.progress) {
            continue;
        }
        let slice = Slice { partition: partition.lease.partition, of: consumer.partitions };
        let entries = tables.read(slice, partition.progress, MOST_COUNTED, 0)?;
        let is_meant = |entry: &&Entry| up_to.is_none_or(|up_to| entry.position <= up_to);
        let count = entries.iter().filter(is_meant).count();
        unhandled.count += count;
        unhandled.is_least |= count == MOST_COUNTED;
    }
    Ok(unhandled)
}

async fn list(context: &Context, args: StoreArgs) -> Result<(), CommandError> {
    let store = args.open().await?;
    let seen = store.run(|tables| {
        let now = tables.now()?;
        tables.consumers()?.into_iter().map(|row| look(tables, row, now)).collect::<Result<Vec<_>, _>>()
    });
    let seen = seen.await?;
    let members: Vec<_> = seen.iter().map(Seen::members).collect();
    let text = if seen.is_empty() { "no consumers".to_owned() } else { table(&seen) };
    context.output.result(&json!({ "consumers": members }), text)
}

fn look(tables: &mut dyn Tables, row: ConsumerRow, now: Millis) -> Result<Seen, StoreError> {
    let partitions = tables.partitions(&row.name)?;
    let (parked, dead) = tables.count_parked(&row.name)?;
    let behind = unhandled(tables, &row, None)?;
    let workers = workers(&partitions, now);
    let end = tables.end()?.head;
    Ok(Seen { row, partitions, end, behind, parked, dead, workers })
}

fn workers(partitions: &[PartitionRow], now: Millis) -> BTreeMap<String, usize> {
    let mut workers = BTreeMap::new();
    for lease in partitions.iter().map(|partition| &partition.lease).filter(|lease| !lease.is_free(now)) {
        if let Some(owner) = &lease.owner {
            // A worker's name begins with the number of its process.
            let process = owner.split('-').next().unwrap_or_default();
            *workers.entry(process.to_owned()).or_default() += 1;
        }
    }
    workers
}

impl Seen {
    pub(crate) fn state(&self) -> &'static str {
        if self.row.suspended {
            "suspended"
        } else if self.workers.is_empty() {
            "not running"
        } else {
            "running"
        }
    }

    fn members(&self) -> Value {
        let workers = self.workers.iter();
        json!({
            "name": self.row.name,
            "state": self.state(),
            "partitions": self.row.partitions,
            "progress": self.partitions.iter().map(|partition| partition.progress).min(),
            "end": self.end,
            "behind": self.behind.count,
            "behind_is_least": self.behind.is_least,
            "waiting": self.parked,
            "dead": self.dead,
            "created": self.row.created / 1000,
            "seen": self.row.seen / 1000,
            "suspended": self.row.suspended,
            "workers": workers.map(|(process, partitions)| json!({ "process": process, "partitions": partitions })).collect::<Vec<_>>(),
        })
    }
}

async fn remove(context: &Context, name: &str, args: StoreArgs) -> Result<(), CommandError> {
    let name = consumer_name(name)?;
    let store = args.open().await?;
    let removed = name.clone();
    let done = store.run(move |tables| {
        let now = tables.now()?;
        consumers::existing(tables, &name)?;
        if let Some(process) = workers(&tables.partitions(&name)?, now).into_keys().next() {
            return Err(StoreError::Consumer(format!(
                "the consumer {name:?} is at work in process {process}: end that first"
            )));
        }
        tables.remove_consumer(&name)
    });
    done.await?;
    context.output.result(&json!({ "removed": removed }), format!("removed the consumer {removed:?}"))
}

/// The consumers as a table.
fn table(consumers: &[Seen]) -> String {
    let head = [
        Id("Consumer"),
        Text("State"),
        Text("Behind"),
        Text("Waiting"),
        Text("Dead"),
        Text("Seen (UTC)"),
        Text("Workers"),
    ];
    let mut listing = Listing::new(&head);
    for consumer in consumers {
        let workers = consumer.workers.iter().map(|(worker, partitions)| {
            format!("process {} ({partitions} of {})", plain(worker), consumer.row.partitions)
        });
        listing.rows.push(vec![
            plain(&consumer.row.name),
            consumer.state().to_owned(),
            format!("{}{}", consumer.behind.count, if consumer.behind.is_least { " or more" } else { "" }),
            consumer.parked.to_string(),
            consumer.dead.to_string(),
            tables::minute(consumer.row.seen),
            workers.collect::<Vec<_>>().join("\n"),
        ]);
    }
    listing.to_string()
}
