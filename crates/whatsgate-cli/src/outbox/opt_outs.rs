//! `whatsgate outbox opt-outs`.

use clap::{Args, Subcommand as Subcommands};
use serde_json::json;
use whatsgate_durable::store::durable::outbox::chat_of;
use whatsgate_durable::store::pacing;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::listing::Column::{Id, Text};
use crate::listing::Listing;
use crate::recipient::RecipientArgs;
use crate::store_url::StoreArgs;
use crate::subcommand::Subcommand;
use crate::tables::millis;
use crate::text::plain;

/// List, add or remove those who want no bulk; who writes nothing but "stop", "unsubscribe", "стоп", "отписаться" or
/// "отписка" is added by itself
#[derive(Debug, Subcommands)]
pub(crate) enum OptOuts {
    /// List them
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Send somebody no bulk any more; other messages are sent
    Add(Whose),
    /// Send somebody bulk again
    Remove(Whose),
}

#[derive(Debug, Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    who: RecipientArgs,
    #[command(flatten)]
    store: StoreArgs,
}

impl Subcommand for OptOuts {
    fn facts(&self) -> Facts {
        match self {
            Self::List { .. } => Facts::session_id(),
            Self::Add(_) | Self::Remove(_) => Facts::session_id()
                .changing()
                .advising("See who is on the list with `whatsgate outbox opt-outs list`."),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let Some(session) = context.session_id()? else {
            return Err(CommandError::usage(
                "the session's id is missing: set WHATSGATE_SESSION or give --session; each session has a list of its own",
            ));
        };
        let session = session.as_str().to_owned();
        match self {
            Self::List { store } => {
                let store = store.open().await?;
                let all = store.run(move |tables| pacing::opted_out(tables, &session)).await?;
                let mut listing = Listing::new(&[Id("Chat"), Text("Since (UTC)")]);
                listing.rows.extend(all.iter().map(|(chat, since)| vec![plain(chat), millis(*since)]));
                let members = all.iter().map(|(chat, since)| json!({ "chat": chat, "since": since / 1000 }));
                let members: Vec<_> = members.collect();
                let text = if all.is_empty() { "nobody".to_owned() } else { listing.to_string() };
                context.output.result(&json!({ "opt_outs": members }), text)
            }
            Self::Add(Whose { who, store }) => {
                let chat = chat_of(&who.read(&context.output)?).as_str().to_owned();
                let (store, out) = (store.open_lasting().await?, chat.clone());
                let added = store.run(move |tables| {
                    let now = tables.now()?;
                    pacing::opt_out(tables, &session, &out, now)
                });
                added.await?;
                context
                    .output
                    .result(&json!({ "chat": chat, "opted_out": true }), format!("{chat} gets no bulk"))
            }
            Self::Remove(Whose { who, store }) => {
                let chat = chat_of(&who.read(&context.output)?).as_str().to_owned();
                let (store, back) = (store.open().await?, chat.clone());
                let was_out = store.run(move |tables| pacing::opt_in(tables, &session, &back)).await?;
                let text = if was_out {
                    format!("{chat} gets bulk again")
                } else {
                    format!("{chat} was not listed")
                };
                context.output.result(&json!({ "chat": chat, "opted_out": false, "was": was_out }), text)
            }
        }
    }
}
