//! `whatsgate send --key`: a message that is sent once, however often the command is run.

use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::waiting::WaitsFor;
use whatsgate_durable::{
    Absent, Class, Entry, Handle, Limits, Outbox, OutboxError, Post, State, Store, StoreError,
};
use whatsgate_native::Session;

use crate::command_error::{CommandError, Unsent};
use crate::consume::ask;
use crate::context::Context;
use crate::interrupt::interrupted;
use crate::journal;
use crate::outbox::listing::{waiting, waits_advice, waits_shown};
use crate::sending::{Sending, Sends, Way};
use crate::store_url::StoreUrl;
use crate::text;
use crate::time_span::{moment, time_span};

const HEADING: &str = "Once, over restarts";
const STORE: &str = "Where messages are kept: sqlite:PATH or postgres://USER@HOST/DATABASE [env: WHATSGATE_STORE] [default: \
                     sqlite:whatsgate.db]";
/// How often it is looked whether the store has become free.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Send it once under this key: it is kept in a store first, and the same command with the same key goes on with it
    /// instead of sending it again. With another message the key is refused
    #[arg(long, value_name = "KEY", help_heading = HEADING)]
    pub(crate) key: Option<String>,
    /// Whose key it is, where several programs share a store
    #[arg(long, value_name = "NAME", help_heading = HEADING, requires = "key")]
    program: Option<String>,
    #[arg(long, value_name = "URL", help_heading = HEADING, requires = "key", help = STORE)]
    store: Option<StoreUrl>,
    /// How long to wait until it is known what became of it, such as 60s; 0s only puts it, and whatever sends from this
    /// store sends it. What is on its way by then comes to its end first, and is stored: at most 70s more, where the gateway is
    /// silent or the disk is full [default: 5m]
    #[arg(long, value_name = "DURATION", help_heading = HEADING, requires = "key", value_parser = time_span)]
    wait: Option<Duration>,
    /// Before all that is not urgent, and in quiet hours too
    #[arg(long, help_heading = HEADING, requires = "key")]
    urgent: bool,
    /// After this time it is of no use, and not sent any more; counted from the first run, and later than --not-before
    #[arg(long, value_name = "DURATION", help_heading = HEADING, requires = "key", value_parser = time_span)]
    expires: Option<Duration>,
    /// Not before this time: a date in UTC, or how long from now on, such as 2h
    #[arg(long, value_name = "TIME", help_heading = HEADING, requires = "key", value_parser = moment)]
    not_before: Option<SystemTime>,
    /// Without the limits of one message in 10 seconds, two at once, 200 an hour and 1000 a day
    #[arg(long, help_heading = HEADING, requires = "key")]
    no_limits: bool,
}

/// How long it is waited for, beyond `--wait`, that what became of the message is stored: as long as its request takes, which
/// would otherwise be of unknown outcome, but not for ever on a disk that is full.
const STORED: Duration = Duration::from_secs(70);

/// Puts the message, and waits until it is known what became of it.
pub(crate) async fn send(
    context: &Context,
    session: &Session,
    post: Post,
    args: KeyArgs,
    asked_to_end: impl Future<Output = ()> + Unpin,
) -> Result<(), CommandError> {
    put_and_wait(context, session, post, args, asked_to_end).await.map_err(|error| match error {
        // An earlier run may have sent it, or this one.
        Failed::Store(error) => Unsent {
            message: format!("{error}; whether the message was sent is not known"),
            kind: "store",
            advice: "Once the store is mended run the same command again: it is sent once.".to_owned(),
            state: None,
            is_open: true,
        }
        .into(),
        Failed::Otherwise(error) => error,
    })
}

enum Failed {
    Store(StoreError),
    Otherwise(CommandError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            // Of what was asked for, and not of the store.
            StoreError::Consumer(_) | StoreError::Address(_) => Self::Otherwise(error.into()),
            error => Self::Store(error),
        }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Otherwise(error.into())
    }
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self::Otherwise(error)
    }
}

async fn put_and_wait(
    context: &Context,
    session: &Session,
    mut post: Post,
    args: KeyArgs,
    mut asked_to_end: impl Future<Output = ()> + Unpin,
) -> Result<(), Failed> {
    let wait = args.wait.unwrap_or(Duration::from_secs(5 * 60));
    if args.urgent {
        post = post.with_class(Class::Urgent);
    }
    if let Some(time) = args.not_before {
        post = post.with_not_before(time);
    }
    if let Some(expiry) = args.expires.and_then(|span| SystemTime::now().checked_add(span)) {
        post = post.with_expiry(expiry);
    }
    post.check_times().map_err(|_| {
        CommandError::usage(
            "--not-before: with --expires the message would never be sent: its time is over before it may be sent, and \
             nothing was put; --expires is counted from now on",
        )
    })?;
    let address = StoreUrl::or_default(args.store)?;
    let is_new = address.is_new();
    let store = address.open_lasting().await?;
    if is_new {
        // The same command in another folder has another one.
        context.output.note(&format!("messages are kept in {address}, which is new"));
    }
    let key = Key { program: args.program.unwrap_or_default(), key: args.key.unwrap_or_default() };
    let outbox = Outbox::new(store.clone()).with_program(&key.program);
    let id = session.id().as_str().to_owned();
    store.run(move |tables| journal::for_sending(tables, &id)).await?;
    let known = outbox.find(post.clone()).await.map_err(|error| refused(error, &key))?;
    let client = context.client()?;
    let is_known = known.is_some();
    let mut handle = if let Some(known) = known {
        known
    } else {
        if !wait.is_zero() {
            ask(&context.output, &client, Some(session.id())).await?;
        }
        outbox.post(post).await.map_err(|error| refused(error, &key))?
    };
    if wait.is_zero() && handle.entry().course.state == State::Queued {
        return Ok(context.output.result(&members(handle.entry()), "queued")?);
    }
    let way = Way {
        client,
        store,
        session: session.id().clone(),
        limits: (!args.no_limits).then(Limits::default),
        absent: Absent::Hold,
        only: Some(key),
    };
    let deadline = Instant::now() + wait;
    let spinner = context.output.spinner("sending");
    let mut sending = None;
    let waited = tokio::select! {
        waited = async {
            if is_known && handle.entry().course.is_declined() {
                look_into_events(&way, &mut sending, deadline).await?;
            }
            until_known(context, &way, &mut handle, &mut sending, deadline).await
        } => waited,
        () = &mut asked_to_end => Ok(()),
    };
    if let Some(sending) = sending {
        tokio::select! {
            stopped = timeout(STORED, sending.stop()) => if stopped.is_err() {
                context.output.note("what became of the message cannot be stored: is the disk full?");
            },
            () = interrupted()? => {}
        }
    }
    handle.wait_sent(Duration::ZERO).await?;
    drop(spinner);
    match waited {
        Err(error) if !handle.entry().course.state.is_settled() => Err(error),
        _ => {
            let waits = waits(&way.store, handle.entry()).await?;
            Ok(tell(context, handle.entry(), waits.as_ref())?)
        }
    }
}

/// What the service refused it may have sent all the same, which its events tell.
async fn look_into_events(
    way: &Way,
    sending: &mut Option<Sending>,
    deadline: Instant,
) -> Result<(), CommandError> {
    if let Ok(Ok(Sends::This(started))) = timeout_at(deadline, way.start()).await {
        let _ = timeout_at(deadline, started.caught_up()).await;
        *sending = Some(*started);
    }
    Ok(())
}

async fn waits(store: &Store, entry: &Entry) -> Result<Option<WaitsFor>, StoreError> {
    let entry = entry.clone();
    store.run(move |tables| Ok(waiting(tables)?.of(&entry))).await
}

async fn until_known(
    context: &Context,
    way: &Way,
    handle: &mut Handle,
    sending: &mut Option<Sending>,
    deadline: Instant,
) -> Result<(), Failed> {
    let (mut has_told, mut has_looked) = (false, false);
    while !handle.entry().course.state.is_settled() && Instant::now() < deadline {
        if sending.is_none() {
            // Where the gateway cannot be reached, it takes long.
            let Ok(started) = timeout_at(deadline, way.start()).await else { break };
            match started? {
                Sends::This(started) => *sending = Some(*started),
                Sends::Other(owner) if !has_told => {
                    has_told = true;
                    context.output.note(&format!(
                        "process {owner} has the store: it sends it if it is one that sends (`serve`, `outbox run`, \
                         `campaign run`, `events --consumer NAME --send`); otherwise it is sent once that has ended"
                    ));
                }
                Sends::Other(_) => {}
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        handle.wait_sent(if sending.is_some() && has_looked { left } else { left.min(LOOK) }).await?;
        if !has_looked && let Some(waits) = waits(&way.store, handle.entry()).await? {
            context.output.note(&format!("{}. {}", waits_shown(&waits), waits_advice(&waits)));
        }
        has_looked = true;
    }
    Ok(())
}

fn refused(error: OutboxError, key: &Key) -> Failed {
    match error {
        OutboxError::Store(StoreError::OtherMessage) => Failed::Otherwise(CommandError::usage(format!(
            "--key: this is the key of another message already (another text, file, recipient or session), and nothing was \
             sent: look at that one with `whatsgate outbox show {}`; another message has another key",
            text::word(&key.key)
        ))),
        OutboxError::Store(error) => Failed::Store(error),
        error => Failed::Otherwise(error.into()),
    }
}

fn tell(context: &Context, entry: &Entry, waits: Option<&WaitsFor>) -> Result<(), CommandError> {
    let course = &entry.course;
    let reason = text::plain(&course.reason);
    let unsent = |kind, message: String, advice: &str, is_open| {
        let state = Some(course.state.name());
        Err(Unsent { message, kind, advice: advice.to_owned(), state, is_open }.into())
    };
    let word = text::word(&entry.key.key);
    let again = format!("`whatsgate outbox retry {word}` sends it after all.");
    match course.state {
        State::Sent => {
            let id = course.message.as_deref().map(|id| format!("\n{}", text::plain(id)));
            context.output.result(&members(entry), format!("sent{}", id.unwrap_or_default()))
        }
        State::Accepted => {
            context.output.result(&members(entry), "accepted; the service did not tell its id")
        }
        State::Sending => unsent(
            "sending",
            "it is not stored yet what became of the message: it is being sent, or was when the program ended".to_owned(),
            "Run the same command again: it is sent once, and events may tell.",
            true,
        ),
        State::Queued => {
            let why = waits.map(waits_shown).or(Some(reason).filter(|reason| !reason.is_empty()));
            let then = waits.map(|waits| format!("{} ", waits_advice(waits))).unwrap_or_default();
            let again = format!(
                "{then}Run the same command again to go on waiting, or `whatsgate outbox run` to send all that is queued; it is \
                 sent once."
            );
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            unsent("queued", format!("the message is still queued{why}"), &again, true)
        }
        State::Unknown => unsent(
            "unknown",
            format!("it is not known whether the message was sent: {reason}"),
            "Run the same command again: it is not sent again, and events may have told by then. `whatsgate outbox \
             resolve` takes down what you have seen.",
            true,
        ),
        State::Failed if course.is_declined() => {
            let look = format!(
                "The same command once more looks for it in the events; `whatsgate outbox show {word}` has the service's words. \
                 If the chat does not have it, `whatsgate outbox retry {word}` sends it again."
            );
            let message = "the service refused the message; it may have sent it all the same".to_owned();
            unsent("refused", message, &look, true)
        }
        State::Failed => {
            let look = format!("`whatsgate outbox show {word}` tells more. {again}");
            unsent("refused", format!("the message failed: {reason}"), &look, false)
        }
        State::Expired => unsent(
            "expired",
            format!("the message was not sent: {reason}"),
            "Another message has another key.",
            false,
        ),
        State::Cancelled | State::NotSent => {
            unsent(course.state.name(), format!("the message was not sent: {reason}"), &again, false)
        }
        other => unsent(other.name(), reason, &again, true),
    }
}

/// The message for scripts: `message` has the id, as without a key.
fn members(entry: &Entry) -> Value {
    let message = entry.course.message.as_ref().map(|id| json!({ "id": id }));
    json!({
        "message": message,
        "key": entry.key.key,
        "state": entry.course.state,
        "proof": entry.course.proof,
    })
}
