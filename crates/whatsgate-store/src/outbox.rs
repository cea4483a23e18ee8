//! The outbox over any store: messages that somebody wants sent, and what became of them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::evidence::{
    Calibration, Content, Seen, Sighting, is_absent, may_be_one_chat, may_prove, proves,
};
use whatsgate_core::durable::outbox::{Absent, Course, Draft, Ended, Entry, Key, Proof, State, check_times};
use whatsgate_core::durable::pacing::Limits;
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_core::durable::rules::Rule;
use whatsgate_model::SessionId;

use crate::error::StoreError;
use crate::pacing::{self, Pacer, Started};
use crate::poll;
use crate::tables::{OutboxFilter, SEPARATOR, Sendable, SightingRow, Tables};

type Result<T> = std::result::Result<T, StoreError>;

/// How many entries one transaction looks at.
const MOST: usize = 1000;
/// How many of those whose turn it is are looked at where the pace lets only some of them start.
const LOOKED_AT: usize = 32;
/// An event that is not there so long after a complete round could have shown it counts as missing.
const MISSING: Duration = Duration::from_secs(60);
/// For how long an event is waited for that is to be compared.
const COMPARE: Duration = Duration::from_secs(60 * 60);

/// What was read of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What events call its chat.
    pub chat: String,
    /// A checksum of all that makes it the same message.
    pub fingerprint: String,
    /// What its event looks like.
    pub content: Content,
}

/// Puts a message under a key, or finds the one that is there already. The order of putting is the order of sending.
///
/// ```
/// use whatsgate_store::durable::outbox::evidence::Content;
/// use whatsgate_store::durable::outbox::{Class, Draft, Key};
/// use whatsgate_store::outbox::{self, Reading};
/// use whatsgate_store::{Memory, Tables};
///
/// let draft = Draft {
///     session: "6345454545454".to_owned(),
///     recipient: "79991112233".to_owned(),
///     message: r#"{"type":"text","body":"Your order is ready"}"#.to_owned(),
///     file: None,
///     class: Class::Normal,
///     not_before: 0,
///     expires: None,
/// };
/// let reading = Reading {
///     chat: "79991112233@c.us".to_owned(),
///     fingerprint: "a checksum of it".to_owned(),
///     content: Content::new("Your order is ready", None),
/// };
/// let mut memory = Memory::new();
/// let entry = outbox::put(&mut memory, &Key::new("order-17"), &draft, reading)?;
/// assert_eq!(entry.id, 1);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError::OtherMessage`] if the key is that of another message
pub fn put(tables: &mut dyn Tables, key: &Key, draft: &Draft, reading: Reading) -> Result<Entry> {
    tables.lock_outbox()?;
    if Rule::KeyCountsOnce.holds()
        && let Some(known) = known(tables, key, draft, &reading)?
    {
        return Ok(known);
    }
    let now = tables.now()?;
    let mut course = Course::new(now);
    let chat = reading.chat.clone();
    read_into(&mut course, reading);
    let entry = Entry { id: 0, key: key.clone(), draft: draft.clone(), created: now, course };
    tables.add_outbox_entry(&entry, Some(&chat))?;
    let stored = tables.outbox_entry(key)?;
    stored.ok_or_else(|| StoreError::Corrupt("an entry of the outbox is not there".to_owned()))
}

/// The message that is there already under a key.
///
/// # Errors
/// [`StoreError::OtherMessage`] if it is another one
pub fn known(tables: &mut dyn Tables, key: &Key, draft: &Draft, reading: &Reading) -> Result<Option<Entry>> {
    let Some(known) = tables.outbox_entry(key)? else { return Ok(None) };
    let is_same = match &known.course.fingerprint {
        Some(fingerprint) => *fingerprint == reading.fingerprint,
        // Another program added it just now.
        None => known.draft.is_alike(draft),
    };
    if is_same { Ok(Some(known)) } else { Err(StoreError::OtherMessage) }
}

fn read_into(course: &mut Course, reading: Reading) {
    course.fingerprint = Some(reading.fingerprint);
    course.content = Some(reading.content);
}

/// Stores what was read of a draft that another program added; or why it cannot be sent.
///
/// # Errors
/// [`StoreError`]
pub fn admit(tables: &mut dyn Tables, id: u64, reading: std::result::Result<Reading, String>) -> Result<()> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    let Some(mut entry) = tables.outbox_entry_of(id)?.filter(|entry| entry.course.fingerprint.is_none())
    else {
        return Ok(());
    };
    let times = [Some(entry.draft.not_before), entry.draft.expires];
    if times.into_iter().flatten().any(|time| is_in_seconds(time, now)) {
        entry.course.fail(
            "`not_before` and `expires` are milliseconds since 1970, and one of them is in seconds",
            now,
        );
        return tables.put_course(&entry, None);
    }
    if let Err(why) = check_times(entry.draft.not_before, entry.draft.expires) {
        entry.course.never_due(why, now);
        return tables.put_course(&entry, None);
    }
    match reading {
        Ok(reading) => {
            let chat = reading.chat.clone();
            read_into(&mut entry.course, reading);
            tables.put_course(&entry, Some(&chat))
        }
        Err(why) => {
            entry.course.fail(&why, now);
            tables.put_course(&entry, None)
        }
    }
}

/// Whether a time that another program wrote is rather one in seconds: of this century, while it is a day of 1970 in
/// milliseconds.
fn is_in_seconds(time: Millis, now: Millis) -> bool {
    const CENTURY: std::ops::Range<Millis> = 946_684_800..4_102_444_800;
    CENTURY.contains(&time) && now > 1000 * CENTURY.start
}

/// What a worker takes.
#[derive(Clone, Copy)]
pub struct Taking<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// Of which session.
    pub session: &'a str,
    /// How many at most.
    pub most: usize,
    /// For how long later messages of a chat wait for one whose outcome is unknown.
    pub look: Duration,
    /// How fast the session may be; without limits nothing is recorded for them either.
    pub limits: Option<&'a Limits>,
    /// How long an attempt takes at most, in milliseconds: after that it counts as lost.
    pub lease: &'a dyn Fn(&Draft) -> Millis,
}

/// What was taken, and when to look again.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Entries whose attempt is recorded. The request of none may leave before this is committed.
    pub entries: Vec<Entry>,
    /// When the next one may be due, if that is known.
    pub next: Option<Millis>,
}

/// Takes the entries whose turn it is and whose session may start them, and records an attempt for each. Those that are
/// [held](hold) stay.
///
/// # Errors
/// [`StoreError`]
pub fn take(tables: &mut dyn Tables, taking: &Taking<'_>) -> Result<Taken> {
    take_only(tables, taking, None)
}

/// The same for the entry of one key, if there is one given: all others stay, and it waits for none of them that are queued.
///
/// # Errors
/// [`StoreError`]
pub fn take_only(tables: &mut dyn Tables, taking: &Taking<'_>, only: Option<&Key>) -> Result<Taken> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    for mut entry in tables.expired_outbox(now, MOST)? {
        if entry.course.expire(entry.draft.expires, now) {
            tables.put_course(&entry, None)?;
        }
    }
    let mut taken = Taken { entries: Vec::new(), next: tables.next_due(taking.session, now)? };
    if !pacing::is_connected(tables, taking.session)? {
        return Ok(taken);
    }
    let look =
        if Rule::ChatWaitsForTheUnknown.holds() { now.saturating_sub(millis(taking.look)) } else { now };
    let highest = tables.end()?.highest;
    let mut pacer = taking.limits.map(|limits| Pacer::read(tables, taking.session, limits)).transpose()?;
    // Some of the first may have to wait where later ones need not.
    let looked_at = if pacer.is_some() { taking.most.max(LOOKED_AT) } else { taking.most };
    let sendable = Sendable { only: only.cloned(), held: held(tables)? };
    let mut chats = HashSet::new();
    for mut entry in tables.ready_outbox(taking.session, now, look, &sendable, looked_at)? {
        if taken.entries.len() >= taking.most {
            break;
        }
        // What is more urgent and was put later is its chat's turn as well, and goes first.
        let chat = entry.draft.chat().unwrap_or_default();
        if Rule::ChatInOrder.holds() && chats.contains(&chat) {
            continue;
        }
        if pacing::is_opted_out(tables, &entry)? {
            entry.course.cancel("the recipient wants no bulk", now);
            tables.put_course(&entry, None)?;
            continue;
        }
        if let Some(pacer) = &mut pacer {
            match pacer.start(tables, &entry, now)? {
                Started::Yes => {}
                Started::Later(at) => {
                    taken.next = Some(taken.next.map_or(at, |next| next.min(at)));
                    continue;
                }
                Started::Never => continue,
            }
        }
        let expires = now.saturating_add((taking.lease)(&entry.draft));
        if entry.course.begin(taking.worker, now, expires, highest).is_some() {
            tables.put_course(&entry, None)?;
            taken.entries.push(entry);
            chats.insert(chat);
        }
    }
    if let Some(pacer) = pacer {
        pacer.write(tables)?;
    }
    if !taken.entries.is_empty() {
        // Once the clock reaches these times again, they would seem to have come after the attempts.
        poll::round_began(tables)?;
        later_sent(tables, taking.session, now)?;
    }
    Ok(taken)
}

const HELD: &str = "outbox.held.";

/// Holds the queued entries of a program whose keys begin so, those as well that are put later: nobody sends them until they
/// are [released](release), and nobody waits for them. What is being sent already comes to its end. Whether they were not held
/// before.
///
/// ```
/// # use whatsgate_store::durable::outbox::evidence::Content;
/// # use whatsgate_store::durable::outbox::{Class, Draft, Key};
/// # use whatsgate_store::outbox::{self, Reading};
/// # use whatsgate_store::{Memory, Tables};
/// #
/// # let draft = Draft {
/// #     session: "6345454545454".to_owned(),
/// #     recipient: "79991112233".to_owned(),
/// #     message: r#"{"type":"text","body":"Your order is ready"}"#.to_owned(),
/// #     file: None,
/// #     class: Class::Normal,
/// #     not_before: 0,
/// #     expires: None,
/// # };
/// # let reading = Reading {
/// #     chat: "79991112233@c.us".to_owned(),
/// #     fingerprint: "a checksum of it".to_owned(),
/// #     content: Content::new("Your order is ready", None),
/// # };
/// # let mut memory = Memory::new();
/// use whatsgate_store::durable::outbox::State;
///
/// outbox::hold(&mut memory, &Key::new("campaign."))?;
/// outbox::put(&mut memory, &Key::new("campaign.1"), &draft, reading)?;
/// assert_eq!(outbox::held(&mut memory)?, [Key::new("campaign.")]);
/// // Nobody sends it before:
/// assert!(outbox::release(&mut memory, &Key::new("campaign."))?);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn hold(tables: &mut dyn Tables, beginning: &Key) -> Result<bool> {
    tables.lock_outbox()?;
    let name = held_setting(beginning);
    let was_held = tables.setting(&name)?.is_some();
    let now = tables.now()?;
    poll::write_setting(tables, &name, &now)?;
    Ok(!was_held)
}

/// Lets entries be sent that were [held](hold). Whether they were.
///
/// # Errors
/// [`StoreError`]
pub fn release(tables: &mut dyn Tables, beginning: &Key) -> Result<bool> {
    tables.lock_outbox()?;
    let name = held_setting(beginning);
    let was_held = tables.setting(&name)?.is_some();
    tables.set_setting(&name, None)?;
    Ok(was_held)
}

/// The beginnings of keys that are [held](hold).
///
/// # Errors
/// [`StoreError`]
pub fn held(tables: &mut dyn Tables) -> Result<Vec<Key>> {
    let beginning = |(name, _): (String, String)| {
        let (program, key) = name.strip_prefix(HELD)?.split_once(SEPARATOR)?;
        Some(Key { program: program.to_owned(), key: key.to_owned() })
    };
    Ok(tables.settings(HELD)?.into_iter().filter_map(beginning).collect())
}

fn held_setting(beginning: &Key) -> String {
    format!("{HELD}{}{SEPARATOR}{}", beginning.program, beginning.key)
}

/// An attempt ended.
///
/// # Errors
/// [`StoreError`]
pub fn end(tables: &mut dyn Tables, id: u64, attempt: u32, ended: &Ended) -> Result<Option<Entry>> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    let Some(mut entry) = tables.outbox_entry_of(id)? else { return Ok(None) };
    let shown = entry.course.message.clone().filter(|_| entry.course.proof == Some(Proof::Content));
    entry.course.end(attempt, ended, now);
    let started = entry.course.attempt.as_ref().map_or(now, |attempt| attempt.started);
    pacing::ended(tables, &entry.draft.session, ended, started, now)?;
    if let Ended::Sent { message, chats } = ended {
        let before = claim_by_id(tables, &entry, message)?;
        tables.put_course(&entry, None)?;
        if let Some(before) = before {
            look(tables, before, now)?;
        }
        if let Some(shown) = shown {
            give_back(tables, &entry, &shown, message, now)?;
        }
        let chat = entry.draft.chat().unwrap_or_default();
        for other in chats {
            learn(tables, &entry.draft.session, &chat, other, now)?;
        }
    } else if entry.course.state == State::Failed {
        // What was seen meanwhile is rather that of one of which nobody knows anything.
        tables.put_course(&entry, None)?;
    } else {
        look(tables, entry.clone(), now)?;
    }
    pass_on(tables, &entry, now)?;
    tables.outbox_entry_of(id)
}

/// What is being sent by whoever is gone is lost: everything, if `all` says that nobody else sends, or what is past its time.
///
/// # Errors
/// [`StoreError`]
pub fn lose(tables: &mut dyn Tables, all: bool) -> Result<()> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    let mut filter = OutboxFilter { states: vec![State::Sending], ..OutboxFilter::default() };
    loop {
        let sending = tables.outbox_entries(&filter, MOST)?;
        for mut entry in sending.iter().cloned() {
            filter.after = entry.id;
            let over = entry.course.attempt.as_ref().is_none_or(|attempt| attempt.expires <= now);
            if all || over {
                entry.course.lose(now);
                look(tables, entry.clone(), now)?;
                pass_on(tables, &entry, now)?;
            }
        }
        if sending.len() < MOST {
            return Ok(());
        }
    }
}

/// Stores an entry, after looking whether an event that is there already shows its message.
fn look(tables: &mut dyn Tables, mut entry: Entry, now: Millis) -> Result<()> {
    if entry.course.state.is_open()
        && let (Some(attempt), Some(content)) = (entry.course.attempt.clone(), entry.course.content.clone())
    {
        let chats = names(tables, &entry)?;
        let mut found: Vec<SightingRow> = Vec::new();
        let session = &entry.draft.session;
        for text in &content.texts {
            if Rule::EvidenceOfTheChat.holds() {
                for chat in &chats {
                    found.extend(tables.sightings(session, chat, *text)?);
                }
            } else {
                found.extend(tables.free_sightings(session, *text)?);
            }
        }
        found.sort_by_key(|row| row.sighting.number);
        let mut under_way =
            if found.is_empty() { Vec::new() } else { under_way(tables, &entry.draft.session, &chats)? };
        under_way.retain(|other| other.id != entry.id);
        let is_its = |row: &SightingRow| {
            let is_free = row.proves.is_none_or(|of| of == entry.id) && !is_of_one(&under_way, &chats, row);
            proves(&attempt, &content, &chats, &row.sighting, is_free)
        };
        if let Some(mut row) = found.into_iter().find(is_its)
            && entry.course.found(&row.sighting.message, now)
        {
            row.proves = Some(entry.id);
            tables.put_sighting(&row)?;
        }
    }
    tables.put_course(&entry, None)
}

/// What is being sent to a chat, by any of its names.
fn under_way(tables: &mut dyn Tables, session: &str, chats: &[String]) -> Result<Vec<Entry>> {
    if !Rule::SendingComesFirst.holds() {
        return Ok(Vec::new());
    }
    let filter = OutboxFilter { states: vec![State::Sending], ..OutboxFilter::default() };
    let mut sending = tables.outbox_entries(&filter, MOST)?;
    sending.retain(|entry| {
        entry.draft.session == session && entry.draft.chat().is_ok_and(|chat| chats.contains(&chat))
    });
    Ok(sending)
}

/// Whether what was seen may be what is being sent. That is known when the attempt ends.
fn is_of_one(under_way: &[Entry], chats: &[String], row: &SightingRow) -> bool {
    row.proves.is_none()
        && under_way.iter().any(|entry| match (&entry.course.attempt, &entry.course.content) {
            (Some(attempt), Some(content)) => proves(attempt, content, chats, &row.sighting, true),
            _ => false,
        })
}

/// An attempt is over. What was seen meanwhile and was not taken for its own shows whoever comes next.
fn pass_on(tables: &mut dyn Tables, entry: &Entry, now: Millis) -> Result<()> {
    let Some(content) = &entry.course.content else { return Ok(()) };
    let texts: Vec<_> = content.texts.iter().copied().map(Some).collect();
    let chats = names(tables, entry)?;
    for open in open(tables, &entry.draft.session, &chats, &texts)? {
        look(tables, open, now)?;
    }
    Ok(())
}

/// The open entries in a chat whose events may show these texts: those first of which nobody knows anything, and then those that
/// are thought not to be sent; the oldest first.
fn open(
    tables: &mut dyn Tables,
    session: &str,
    chats: &[String],
    texts: &[Option<u64>],
) -> Result<Vec<Entry>> {
    let mut open = Vec::new();
    for chat in chats {
        for text in texts {
            open.extend(tables.open_outbox(session, chat, *text)?);
        }
    }
    open.sort_by_key(|entry| (matches!(entry.course.state, State::Failed | State::NotSent), entry.id));
    open.dedup_by_key(|entry| entry.id);
    Ok(open)
}

/// All names of an entry's chat.
fn names(tables: &mut dyn Tables, entry: &Entry) -> Result<Vec<String>> {
    let Ok(chat) = entry.draft.chat() else { return Ok(Vec::new()) };
    let mut names = tables.chat_names(&entry.draft.session, &chat)?;
    names.insert(0, chat);
    Ok(names)
}

/// The reply of a send named its message. An entry that was thought to be shown by it is returned, to be looked at again.
fn claim_by_id(tables: &mut dyn Tables, entry: &Entry, message: &str) -> Result<Option<Entry>> {
    let Ok(session) = SessionId::new(&entry.draft.session) else { return Ok(None) };
    let key = ReceiptKey::new(&session, message);
    let now = tables.now()?;
    let Some(mut row) = tables.sighting(&key)? else {
        let sighting = Sighting {
            key,
            message: message.to_owned(),
            chat: entry.draft.chat().unwrap_or_default(),
            number: 0,
            file: false,
            text: 0,
            sent: None,
            received: now,
        };
        let row = SightingRow { sighting, seen: false, proves: Some(entry.id) };
        return tables.put_sighting(&row).map(|()| None);
    };
    let before = row.proves.filter(|of| *of != entry.id);
    if !Rule::IdOutweighsContent.holds() && before.is_some() {
        return Ok(None);
    }
    row.proves = Some(entry.id);
    tables.put_sighting(&row)?;
    let Some(mut other) = before.map(|of| tables.outbox_entry_of(of)).transpose()?.flatten() else {
        return Ok(None);
    };
    Ok(other.course.refute(now).then_some(other))
}

/// What was thought to be an entry's message is not, now that its reply told which one is: it may be another's.
fn give_back(tables: &mut dyn Tables, entry: &Entry, shown: &str, own: &str, now: Millis) -> Result<()> {
    let Ok(session) = SessionId::new(&entry.draft.session) else { return Ok(()) };
    // The long ids of one message may name its chat in two ways.
    let key = ReceiptKey::new(&session, shown);
    if key == ReceiptKey::new(&session, own) {
        return Ok(());
    }
    let row = tables.sighting(&key)?;
    let Some(mut row) = row.filter(|row| row.proves == Some(entry.id)) else { return Ok(()) };
    row.proves = None;
    tables.put_sighting(&row)?;
    offer(tables, row, now)
}

/// An event showed a message that a session sent.
///
/// # Errors
/// [`StoreError`]
pub fn sight(tables: &mut dyn Tables, mut sighting: Sighting, now: Millis) -> Result<()> {
    sighting.received = now;
    let (session, chat) = (sighting.key.session.clone(), sighting.chat.clone());
    let row = match tables.sighting(&sighting.key)? {
        Some(row) if row.seen => return learn(tables, &session, &row.sighting.chat, &chat, now),
        Some(row) => {
            let row = SightingRow { sighting, seen: true, ..row };
            tables.put_sighting(&row)?;
            return match row.proves.map(|of| tables.outbox_entry_of(of)).transpose()?.flatten() {
                Some(entry) => learn(tables, &session, &entry.draft.chat().unwrap_or_default(), &chat, now),
                None => Ok(()),
            };
        }
        None => SightingRow { sighting, seen: true, proves: None },
    };
    tables.put_sighting(&row)?;
    offer(tables, row, now)
}

/// Whose message is it that was seen?
fn offer(tables: &mut dyn Tables, mut row: SightingRow, now: Millis) -> Result<()> {
    let session = row.sighting.key.session.clone();
    let mut chats = tables.chat_names(&session, &row.sighting.chat)?;
    chats.insert(0, row.sighting.chat.clone());
    let open = open(tables, &session, &chats, &[Some(row.sighting.text)])?;
    if open.is_empty() || is_of_one(&under_way(tables, &session, &chats)?, &chats, &row) {
        return Ok(());
    }
    for mut entry in open {
        let (Some(attempt), Some(content)) = (&entry.course.attempt, &entry.course.content) else { continue };
        if proves(attempt, content, &chats, &row.sighting, row.proves.is_none())
            && entry.course.found(&row.sighting.message, now)
        {
            row.proves = Some(entry.id);
            tables.put_sighting(&row)?;
            return tables.put_course(&entry, None);
        }
    }
    Ok(())
}

/// Two names turned out to be those of one chat. A chat has two names at most: one that seems to be of more chats, as the
/// account's own may, is none.
fn learn(tables: &mut dyn Tables, session: &str, one: &str, other: &str, now: Millis) -> Result<()> {
    if one == other || one.is_empty() || other.is_empty() {
        return Ok(());
    }
    if !tables.chat_names(session, one)?.is_empty() || !tables.chat_names(session, other)?.is_empty() {
        return Ok(());
    }
    tables.add_chat_names(session, one, other)?;
    for entry in open(tables, session, &[one.to_owned(), other.to_owned()], &[None])? {
        look(tables, entry, now)?;
    }
    Ok(())
}

/// Compares sent messages with their events, and draws conclusions from the absence of others. Says how many entries became
/// known to be not sent, or are sent again. What is missing is waited for as long as `patience` at least.
///
/// # Errors
/// [`StoreError`]
pub fn judge(tables: &mut dyn Tables, policy: Absent, patience: Duration) -> Result<usize> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    let round_began = poll::round_began(tables)?;
    for mut entry in tables.uncompared_outbox(MOST)? {
        if let Some(found) = compare(tables, &entry, round_began, now)? {
            let setting = calibration_setting(&entry);
            let mut calibration: Calibration = poll::read_setting(tables, &setting)?.unwrap_or_default();
            match found {
                Compared::Found { after, started } => {
                    calibration.hit(after);
                    let name = later_setting(&entry.draft.session);
                    let later: Option<Millis> = poll::read_setting(tables, &name)?;
                    if later.is_none_or(|later| later < started || later > now) {
                        poll::write_setting(tables, &name, &started)?;
                    }
                }
                Compared::Missed => calibration.miss(),
                Compared::GivenUp => {}
            }
            poll::write_setting(tables, &setting, &calibration)?;
            entry.course.compared = true;
            tables.put_course(&entry, None)?;
        }
    }
    let mut changed = 0;
    // Many entries are of few kinds.
    let mut known: HashMap<String, (Calibration, Option<Millis>)> = HashMap::new();
    let mut filter = OutboxFilter { states: vec![State::Unknown], ..OutboxFilter::default() };
    loop {
        let unknown = tables.outbox_entries(&filter, MOST)?;
        for mut entry in unknown.iter().cloned() {
            filter.after = entry.id;
            let Some(attempt) = entry.course.attempt.clone() else { continue };
            let kind = calibration_setting(&entry);
            let (calibration, later_sent) = if let Some(known) = known.get(&kind) {
                *known
            } else {
                let calibration = poll::read_setting(tables, &kind)?.unwrap_or_default();
                let later = later_sent(tables, &entry.draft.session, now)?;
                *known.entry(kind).or_insert((calibration, later))
            };
            // What takes the longest comes last: it looks through all chats.
            if is_absent(&attempt, calibration, Seen { round_began, later_sent }, patience)
                && entry.course.absent(policy, now)
                && !is_something_alike(tables, &entry)?
            {
                changed += usize::from(policy != Absent::Hold);
                tables.put_course(&entry, None)?;
            }
        }
        if unknown.len() < MOST {
            return Ok(changed);
        }
    }
}

/// Whether there is a message that may be the entry's, although it does not prove it: the store's clock may have been wrong, or
/// its event calls the chat by a name that nobody knows yet.
fn is_something_alike(tables: &mut dyn Tables, entry: &Entry) -> Result<bool> {
    let (true, Some(attempt), Some(content)) =
        (Rule::AbsenceNeedsNothingAlike.holds(), &entry.course.attempt, &entry.course.content)
    else {
        return Ok(false);
    };
    let session = &entry.draft.session;
    let chats = names(tables, entry)?;
    for text in &content.texts {
        for row in tables.free_sightings(session, *text)? {
            if !may_prove(attempt, content, &row.sighting) {
                continue;
            }
            let chat = &row.sighting.chat;
            // Of whom all names are known, nothing else is.
            let may_be = chats.len() == 1 && chats.iter().all(|name| may_be_one_chat(name, chat));
            if chats.contains(chat) || (may_be && tables.chat_names(session, chat)?.is_empty()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

enum Compared {
    Found { after: Millis, started: Millis },
    Missed,
    GivenUp,
}

/// Whether a message whose reply told its id would have been found by its content; nothing if it is too early to say.
fn compare(
    tables: &mut dyn Tables,
    entry: &Entry,
    round_began: Option<Millis>,
    now: Millis,
) -> Result<Option<Compared>> {
    let course = &entry.course;
    let (Some(attempt), Some(content), Some(message), Ok(session)) =
        (&course.attempt, &course.content, &course.message, SessionId::new(&entry.draft.session))
    else {
        return Ok(Some(Compared::GivenUp));
    };
    let ended = attempt.ended.unwrap_or(attempt.started);
    match tables.sighting(&ReceiptKey::new(&session, message))?.filter(|row| row.seen) {
        Some(row) => {
            let chats = names(tables, entry)?;
            Ok(Some(if proves(attempt, content, &chats, &row.sighting, true) {
                let after = row.sighting.received.saturating_sub(attempt.started).max(0);
                Compared::Found { after, started: attempt.started }
            } else {
                Compared::Missed
            }))
        }
        None if round_began.is_some_and(|began| began > ended.saturating_add(millis(MISSING))) => {
            Ok(Some(Compared::Missed))
        }
        None if now.saturating_sub(ended) > millis(COMPARE) => Ok(Some(Compared::GivenUp)),
        None => Ok(None),
    }
}

/// Messages of one kind are those of a session to people or to groups, with or without a file.
fn calibration_setting(entry: &Entry) -> String {
    let group = entry.draft.chat().is_ok_and(|chat| chat.ends_with("@g.us"));
    let file = entry.course.content.as_ref().is_some_and(|content| content.file);
    let session = &entry.draft.session;
    format!(
        "outbox.found.{}.{}.{session}",
        if group { "group" } else { "person" },
        if file { "file" } else { "text" }
    )
}

fn later_setting(session: &str) -> String {
    format!("outbox.later.{session}")
}

/// When the latest message of a session was recorded that was answered with an id and then seen. One of the future is
/// forgotten: the clock was set back, and would reach it again.
fn later_sent(tables: &mut dyn Tables, session: &str, now: Millis) -> Result<Option<Millis>> {
    let name = later_setting(session);
    let later = poll::read_setting(tables, &name)?;
    if later.is_some_and(|later: Millis| later > now) {
        tables.set_setting(&name, None)?;
        return Ok(None);
    }
    Ok(later)
}

/// What a person does with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Takes it back, while it is queued.
    Cancel,
    /// Wants it sent again, which failed, was not sent or was taken back, and whose time is not over. What the service refused
    /// in words of its own it may have sent all the same: then it comes twice.
    Retry,
    /// Saw that it was sent, perhaps with its long id: of what is unknown, accepted, failed or not sent.
    Sent(Option<String>),
    /// Saw that it was not sent: of the same. It is not sent again by that.
    NotSent,
}

/// Carries out what a person decided. Whether the entry's state allowed it.
///
/// ```
/// # use whatsgate_store::durable::outbox::evidence::Content;
/// # use whatsgate_store::durable::outbox::{Class, Draft, Key};
/// # use whatsgate_store::outbox::{self, Reading};
/// # use whatsgate_store::{Memory, Tables};
/// #
/// # let draft = Draft {
/// #     session: "6345454545454".to_owned(),
/// #     recipient: "79991112233".to_owned(),
/// #     message: r#"{"type":"text","body":"Your order is ready"}"#.to_owned(),
/// #     file: None,
/// #     class: Class::Normal,
/// #     not_before: 0,
/// #     expires: None,
/// # };
/// # let reading = Reading {
/// #     chat: "79991112233@c.us".to_owned(),
/// #     fingerprint: "a checksum of it".to_owned(),
/// #     content: Content::new("Your order is ready", None),
/// # };
/// # let mut memory = Memory::new();
/// use whatsgate_store::outbox::Decision;
///
/// outbox::put(&mut memory, &Key::new("order-17"), &draft, reading)?;
/// let decided = outbox::decide(&mut memory, &Key::new("order-17"), &Decision::Cancel)?;
/// assert!(decided.is_some_and(|(is_done, _)| is_done));
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn decide(tables: &mut dyn Tables, key: &Key, decision: &Decision) -> Result<Option<(bool, Entry)>> {
    tables.lock_outbox()?;
    let now = tables.now()?;
    let Some(mut entry) = tables.outbox_entry(key)? else { return Ok(None) };
    let course = &mut entry.course;
    let done = match decision {
        Decision::Cancel => course.cancel("it was taken back", now),
        Decision::Retry if entry.draft.expires.is_some_and(|expires| expires <= now) => false,
        Decision::Retry => course.retry(now),
        Decision::Sent(message) => course.decide(true, message.as_deref(), now),
        Decision::NotSent => course.decide(false, None, now),
    };
    if done {
        tables.put_course(&entry, None)?;
        if let (Some(message), Some(Proof::Person)) = (&entry.course.message, entry.course.proof)
            && let Some(other) = claim_by_id(tables, &entry, message)?
        {
            look(tables, other, now)?;
        }
    }
    Ok(Some((done, entry)))
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}
