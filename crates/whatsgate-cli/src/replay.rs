//! `whatsgate events replay`.

use clap::Args;
use serde_json::json;
use whatsgate_durable::store::consumers;
use whatsgate_durable::{StartAt, StoreError};
use whatsgate_native::model::{ChatId, PhoneNumber};

use crate::command_error::CommandError;
use crate::consumers::{consumer_of, unhandled};
use crate::context::Context;
use crate::facts::Facts;
use crate::journal::place;
use crate::since::{From, from};
use crate::store_url::LookArgs;
use crate::subcommand::Subcommand;

/// Set a consumer back or forward, or hand the events of one chat over again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate events replay --consumer answers --from 1h
  whatsgate events replay --consumer answers --chat 79991112233 --from 2026-01-31

Without --chat the consumer goes on from there: whatever comes after is handled, again if
it was before, and what it had not handled up to there is skipped; the result says how
many events. A consumer that runs takes notice within seconds. This also wakes one that
was suspended.")]
pub(crate) struct Replay {
    /// From where on: now, beginning, a date or how long ago, or a position in the journal
    #[arg(long, value_name = "WHEN", value_parser = from, required_unless_present = "chat")]
    from: Option<From>,
    /// Only the events of this chat of the session: a phone number or an id such as 4239048293082@g.us
    #[arg(long)]
    chat: Option<String>,
    #[command(flatten)]
    store: LookArgs,
}

impl Subcommand for Replay {
    fn facts(&self) -> Facts {
        let facts = if self.chat.is_some() { Facts::session_id() } else { Facts::local() };
        facts.changing().advising("See where the consumer is with `whatsgate events consumers`.")
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let Self { from, chat, store } = self;
        let from = from.unwrap_or(From::Beginning);
        let Some(chat) = chat else {
            let (store, name) = store.open().await?;
            let set = store.run(move |tables| {
                let name = consumer_of(tables, name)?;
                let place = place(tables, &from)?;
                let row = consumers::existing(tables, &name)?;
                let skipped = unhandled(tables, &row, Some(place))?;
                let position = consumers::set_to(tables, &name, StartAt::After(place))?;
                Ok((name, position, tables.end()?.head, skipped))
            });
            let (name, position, end, skipped) = set.await?;
            let of = if position == end {
                "the end of the journal".to_owned()
            } else {
                format!("and the journal ends at {end}")
            };
            let skips = match (skipped.count, skipped.is_least) {
                (0, _) => String::new(),
                (1, _) => "; 1 event that it had not handled is skipped".to_owned(),
                (count, is_least) => {
                    let least = if is_least { "at least " } else { "" };
                    format!("; {least}{count} events that it had not handled are skipped")
                }
            };
            return context.output.result(
                &json!({
                    "consumer": name,
                    "position": position,
                    "end": end,
                    "skipped": skipped.count,
                    "skipped_is_least": skipped.is_least,
                }),
                format!("{name:?} goes on with what comes after position {position}, {of}{skips}"),
            );
        };
        if from == From::Now {
            return Err(CommandError::usage(
                "--from: nothing has come after now that could be handed over again",
            ));
        }
        let chat = if chat.contains('@') {
            ChatId::new(chat.trim())?.to_string()
        } else {
            format!("{}@c.us", PhoneNumber::new(chat.trim())?)
        };
        let Some(session) = context.session_id()? else {
            return Err(CommandError::usage(
                "--chat: say of which session, with --session or WHATSGATE_SESSION",
            ));
        };
        let (store, name) = store.open().await?;
        let replayed = store.run(move |tables| {
            let name = consumer_of(tables, name)?;
            let after = place(tables, &from)?;
            let count = consumers::replay_chat(tables, &name, session.as_str(), &chat, after)?;
            Ok::<_, StoreError>((name, count))
        });
        let (name, count) = replayed.await?;
        context.output.result(
            &json!({ "consumer": name, "replayed": count }),
            match count {
                1 => format!("1 event of the chat is handed over to {name:?} again"),
                count => format!("{count} events of the chat are handed over to {name:?} again"),
            },
        )
    }
}
