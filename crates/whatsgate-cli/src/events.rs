//! `whatsgate events`.

use std::time::Duration;

use clap::{Args, Subcommand as Subcommands};
use futures_util::StreamExt;
use whatsgate_native::model::{Event, EventAction, EventsGetRequest, WireDate};

use crate::command_error::CommandError;
use crate::consume::{ConsumeArgs, Source, consume};
use crate::consumers::Consumers;
use crate::context::Context;
use crate::dead_letters::DeadLetters;
use crate::facts::Facts;
use crate::interrupt::interrupted;
use crate::lines;
use crate::replay::Replay;
use crate::since::since;
use crate::subcommand::Subcommand;

/// List past events, follow new ones, or handle each one over restarts
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  whatsgate events --since 2026-01-31 --action message
  whatsgate events --since now --follow
  whatsgate events --follow --json | jq .event_action
  whatsgate events --consumer answers --action message --exec \"python3 answer.py\"
  whatsgate events --consumer crm --from 2026-01-31 --forward http://127.0.0.1:9000/whatsapp

The command finds the event's JSON on its standard input, and in its environment:
  WHATSGATE_EVENT_KEY       names the event however often it is handed over
  WHATSGATE_EVENT_ATTEMPT   which try it is, from 1 on
  WHATSGATE_EVENT_ACTION, WHATSGATE_EVENT_SESSION, WHATSGATE_EVENT_CHAT
  WHATSGATE_EVENT_POSITION  where it stands in the journal
  WHATSGATE_EVENT_VERIFIED  true if the service itself lists it
but neither WHATSGATE_API_KEY nor WHATSGATE_STORE. A URL gets the same in headers:
Whatsgate-Event-Key and so on. Several events may be handled at the same time, those of
a chat one after another."
)]
pub(crate) struct Events {
    #[command(subcommand)]
    command: Option<EventsCommand>,
    /// Only events from this time on, by the service's clock: YYYY-MM-DD, "YYYY-MM-DD HH:MM:SS", today, now, or how long
    /// ago, such as 30m, 1h, 7d
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "consumer")]
    since: Option<WireDate>,
    /// Only this action: message, sent, ack, media, create, ready, error, disconnect; with --consumer the others count as
    /// handled for good, in later runs with another action too
    #[arg(long)]
    action: Option<String>,
    /// Events of all sessions of the account, deleted ones too
    #[arg(long)]
    all_sessions: bool,
    /// Go on with new events until interrupted
    #[arg(long, short, conflicts_with = "consumer")]
    follow: bool,
    /// How many seconds to wait between two questions
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval: u64,
    #[command(flatten)]
    consume: ConsumeArgs,
}

#[derive(Debug, Subcommands)]
enum EventsCommand {
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    Consumers(Consumers),
    Replay(Replay),
}

impl Subcommand for Events {
    fn facts(&self) -> Facts {
        match &self.command {
            Some(EventsCommand::DeadLetters(command)) => return command.facts(),
            Some(EventsCommand::Consumers(command)) => return command.facts(),
            Some(EventsCommand::Replay(command)) => return command.facts(),
            None => {}
        }
        let facts = if self.all_sessions { Facts::account() } else { Facts::session() };
        let facts = facts.handling_interrupts();
        if self.consume.consumer.is_some() { facts.warning() } else { facts }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self.command {
            Some(EventsCommand::DeadLetters(command)) => return command.run(context).await,
            Some(EventsCommand::Consumers(command)) => return command.run(context).await,
            Some(EventsCommand::Replay(command)) => return command.run(context).await,
            None => {}
        }
        let action = self.action.as_deref().map(|action| known_action(context, action));
        if let Some(plan) = self.consume.plan()? {
            let session = if self.all_sessions { None } else { Some(context.session()?.id().clone()) };
            let interval = Some(Duration::from_secs(self.interval));
            let source = Source { session, action, interval, hook: None, only_verified: false };
            return consume(context, plan, source).await;
        }
        let client = context.client()?;
        let mut request = EventsGetRequest::new();
        if !self.all_sessions {
            request = request.with_session(context.session()?.id().clone());
        }
        if let Some(date) = self.since {
            request = request.with_date(date);
        }
        if let Some(action) = action {
            request = request.with_action(action);
        }
        if !self.follow {
            let mut events = client.events(request);
            while let Some(event) = events.next().await {
                print_event(context, event)?;
            }
            return Ok(());
        }
        let mut interrupted = interrupted()?;
        let mut events = client.follow_events(request, Duration::from_secs(self.interval));
        loop {
            tokio::select! {
                event = events.next() => match event {
                    // The next question may succeed again; a key that is refused will not.
                    Some(Err(error)) if error.is_retryable() => context.output.note(&error.to_string()),
                    Some(event) => print_event(context, event)?,
                    None => return Ok(()),
                },
                () = &mut interrupted => return Ok(()),
            }
        }
    }
}

/// The action, with a note if there is none of this name.
pub(crate) fn known_action(context: &Context, action: &str) -> EventAction {
    let action = EventAction::from(action.to_lowercase());
    if !action.is_known() {
        let known: Vec<_> = EventAction::KNOWN.iter().map(EventAction::as_str).collect();
        context.output.note(&format!("{action} is none of the known actions: {}", known.join(", ")));
    }
    action
}

fn print_event(context: &Context, event: Result<Event, whatsgate_native::Error>) -> Result<(), CommandError> {
    match event {
        Ok(event) => context.output.result(&event, lines::event(&event)),
        Err(error) if error.unreadable().is_some() => {
            context.output.note(&error.to_string());
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
