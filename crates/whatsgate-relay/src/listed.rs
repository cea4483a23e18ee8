//! The events that a page may see.

use serde_json::value::RawValue;
use whatsgate_native::EventsGetRequest;
use whatsgate_native::model::from_json;
use whatsgate_store::durable::journal::{Content, Entry, Position, Trust};
use whatsgate_store::{Slice, StoreError, Tables};

use crate::grant::{Chats, Grant};

/// All of a journal.
pub(crate) const WHOLE: Slice = Slice { partition: 0, of: 1 };
/// The most events that a page can list.
const MOST: usize = 1_000;
/// How far back the events of all chats are looked for.
const BACK: u64 = 2_000;
/// How many events a page of the list has if nothing is said, and at most, as at the gateway.
const USUAL: u32 = 10;
const LARGEST: u32 = 100;

/// Whether an event is one of the grant's: of its session, and of its chats.
pub(crate) fn is_of(grant: &Grant, entry: &Entry) -> bool {
    entry.identity.session == grant.session.as_str() && grant.chats.hold(&entry.chat)
}

/// A page of the list, as it goes over the wire.
pub(crate) struct Listed {
    pub(crate) events: Vec<Box<RawValue>>,
    pub(crate) elements: usize,
    pub(crate) pages: usize,
    pub(crate) page: u32,
}

/// The events of a grant that a request asks for, the oldest first.
pub(crate) fn list(
    tables: &mut dyn Tables,
    grant: &Grant,
    request: &EventsGetRequest,
) -> Result<Listed, StoreError> {
    let since = request.date.as_ref().and_then(whatsgate_native::WireDate::unix_seconds_if_utc);
    let mut entries = last(tables, grant)?;
    entries.retain(|entry| {
        let is_wanted = request.action.as_ref().is_none_or(|action| action.as_str() == entry.identity.action);
        let is_late = since.is_none_or(|since| entry.date.is_some_and(|date| date >= since));
        // What may be forged comes once the gateway has listed it.
        let is_trusted = matches!(entry.trust, Trust::Listed | Trust::Posted);
        is_wanted && is_late && is_trusted && is_of(grant, entry) && is_there(entry)
    });
    let size = request.page_cnt.unwrap_or(USUAL).clamp(1, LARGEST) as usize;
    let page = request.page.unwrap_or(1).max(1);
    let begin = (page as usize - 1).saturating_mul(size);
    let mut events = Vec::new();
    for entry in entries.iter().skip(begin).take(size) {
        events.extend(tables.entry(entry.position)?.as_ref().and_then(shown));
    }
    Ok(Listed { events, elements: entries.len(), pages: entries.len().div_ceil(size), page })
}

fn is_there(entry: &Entry) -> bool {
    matches!(entry.content, Content::Whole(_) | Content::LeftOut)
}

/// The last events of the grant's chats without content, in their order.
fn last(tables: &mut dyn Tables, grant: &Grant) -> Result<Vec<Entry>, StoreError> {
    let mut entries = match &grant.chats {
        Chats::All => {
            let from = tables.end()?.head.saturating_sub(BACK);
            tables.read(WHOLE, from, usize::try_from(BACK).unwrap_or(usize::MAX), 0)?
        }
        Chats::Only(chats) => {
            let mut entries = Vec::new();
            for chat in chats {
                entries.extend(tables.last_of_chat(grant.session.as_str(), chat, 0, MOST)?);
            }
            entries
        }
    };
    entries.sort_by_key(|entry| entry.position);
    entries.drain(..entries.len().saturating_sub(MOST));
    Ok(entries)
}

/// Whether one of the last events of the grant's chats is of this message.
pub(crate) fn has_message(tables: &mut dyn Tables, grant: &Grant, message: &str) -> Result<bool, StoreError> {
    let entries = last(tables, grant)?;
    Ok(entries.iter().any(|entry| {
        let is_trusted = matches!(entry.trust, Trust::Listed | Trust::Posted);
        is_trusted && entry.identity.message == message && is_of(grant, entry)
    }))
}

/// An event as a page gets it: as it came, but for the number of the account's user, and with its session.
pub(crate) fn shown(entry: &Entry) -> Option<Box<RawValue>> {
    type Members = std::collections::BTreeMap<String, Box<RawValue>>;
    let Content::Whole(raw) = &entry.content else { return None };
    let mut members: Members = from_json(raw.as_str()).ok()?;
    members.remove("user_id");
    if !members.contains_key("whatsapp_id") {
        let session = serde_json::value::to_raw_value(&entry.identity.session).ok()?;
        members.insert("whatsapp_id".to_owned(), session);
    }
    serde_json::value::to_raw_value(&members).ok()
}

/// The position of an event whose content was not read along, with its content.
pub(crate) fn whole(tables: &mut dyn Tables, position: Position) -> Result<Option<Entry>, StoreError> {
    tables.entry(position)
}
