//! `whatsgate campaign status`, `pause`, `resume` and `stop`.

use clap::Args;
use serde_json::json;
use whatsgate_durable::store::Tables;
use whatsgate_durable::store::durable::outbox::Key;
use whatsgate_durable::store::durable::receipts::ReceiptKey;
use whatsgate_durable::store::outbox;
use whatsgate_durable::store::waiting::WaitsFor;
use whatsgate_durable::{Decision, OutboxFilter, State, Store, StoreError};
use whatsgate_native::model::SessionId;

use crate::command_error::{CommandError, Unsent};
use crate::context::Context;
use crate::outbox::listing::{waiting, waits_advice, waits_shown};
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

/// Whether a campaign is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    On,
    /// Nothing of it is sent until it is resumed.
    Paused,
    /// Likewise, and what was queued is taken back.
    Stopped,
}

/// Whether it is sent.
pub(crate) async fn going(store: &Store, name: &str) -> Result<Going, StoreError> {
    let name = name.to_owned();
    store.run(move |tables| going_in(tables, &name)).await
}

fn going_in(tables: &mut dyn Tables, name: &str) -> Result<Going, StoreError> {
    if tables.setting(&stopped_setting(name))?.is_some() {
        return Ok(Going::Stopped);
    }
    let is_held = outbox::held(tables)?.contains(&Key::new(prefix(name)));
    Ok(if is_held { Going::Paused } else { Going::On })
}

/// What is stopped is held besides: rows that were never put stay back as well.
fn stopped_setting(name: &str) -> String {
    format!("campaign.stopped.{name}")
}

/// How to send a campaign again that was stopped.
pub(crate) fn again(name: &str) -> String {
    let (name, prefix) = (text::word(name), text::word(&prefix(name)));
    format!(
        "`whatsgate campaign resume {name}` lets `campaign run` send the rows that were never put; what was taken back is \
         sent only once `whatsgate outbox retry --prefix {prefix}` has queued it again"
    )
}

/// Takes back what is queued, and counts it, page by page.
pub(crate) async fn take_back(store: &Store, name: &str, count: &mut u64) -> Result<(), StoreError> {
    loop {
        let queued = filter(name, vec![State::Queued], 0);
        let cancelled = store.run(move |tables| {
            let queued = tables.outbox_entries(&queued, PAGE)?;
            for entry in &queued {
                outbox::decide(tables, &entry.key, &Decision::Cancel)?;
            }
            Ok(queued.len())
        });
        let cancelled = cancelled.await?;
        *count += cancelled as u64;
        if cancelled < PAGE {
            return Ok(());
        }
    }
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
        let waiting = store.run(waiting).await?;
        let (mut behind, mut first) = (0_u64, None);
        loop {
            let page = filter(&name, Vec::new(), after);
            let waits = waiting.clone();
            let found = store.run(move |tables| {
                let mut found = Vec::new();
                for entry in tables.outbox_entries(&page, PAGE)? {
                    let receipt = match (&entry.course.message, SessionId::new(&entry.draft.session)) {
                        (Some(message), Ok(session)) => {
                            tables.receipt(&ReceiptKey::new(&session, message))?
                        }
                        _ => None,
                    };
                    let waits = waits.of(&entry).filter(|waits| matches!(waits, WaitsFor::Unknown { .. }));
                    found.push((entry.id, entry.course.state, receipt.map(|receipt| receipt.state), waits));
                }
                Ok(found)
            });
            let found = found.await?;
            for (_, state, delivery, waits) in &found {
                standing.add(*state, *delivery);
                behind += u64::from(waits.is_some());
                first = first.or_else(|| waits.clone());
            }
            match found.last() {
                Some((last, ..)) if found.len() == PAGE => after = *last,
                _ => break,
            }
        }
        let going = going(&store, &name).await?;
        let mut members = json!(standing);
        members["campaign"] = name.as_str().into();
        members["paused"] = (going == Going::Paused).into();
        members["stopped"] = (going == Going::Stopped).into();
        members["behind_unknown"] = behind.into();
        let note = match going {
            Going::On => "",
            Going::Paused => "; it is paused",
            Going::Stopped => "; it is stopped",
        };
        let mut shown = format!("{}: {}{note}", text::plain(&name), standing.shown());
        if let Some(first) = first {
            let count = counted(behind, "message waits", "messages wait");
            shown.push_str(&format!(
                "\n{count} for others to the same chats, whose outcome is unknown. The first one: {}. {}",
                waits_shown(&first),
                waits_advice(&first)
            ));
        }
        context.output.result(&members, shown)
    }

    pub(crate) async fn pause(self, context: &Context) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        let changed = store.run(move |tables| {
            must_be(tables, &of)?;
            let was = going_in(tables, &of)?;
            Ok((was, outbox::hold(tables, &Key::new(prefix(&of)))?))
        });
        let (was, changed) = changed.await?;
        let is_stopped = was == Going::Stopped;
        let is =
            if is_stopped { "stopped, and stays so" } else { "paused; what is being sent comes to its end" };
        let members =
            json!({ "campaign": name, "paused": !is_stopped, "stopped": is_stopped, "changed": changed });
        context.output.result(&members, format!("{} is {is}", text::plain(&name)))
    }

    pub(crate) async fn resume(self, context: &Context) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        let changed = store.run(move |tables| {
            must_be(tables, &of)?;
            let was = going_in(tables, &of)?;
            tables.set_setting(&stopped_setting(&of), None)?;
            Ok((was, outbox::release(tables, &Key::new(prefix(&of)))?))
        });
        let (was, changed) = changed.await?;
        let is = if was == Going::Stopped {
            format!(
                "not stopped any more; `whatsgate campaign run` sends the rows that were never put, and `whatsgate outbox \
                 retry --prefix {}` queues again what was taken back",
                text::word(&prefix(&name))
            )
        } else {
            "not paused; `whatsgate campaign run` goes on with it".to_owned()
        };
        let members = json!({ "campaign": name, "paused": false, "stopped": false, "changed": changed });
        context.output.result(&members, format!("{} is {is}", text::plain(&name)))
    }

    pub(crate) async fn stop(self, context: &Context) -> Result<(), CommandError> {
        let name = campaign_name(&self.name)?;
        let store = self.store.open().await?;
        let of = name.clone();
        let stop = store.run(move |tables| {
            must_be(tables, &of)?;
            outbox::hold(tables, &Key::new(prefix(&of)))?;
            tables.set_setting(&stopped_setting(&of), Some("true"))
        });
        stop.await?;
        let mut stopped = 0;
        if let Err(error) = take_back(&store, &name, &mut stopped).await {
            return Err(Unsent {
                message: format!(
                    "{error}; {} taken back so far, and the campaign is stopped: the others are not sent either",
                    counted(stopped, "message is", "messages are")
                ),
                kind: "store",
                advice: "Once the store is mended run the same command again.".to_owned(),
                state: None,
                is_open: true,
            }
            .into());
        }
        let taken = counted(stopped, "message was", "messages were");
        let members = json!({ "campaign": name, "cancelled": stopped, "stopped": true });
        context.output.result(
            &members,
            format!("{}: {taken} taken back, and nothing more of it is sent", text::plain(&name)),
        )
    }
}
