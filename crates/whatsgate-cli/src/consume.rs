//! Handling events under a name, over restarts: what `events` and `listen` share.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc;
use whatsgate_durable::store::consumers;
use whatsgate_durable::store::durable::journal::Position;
use whatsgate_durable::{Consumer, Delivery, Hook, Inbox, Patience, Sender, Store};
use whatsgate_native::Client;
use whatsgate_native::model::{Event, EventAction, RawJson, SessionId, SessionsGetRequest};

use crate::command_error::CommandError;
use crate::consumer_name::consumer_name;
use crate::context::Context;
use crate::exec::Exec;
use crate::forward::Forward;
use crate::interrupt::interrupted;
use crate::journal;
use crate::letter::Letter;
use crate::lines;
use crate::output::Output;
use crate::secret::SecretUrl;
use crate::since::{From, from};
use crate::store_url::StoreUrl;
use crate::time_span::age;

const HEADING: &str = "Handling each event, over restarts";

const STORE: &str = "Where events are kept: sqlite:PATH, postgres://USER@HOST/DATABASE or memory: \
                     [env: WHATSGATE_STORE] [default: sqlite:whatsgate.db]";
const EXEC: &str = "Run this command for each event, with its JSON on standard input and its key in \
                    WHATSGATE_EVENT_KEY; 0 means handled. It is split into words as a shell does, but goes through none";

#[derive(Debug, Args)]
pub(crate) struct ConsumeArgs {
    /// Handle each event at least once under this name: events are kept in a store, and the next run under the same name
    /// goes on where this one ended. Without --exec and --forward each is printed, and handled once it is written, read or
    /// not
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub(crate) consumer: Option<String>,
    #[arg(long, value_name = "URL", help_heading = HEADING, requires = "consumer", help = STORE)]
    store: Option<StoreUrl>,
    #[arg(long, value_name = "COMMAND", help_heading = HEADING, requires = "consumer", conflicts_with = "forward", help = EXEC)]
    exec: Option<String>,
    /// Post each event to this URL, with its key in the header Whatsgate-Event-Key; a status of 2xx means handled
    #[arg(long, value_name = "URL", help_heading = HEADING, requires = "consumer")]
    forward: Option<SecretUrl>,
    /// Where a new consumer begins: now, beginning, a date or how long ago as for --since, or a position in the journal;
    /// without effect on later runs [default: now]
    #[arg(long, value_name = "WHEN", help_heading = HEADING, requires = "consumer", value_parser = from)]
    from: Option<From>,
    /// Take older events for handled, such as 30m, 1h, 7d
    #[arg(long, value_name = "DURATION", help_heading = HEADING, requires = "consumer", value_parser = age)]
    max_age: Option<Duration>,
    /// How many chats may be handled at the same time; fixed by the first run [default: 8]
    #[arg(long, value_name = "N", help_heading = HEADING, requires = "consumer", value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: Option<u32>,
    /// How long the command or the URL may take; then the try has failed, and the command is killed with its process
    /// group: what left the group, as with setsid, lives on [default: 60]
    #[arg(long, value_name = "SECONDS", help_heading = HEADING, requires = "consumer", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: Option<u64>,
    /// How often an event is tried before it becomes a dead letter, after pauses of 2 seconds up to half an hour
    /// [default: 14]
    #[arg(long, value_name = "N", help_heading = HEADING, requires = "consumer", value_parser = clap::value_parser!(u32).range(1..=1000))]
    tries: Option<u32>,
    /// Send as well what programs put into the store, within the usual limits: on SQLite no other process can
    #[arg(long, help_heading = HEADING, requires = "consumer")]
    send: bool,
}

/// How events are to be handled; everything in it was checked.
pub(crate) struct Plan {
    name: String,
    store: StoreUrl,
    handling: Handling,
    from: Option<From>,
    max_age: Option<Duration>,
    partitions: Option<u32>,
    deadline: Duration,
    tries: u32,
    send: bool,
}

enum Handling {
    Print,
    Exec(Exec),
    Forward(Forward),
}

/// Which events are received, and how.
pub(crate) struct Source {
    /// None for all sessions.
    pub(crate) session: Option<SessionId>,
    /// Others count as handled.
    pub(crate) action: Option<EventAction>,
    /// None for the usual one.
    pub(crate) interval: Option<Duration>,
    pub(crate) hook: Option<Hook>,
    /// What is posted and not listed by the service is not handled.
    pub(crate) only_verified: bool,
}

/// Into how many parts chats are spread.
const PARTITIONS: u32 = 8;
/// How long a reader of standard output may keep the end waiting.
const PRINTING: Duration = Duration::from_secs(5);
/// Printing has no deadline: who reads slowly gets everything all the same.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The runtime's deadline is later than that of the command, which is killed in an orderly way.
const BEHIND: Duration = Duration::from_secs(10);

impl ConsumeArgs {
    /// Checks what can be checked without doing anything. None without `--consumer`.
    pub(crate) fn plan(self) -> Result<Option<Plan>, CommandError> {
        let Some(name) = self.consumer else { return Ok(None) };
        let name = consumer_name(&name)?;
        if self.deadline.is_some() && self.exec.is_none() && self.forward.is_none() {
            return Err(CommandError::usage(
                "--deadline: it is for --exec and --forward, and printing has none",
            ));
        }
        let deadline = Duration::from_secs(self.deadline.unwrap_or(60));
        let handling = match (self.exec, self.forward) {
            (Some(line), _) => Handling::Exec(Exec::read(&line, deadline)?),
            (_, Some(url)) => Handling::Forward(Forward::read(&url.0, deadline)?),
            _ => Handling::Print,
        };
        Ok(Some(Plan {
            name,
            store: StoreUrl::or_default(self.store)?,
            handling,
            from: self.from,
            max_age: self.max_age,
            partitions: self.partitions,
            deadline,
            tries: self.tries.unwrap_or_else(|| Patience::default().most_tries),
            send: self.send,
        }))
    }
}

/// Receives and handles events until interrupted.
pub(crate) async fn consume(context: &Context, plan: Plan, source: Source) -> Result<(), CommandError> {
    let client = context.client()?;
    let mut asked_to_end = interrupted()?;
    let started = tokio::select! {
        started = start(context, client, plan, source) => started?,
        () = &mut asked_to_end => return Ok(()),
    };
    let Started { inbox, sender, work, mut failed, consumer } = started;
    let running = inbox.run(consumer);
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return Ok(ended?),
        Some(error) = failed.recv() => return Err(error),
        () = asked_to_end => {}
    }
    inbox.stop();
    let mut asked_again = interrupted()?;
    let patience = if matches!(work.handling, Handling::Print) { PRINTING } else { FOR_EVER };
    if !matches!(work.handling, Handling::Print) || sender.is_some() {
        context.output.note("ending once what is under way is done; Ctrl+C again ends at once");
    }
    let handled = async {
        tokio::select! {
            ended = &mut running => ended.map_err(CommandError::from),
            Some(error) = failed.recv() => Err(error),
            () = tokio::time::sleep(patience) => Ok(()),
        }
    };
    let sent = async {
        if let Some(sender) = sender {
            sender.stop().await;
        }
    };
    let ended = tokio::select! {
        (handled, ()) = futures_util::future::join(handled, sent) => Some(handled),
        () = &mut asked_again => None,
    };
    // What is not done is handed over again by the next run.
    if let Handling::Exec(exec) = &work.handling {
        exec.kill().await;
    }
    ended.unwrap_or(Ok(()))
}

struct Started {
    inbox: Inbox,
    sender: Option<Sender>,
    work: Arc<Work>,
    failed: mpsc::Receiver<CommandError>,
    consumer: Consumer,
}

async fn start(
    context: &Context,
    client: Client,
    plan: Plan,
    source: Source,
) -> Result<Started, CommandError> {
    let output = &context.output;
    let Plan { name, store, handling, from, max_age, partitions, deadline, tries, send } = plan;
    let from = from.unwrap_or(From::Now);
    let Source { session, action, interval, hook, only_verified } = source;
    let address = store;
    let store = address.open().await?;
    store.own().await?;
    let begun = {
        let (name, session, from) = (name.clone(), session.clone(), from.clone());
        let session = session.map(|session| session.as_str().to_owned());
        store.run(move |tables| journal::begin(tables, &name, session.as_deref(), &from)).await?
    };
    if let (Some(wanted), Some(has)) = (partitions, begun.partitions)
        && wanted != has
    {
        output.note(&format!("--partitions: the consumer {name:?} has {has}, fixed by its first run"));
    }
    ask(output, &client, session.as_ref()).await?;
    output.remark(json!({ "store": address.to_string() }), &format!("events are kept in {address}"));
    let mut builder = Inbox::builder(client.clone(), store.clone()).since(begun.start);
    if let Some(session) = &session {
        builder = builder.session(session.clone());
    }
    if let Some(interval) = interval {
        builder = builder.poll_every(interval);
    }
    if let Some(hook) = hook {
        builder = builder.hook(hook);
    }
    let inbox = builder.start().await?;
    if begun.partitions.is_none() && matches!(from, From::Now | From::Date(..)) {
        // What happened while nobody polled is not in the journal yet, and would pass for new.
        inbox.caught_up().await;
    }
    let progress = open(&store, &name, partitions, &from).await?;
    let sender = if send { Some(Sender::builder(client, store).start().await?) } else { None };
    output.remark(
        json!({ "consumer": name, "position": progress }),
        &format!("{name:?} handles what comes after position {progress}; Ctrl+C ends it"),
    );
    let (tell, failed) = mpsc::channel(1);
    let is_printing = matches!(handling, Handling::Print);
    let work = Arc::new(Work { handling, output: output.clone(), session, action, failed: tell });
    let (events, others) = (Arc::clone(&work), Arc::clone(&work));
    let mut consumer = Consumer::new(name)
        .patience(Patience::default().with_most_tries(tries))
        .deadline(if is_printing { FOR_EVER } else { deadline + BEHIND })
        .on_other(move |event, delivery| {
            let work = Arc::clone(&events);
            async move { work.handle(event, delivery).await }
        })
        .on_unreadable(move |raw, delivery| {
            let work = Arc::clone(&others);
            async move { work.handle_unreadable(raw, delivery).await }
        });
    if let Some(max_age) = max_age {
        consumer = consumer.max_age(max_age);
    }
    if only_verified {
        consumer = consumer.only_verified();
    }
    Ok(Started { inbox, sender, work, failed, consumer })
}

/// Opens the consumer. Says up to where it has handled everything.
async fn open(
    store: &Store,
    name: &str,
    partitions: Option<u32>,
    from: &From,
) -> Result<Position, CommandError> {
    let (name, from) = (name.to_owned(), from.place());
    let partitions = partitions.unwrap_or(PARTITIONS);
    let opened = store.run(move |tables| {
        consumers::open(tables, &name, partitions, from)?;
        Ok(tables.partitions(&name)?.iter().map(|row| row.progress).min().unwrap_or_default())
    });
    Ok(opened.await?)
}

/// Asks the gateway once, so that a key that is refused and a session that does not exist end the program. A gateway that
/// cannot be reached may be reached later.
pub(crate) async fn ask(
    output: &Output,
    client: &Client,
    session: Option<&SessionId>,
) -> Result<(), CommandError> {
    let asked = match session {
        Some(session) => client.session(session.clone()).info().await.map(|info| info.is_some()),
        None => client.sessions(SessionsGetRequest::new()).next().await.transpose().map(|_| true),
    };
    match asked {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommandError::local(anyhow!(
            "there is no such session; `whatsgate sessions list` shows the ids"
        ))),
        Err(error) if error.is_retryable() => {
            output
                .note(&format!("{error}; it is asked again, and what is in the store is handled meanwhile"));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is done with each event.
struct Work {
    handling: Handling,
    output: Output,
    session: Option<SessionId>,
    action: Option<EventAction>,
    /// Why nothing can be printed any more.
    failed: mpsc::Sender<CommandError>,
}

impl Work {
    async fn handle(&self, event: Event, delivery: Delivery) -> Result<(), String> {
        if !self.wants(&delivery) {
            return Ok(());
        }
        let letter = || Letter::new(event.raw().as_str(), &delivery);
        match &self.handling {
            Handling::Exec(exec) => exec.handle(&letter()).await,
            Handling::Forward(forward) => forward.handle(&letter()).await,
            Handling::Print => {
                let output = self.output.clone();
                self.print(move || output.result(&event, lines::event(&event))).await
            }
        }
    }

    async fn handle_unreadable(&self, raw: RawJson, delivery: Delivery) -> Result<(), String> {
        // It has no action and no session.
        if self.action.is_some() {
            return Ok(());
        }
        let letter = || Letter::new(raw.as_str(), &delivery);
        match &self.handling {
            Handling::Exec(exec) => exec.handle(&letter()).await,
            Handling::Forward(forward) => forward.handle(&letter()).await,
            Handling::Print => {
                self.output.note(&format!("an event cannot be read: {}", raw.as_str()));
                Ok(())
            }
        }
    }

    fn wants(&self, delivery: &Delivery) -> bool {
        let is_of =
            |session: &SessionId| delivery.session().is_empty() || session.as_str() == delivery.session();
        self.session.as_ref().is_none_or(is_of)
            && self.action.as_ref().is_none_or(|action| action.as_str() == delivery.action())
    }

    /// Prints in a thread of its own, because a reader may be slow. What could not be printed is not handled, and ends the
    /// program.
    async fn print(
        &self,
        print: impl FnOnce() -> Result<(), CommandError> + Send + 'static,
    ) -> Result<(), String> {
        match tokio::task::spawn_blocking(print).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                // Only the first one is told.
                let _ = self.failed.try_send(error);
                std::future::pending().await
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
