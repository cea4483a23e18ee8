//! `whatsgate send --key`: a message that is sent once, however often the command is run.

use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::{Absent, Class, Entry, Handle, Limits, Outbox, OutboxError, Post, State, StoreError};
use whatsgate_native::Session;

use crate::command_error::{CommandError, Unsent};
use crate::consume::ask;
use crate::context::Context;
use crate::interrupt::interrupted;
use crate::journal;
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
    /// store sends it [default: 5m]
    #[arg(long, value_name = "DURATION", help_heading = HEADING, requires = "key", value_parser = time_span)]
    wait: Option<Duration>,
    /// Before all that is not urgent, and in quiet hours too
    #[arg(long, help_heading = HEADING, requires = "key")]
    urgent: bool,
    /// After this time it is of no use, and not sent any more; counted from the first run
    #[arg(long, value_name = "DURATION", help_heading = HEADING, requires = "key", value_parser = time_span)]
    expires: Option<Duration>,
    /// Not before this time: a date in UTC, or how long from now on, such as 2h
    #[arg(long, value_name = "TIME", help_heading = HEADING, requires = "key", value_parser = moment)]
    not_before: Option<SystemTime>,
    /// Without the limits of one message in 10 seconds, two at once, 200 an hour and 1000 a day
    #[arg(long, help_heading = HEADING, requires = "key")]
    no_limits: bool,
}

/// Puts the message, and waits until it is known what became of it.
pub(crate) async fn send(
    context: &Context,
    session: &Session,
    mut post: Post,
    args: KeyArgs,
    mut asked_to_end: impl Future<Output = ()> + Unpin,
) -> Result<(), CommandError> {
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
    let store = StoreUrl::or_default(args.store)?.open_lasting().await?;
    let key = Key { program: args.program.unwrap_or_default(), key: args.key.unwrap_or_default() };
    let outbox = Outbox::new(store.clone()).with_program(&key.program);
    let id = session.id().as_str().to_owned();
    store.run(move |tables| journal::for_sending(tables, &id)).await?;
    let known = outbox.find(post.clone()).await.map_err(|error| refused(error, &key))?;
    let client = context.client()?;
    let mut handle = if let Some(known) = known {
        known
    } else {
        if !wait.is_zero() {
            ask(&context.output, &client, Some(session.id())).await?;
        }
        outbox.post(post).await.map_err(|error| refused(error, &key))?
    };
    if wait.is_zero() && handle.entry().course.state == State::Queued {
        return context.output.result(&members(handle.entry()), "queued");
    }
    let way = Way {
        client,
        store,
        session: session.id().clone(),
        limits: (!args.no_limits).then(Limits::default),
        absent: Absent::Hold,
        only: Some(key),
    };
    let spinner = context.output.spinner("sending");
    let mut sending = None;
    let waited = tokio::select! {
        waited = until_known(context, &way, &mut handle, &mut sending, wait) => waited,
        () = &mut asked_to_end => Ok(()),
    };
    if let Some(sending) = sending {
        tokio::select! {
            () = sending.stop() => {}
            () = interrupted()? => {}
        }
    }
    handle.wait_sent(Duration::ZERO).await?;
    drop(spinner);
    match waited {
        Err(error) if !handle.entry().course.state.is_settled() => Err(error),
        _ => tell(context, handle.entry()),
    }
}

async fn until_known(
    context: &Context,
    way: &Way,
    handle: &mut Handle,
    sending: &mut Option<Sending>,
    wait: Duration,
) -> Result<(), CommandError> {
    let deadline = Instant::now() + wait;
    let mut has_told = false;
    while !handle.entry().course.state.is_settled() && Instant::now() < deadline {
        if sending.is_none() {
            // Where the gateway cannot be reached, it takes long.
            let Ok(started) = timeout_at(deadline, way.start()).await else { break };
            match started? {
                Sends::This(started) => *sending = Some(*started),
                Sends::Other(owner) if !has_told => {
                    has_told = true;
                    context.output.note(&format!(
                        "process {owner} has the store: it sends it if it was started to send (`events --consumer NAME \
                         --send`, `outbox run`); otherwise it is sent once that has ended"
                    ));
                }
                Sends::Other(_) => {}
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        handle.wait_sent(if sending.is_some() { left } else { left.min(LOOK) }).await?;
    }
    Ok(())
}

fn refused(error: OutboxError, key: &Key) -> CommandError {
    match error {
        OutboxError::Store(StoreError::OtherMessage) => CommandError::usage(format!(
            "--key: this is the key of another message already, and nothing was sent: take another key, or look at \
             the other one with `whatsgate outbox show {}`",
            text::word(&key.key)
        )),
        error => error.into(),
    }
}

fn tell(context: &Context, entry: &Entry) -> Result<(), CommandError> {
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
        State::Queued | State::Sending => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            unsent(
                "queued",
                format!("the message is still queued{why}"),
                "Run the same command again to go on waiting, or `whatsgate outbox run` to send all that is queued; it is \
                 sent once.",
                true,
            )
        }
        State::Unknown => unsent(
            "unknown",
            format!("it is not known whether the message was sent: {reason}"),
            "Run the same command again: it is not sent again, and events may have told by then. `whatsgate outbox \
             resolve` takes down what you have seen.",
            true,
        ),
        State::Failed => {
            let look = format!("`whatsgate outbox show {word}` tells more. {again}");
            unsent("refused", format!("the message failed: {reason}"), &look, false)
        }
        State::Expired | State::Cancelled | State::NotSent => {
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
