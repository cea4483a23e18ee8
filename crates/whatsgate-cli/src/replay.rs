//! `whatsgate events replay`.

use clap::Args;
use serde_json::json;
use whatsgate_durable::StoreError;
use whatsgate_durable::store::consumers;
use whatsgate_native::model::{ChatId, PhoneNumber};

use crate::command_error::CommandError;
use crate::consumers::consumer_of;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};
use crate::journal::place;
use crate::since::{From, from};
use crate::store_url::LookArgs;

/// Set a consumer back or forward, or hand the events of one chat over again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate events replay --consumer answers --from 1h
  whatsgate events replay --consumer answers --chat 79991112233 --from 2026-01-31

Without --chat the consumer goes on from there: whatever comes after is handled, again if
it was before. A consumer that runs takes notice within seconds. This also wakes one that
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
        facts.changing()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let Self { from, chat, store } = self;
        let from = from.unwrap_or(From::Beginning);
        let Some(chat) = chat else {
            let (store, name) = store.open().await?;
            let set = store.run(move |tables| {
                let name = consumer_of(tables, name)?;
                place(tables, &from)?;
                let position = consumers::set_to(tables, &name, from.place())?;
                Ok((name, position))
            });
            let (name, position) = set.await?;
            return context.output.result(
                &json!({ "consumer": name, "position": position }),
                format!("{name:?} goes on with what comes after position {position}"),
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
            format!("{count} events of the chat are handed over to {name:?} again"),
        )
    }
}
