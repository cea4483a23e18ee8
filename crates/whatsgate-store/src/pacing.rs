//! How fast sessions send, over any store: their pace, their connection, and who wants no bulk.

use std::collections::HashSet;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::checksum;
use whatsgate_core::durable::opt_out;
use whatsgate_core::durable::outbox::{Ended, Entry, State};
use whatsgate_core::durable::pacing::{self, Ask, Class, Forecast, Limits, Next, Pace, Queued, Wait};
use whatsgate_model::EventAction;

use crate::error::StoreError;
use crate::poll;
use crate::tables::{OutboxFilter, Slice, Tables};

type Result<T> = std::result::Result<T, StoreError>;

/// The longest names of sessions and chats that are kept here. What events bring may be longer, and is nobody's then.
const LONGEST: usize = 255;
/// In how many of the latest events of the account an inbound message is looked for that is replied to.
const LATEST: u64 = 5000;

fn pace_setting(session: &str) -> String {
    format!("pace.{session}")
}

fn connected_setting(session: &str) -> String {
    format!("connected.{session}")
}

fn opt_out_setting(session: &str, chat: &str) -> String {
    format!("opt_out.{session}/{chat}")
}

/// Whether a session is connected with WhatsApp, as far as events tell.
///
/// # Errors
/// [`StoreError`]
pub fn is_connected(tables: &mut dyn Tables, session: &str) -> Result<bool> {
    let known: Option<(i64, bool)> = poll::read_setting(tables, &connected_setting(session))?;
    Ok(known.is_none_or(|(_, connected)| connected))
}

/// A session was connected or disconnected, by the event of this number; or somebody looked and found it so.
///
/// # Errors
/// [`StoreError`]
pub fn connect(tables: &mut dyn Tables, session: &str, number: Option<i64>, connected: bool) -> Result<()> {
    if session.len() > LONGEST {
        return Ok(());
    }
    let name = connected_setting(session);
    let known: Option<(i64, bool)> = poll::read_setting(tables, &name)?;
    let latest = known.map_or(i64::MIN, |(number, _)| number);
    // What comes late says nothing of now.
    if number.is_some_and(|number| number <= latest) {
        return Ok(());
    }
    poll::write_setting(tables, &name, &(number.unwrap_or(latest), connected))?;
    let name = pace_setting(session);
    if let Some(mut pace) = poll::read_setting::<Pace>(tables, &name)? {
        pace.disconnected();
        if connected {
            pace.connected(tables.now()?);
        }
        poll::write_setting(tables, &name, &pace)?;
    }
    Ok(())
}

/// Somebody wants no bulk from a session.
///
/// ```
/// use whatsgate_store::{Memory, pacing};
///
/// let mut memory = Memory::new();
/// pacing::opt_out(&mut memory, "6345454545454", "79991112233@c.us", 1_795_863_600_000)?;
/// assert_eq!(pacing::opted_out(&mut memory, "6345454545454")?[0].0, "79991112233@c.us");
/// assert!(pacing::opt_in(&mut memory, "6345454545454", "79991112233@c.us")?);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn opt_out(tables: &mut dyn Tables, session: &str, chat: &str, now: Millis) -> Result<()> {
    if session.len() > LONGEST || chat.len() > LONGEST {
        return Ok(());
    }
    poll::write_setting(tables, &opt_out_setting(session, chat), &now)
}

/// They want it again. Whether they had not.
///
/// # Errors
/// [`StoreError`]
pub fn opt_in(tables: &mut dyn Tables, session: &str, chat: &str) -> Result<bool> {
    let name = opt_out_setting(session, chat);
    let was_out = tables.setting(&name)?.is_some();
    tables.set_setting(&name, None)?;
    Ok(was_out)
}

/// The chats that want no bulk from a session, and since when.
///
/// # Errors
/// [`StoreError`]
pub fn opted_out(tables: &mut dyn Tables, session: &str) -> Result<Vec<(String, Millis)>> {
    let prefix = opt_out_setting(session, "");
    let all = tables.settings(&prefix)?;
    let chat = |name: &str| name.strip_prefix(&prefix).map(str::to_owned);
    Ok(all.iter().filter_map(|(name, at)| Some((chat(name)?, at.parse().unwrap_or_default()))).collect())
}

/// Whether an entry is bulk for somebody who wants none.
pub(crate) fn is_opted_out(tables: &mut dyn Tables, entry: &Entry) -> Result<bool> {
    if !opt_out::stops(entry.draft.class) {
        return Ok(false);
    }
    let Ok(chat) = entry.draft.chat() else { return Ok(false) };
    let mut names = tables.chat_names(&entry.draft.session, &chat)?;
    names.push(chat);
    for name in names {
        if tables.setting(&opt_out_setting(&entry.draft.session, &name))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The pace of a session within one transaction.
pub(crate) struct Pacer<'a> {
    session: &'a str,
    limits: &'a Limits,
    pace: Pace,
    has_started: bool,
    /// The chats that wrote just now, once that was looked up.
    wrote: Option<HashSet<String>>,
}

/// Whether a message may start.
pub(crate) enum Started {
    Yes,
    Later(Millis),
    /// Not before something happens.
    Never,
}

impl<'a> Pacer<'a> {
    pub(crate) fn read(tables: &mut dyn Tables, session: &'a str, limits: &'a Limits) -> Result<Self> {
        let pace = read_pace(tables, session)?;
        Ok(Self { session, limits, pace, has_started: false, wrote: None })
    }

    /// Records the start, if it may.
    pub(crate) fn start(&mut self, tables: &mut dyn Tables, entry: &Entry, now: Millis) -> Result<Started> {
        let mut ask = ask(entry);
        let mut next = self.pace.next_start(self.limits, &ask, now);
        if let Next::At { why: Wait::QuietHours, .. } = next
            && self.is_reply(tables, entry, now)?
        {
            ask = ask.as_reply();
            next = self.pace.next_start(self.limits, &ask, now);
        }
        Ok(match next {
            Next::Now(at) => {
                self.pace.record_start(self.limits, at);
                self.has_started = true;
                Started::Yes
            }
            Next::At { at, .. } => Started::Later(at),
            Next::Held(_) => Started::Never,
        })
    }

    fn is_reply(&mut self, tables: &mut dyn Tables, entry: &Entry, now: Millis) -> Result<bool> {
        if self.wrote.is_none() {
            let head = tables.end()?.head;
            let most = usize::try_from(LATEST).unwrap_or(usize::MAX);
            let latest = tables.read(Slice { partition: 0, of: 1 }, head.saturating_sub(LATEST), most, 0)?;
            let inbound = latest.into_iter().filter(|entry| {
                entry.identity.action == EventAction::Message.as_str()
                    && entry.identity.session == self.session
                    && self.limits.is_reply(entry.received, now)
            });
            self.wrote = Some(inbound.map(|entry| entry.chat).collect());
        }
        let Ok(chat) = entry.draft.chat() else { return Ok(false) };
        let mut names = tables.chat_names(self.session, &chat)?;
        names.push(chat);
        Ok(self.wrote.as_ref().is_some_and(|wrote| names.iter().any(|name| wrote.contains(name))))
    }

    pub(crate) fn write(self, tables: &mut dyn Tables) -> Result<()> {
        if !self.has_started {
            return Ok(());
        }
        poll::write_setting(tables, &pace_setting(self.session), &self.pace)
    }
}

fn read_pace(tables: &mut dyn Tables, session: &str) -> Result<Pace> {
    Ok(poll::read_setting(tables, &pace_setting(session))?.unwrap_or_else(|| {
        let mut pace = Pace::new();
        // Since when is not known, so it is long.
        pace.connected(0);
        pace
    }))
}

fn ask(entry: &Entry) -> Ask {
    let seed = checksum(&entry.key.key).wrapping_add(u64::from(entry.course.attempts()));
    Ask::new(entry.draft.class).with_not_before(entry.draft.not_before).with_seed(seed)
}

/// What an attempt came to, for the pace.
pub(crate) fn ended(
    tables: &mut dyn Tables,
    session: &str,
    ended: &Ended,
    started: Millis,
    now: Millis,
) -> Result<()> {
    let is_well = match ended {
        Ended::Sent { .. } | Ended::Accepted => true,
        // A refusal is of the message, not of the session.
        Ended::Declined(_) | Ended::Refused(_) => return Ok(()),
        _ => false,
    };
    let name = pace_setting(session);
    if let Some(mut pace) = poll::read_setting::<Pace>(tables, &name)? {
        if is_well {
            pace.record_success(started);
        } else {
            pace.record_error(now);
        }
        poll::write_setting(tables, &name, &pace)?;
    }
    Ok(())
}

/// When the queued messages of a session will have left, if these and no others are put.
///
/// ```
/// use whatsgate_store::durable::outbox::Class;
/// use whatsgate_store::durable::pacing::Limits;
/// use whatsgate_store::{Memory, pacing};
///
/// let mut memory = Memory::new();
/// let limits = Limits::default();
/// let forecast = pacing::forecast(&mut memory, "6345454545454", &limits, Some((Class::Bulk, 1_000)))?;
/// println!("{forecast:?}");
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn forecast(
    tables: &mut dyn Tables,
    session: &str,
    limits: &Limits,
    more: Option<(Class, u64)>,
) -> Result<Forecast> {
    let now = tables.now()?;
    let mut queue: Vec<Queued> = Vec::new();
    let mut filter = OutboxFilter { states: vec![State::Queued], ..OutboxFilter::default() };
    loop {
        let page = tables.outbox_entries(&filter, 1000)?;
        for entry in &page {
            filter.after = entry.id;
            if entry.draft.session == session {
                queue.push(Queued::new(ask(entry), 1));
            }
        }
        if page.len() < 1000 {
            break;
        }
    }
    queue.extend(more.map(|(class, count)| Queued::new(Ask::new(class), count)));
    Ok(pacing::forecast(limits, &read_pace(tables, session)?, &queue, now))
}
