//! `whatsgate campaign status`, `pause`, `resume` and `stop`.

use clap::Args;
use serde_json::json;
use whatsgate_durable::store::Tables;
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::durable::receipts::ReceiptKey;
use whatsgate_durable::store::outbox;
use whatsgate_durable::{Decision, OutboxFilter, State, Store, StoreError};
use whatsgate_native::model::SessionId;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::store_url::StoreArgs;
use crate::text;

use super::counted;
use super::standing::Standing;

/// How many messages one transaction looks at.
const PAGE: usize = 500;
/// How many characters a name may have.
const LONGEST: usize = 100;

/// A campaign that was begun.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The campaign's name
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// The name of a campaign.
pub(crate) fn campaign_name(name: &str) -> Result<String, CommandError> {
    let name = name.trim();
    if name.is_empty()
        || name.chars().count() > LONGEST
        || name.contains('/')
        || name.chars().any(text::controls)
    {
        return Err(CommandError::usage(
            "the campaign's name must have 1 to 100 characters, neither / nor control characters among them: --name gives \
             it one",
        ));
    }
    Ok(name.to_owned())
}

/// How the keys of a campaign's messages begin.
pub(crate) fn prefix(name: &str) -> String {
    format!("campaign/{name}/")
}

/// Whether nothing of it is sent for now.
pub(crate) async fn is_paused(store: &Store, name: &str) -> Result<bool, StoreError> {
    let beginning = Key::new(prefix(name));
    store.run(move |tables| Ok(outbox::held(tables)?.contains(&beginning))).await
}

fn filter(name: &str, states: Vec<State>, after: u64) -> OutboxFilter {
    OutboxFilter { program: Some(String::new()), prefix: prefix(name), states, after }
}

fn must_be(tables: &mut dyn Tables, name: &str) -> Result<(), StoreError> {
    if tables.outbox_entries(&filter(name, Vec::new(), 0), 1)?.is_empty() {
        let name = text::plain(name);
        return Err(StoreError::Consumer(format!("there is no campaign {name:?} in this store")));
    }
    Ok(())
}

impl Named {
    pub(crate) async fn status(self, context: &Context) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        store.run(move |tables| must_be(tables, &of)).await?;
        let (mut standing, mut after) = (Standing::default(), 0);
        loop {
            let page = filter(&name, Vec::new(), after);
            let found = store.run(move |tables| {
                let mut found = Vec::new();
                for entry in tables.outbox_entries(&page, PAGE)? {
                    let receipt = match (&entry.course.message, SessionId::new(&entry.draft.session)) {
                        (Some(message), Ok(session)) => {
                            tables.receipt(&ReceiptKey::new(&session, message))?
                        }
                        _ => None,
                    };
                    found.push((entry.id, entry.course.state, receipt.map(|receipt| receipt.state)));
                }
                Ok(found)
            });
            let found = found.await?;
            for (_, state, delivery) in &found {
                standing.add(*state, *delivery);
            }
            match found.last() {
                Some((last, ..)) if found.len() == PAGE => after = *last,
                _ => break,
            }
        }
        let paused = is_paused(&store, &name).await?;
        let mut members = json!(standing);
        members["campaign"] = name.as_str().into();
        members["paused"] = paused.into();
        let note = if paused { "; it is paused" } else { "" };
        context.output.result(&members, format!("{}: {}{note}", text::plain(&name), standing.shown()))
    }

    pub(crate) async fn pause(self, context: &Context) -> Result<(), CommandError> {
        self.hold(context, outbox::hold, true, "paused; what is being sent comes to its end").await
    }

    pub(crate) async fn resume(self, context: &Context) -> Result<(), CommandError> {
        self.hold(context, outbox::release, false, "not paused; `whatsgate campaign run` goes on with it")
            .await
    }

    async fn hold(
        self,
        context: &Context,
        change: fn(&mut dyn Tables, &Key) -> Result<bool, StoreError>,
        paused: bool,
        is: &str,
    ) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        let changed = store.run(move |tables| {
            must_be(tables, &of)?;
            change(tables, &Key::new(prefix(&of)))
        });
        let changed = changed.await?;
        let members = json!({ "campaign": name, "paused": paused, "changed": changed });
        context.output.result(&members, format!("{} is {is}", text::plain(&name)))
    }

    pub(crate) async fn stop(self, context: &Context) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        store.run(move |tables| must_be(tables, &of)).await?;
        let mut stopped = 0;
        loop {
            let queued = filter(&name, vec![State::Queued], 0);
            let cancelled = store.run(move |tables| {
                let queued = tables.outbox_entries(&queued, PAGE)?;
                for entry in &queued {
                    outbox::decide(tables, &entry.key, &Decision::Cancel)?;
                }
                Ok(queued.len())
            });
            let cancelled = cancelled.await?;
            stopped += cancelled as u64;
            if cancelled < PAGE {
                break;
            }
        }
        let taken = counted(stopped, "message was", "messages were");
        let members = json!({ "campaign": name, "cancelled": stopped });
        context.output.result(&members, format!("{}: {taken} taken back", text::plain(&name)))
    }
}
