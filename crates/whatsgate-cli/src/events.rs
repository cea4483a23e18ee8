//! `whatsgate events`.

use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;
use whatsgate_native::model::{Event, EventAction, EventsGetRequest, WireDate};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};
use crate::interrupt::interrupted;
use crate::lines;

/// List past events, or follow new ones
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate events --since \"2026-01-31 00:00:00\" --action message
  whatsgate events --follow --json | jq .event_action")]
pub(crate) struct Events {
    /// Only events from this date on, by the service's clock (YYYY-MM-DD HH:MM:SS)
    #[arg(long, value_name = "DATE")]
    since: Option<WireDate>,
    /// Only this action: message, sent, ack, media, create, ready, error, disconnect
    #[arg(long)]
    action: Option<String>,
    /// Events of all sessions of the account, deleted ones too
    #[arg(long)]
    all_sessions: bool,
    /// Go on with new events until interrupted
    #[arg(long, short)]
    follow: bool,
    /// How many seconds to wait between two questions
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    interval: u64,
}

impl Subcommand for Events {
    fn facts(&self) -> Facts {
        let facts = if self.all_sessions { Facts::account() } else { Facts::session() };
        facts.handling_interrupts()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let client = context.client()?;
        let mut request = EventsGetRequest::new();
        if !self.all_sessions {
            request = request.with_session(context.session()?.id().clone());
        }
        if let Some(date) = self.since {
            request = request.with_date(date);
        }
        if let Some(action) = self.action {
            let action = EventAction::from(action.to_lowercase());
            if !action.is_known() {
                let known: Vec<_> = EventAction::KNOWN.iter().map(EventAction::as_str).collect();
                context.output.note(&format!("{action} is none of the known actions: {}", known.join(", ")));
            }
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
