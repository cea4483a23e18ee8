//! The outbox of a store in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Entry, Key, Proof, State};
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_core::durable::rules::Rule;

use super::{Memory, Result};
use crate::tables::{OutboxFilter, OutboxTables, Sendable, SightingRow};

/// An entry with what events call its chat, once that was read.
pub(super) type Row = (Entry, Option<String>);

impl Memory {
    fn set_outbox(&mut self, entry: Entry, chat: Option<String>) {
        let id = entry.id;
        let key = entry.key.clone();
        let before = self.replace_outbox(id, Some((entry, chat)));
        let key_before = self.outbox_keys.insert(key.clone(), id);
        self.on_undo(move |memory| {
            memory.replace_outbox(id, before);
            match key_before {
                Some(before) => memory.outbox_keys.insert(key, before),
                None => memory.outbox_keys.remove(&key),
            };
        });
    }

    fn replace_outbox(&mut self, id: u64, entry: Option<Row>) -> Option<Row> {
        let state = entry.as_ref().map(|(entry, _)| entry.course.state);
        let before = match entry {
            Some(entry) => self.outbox.insert(id, entry),
            None => self.outbox.remove(&id),
        };
        if let Some((before, _)) = &before
            && let Some(ids) = self.outbox_states.get_mut(&before.course.state)
        {
            ids.remove(&id);
        }
        if let Some(state) = state {
            self.outbox_states.entry(state).or_default().insert(id);
        }
        before
    }

    /// The entries in one of these states; those of a state after those of the one before it, each by its number.
    fn outbox_in<'a>(&'a self, states: &'a [State]) -> impl Iterator<Item = &'a Row> {
        let ids = states.iter().filter_map(|state| self.outbox_states.get(state)).flatten();
        ids.filter_map(|id| self.outbox.get(id))
    }

    fn outbox_where<'a>(
        rows: impl Iterator<Item = &'a Row>,
        most: usize,
        mut takes: impl FnMut(&Entry, Option<&str>) -> bool,
    ) -> Vec<Entry> {
        let taken = rows.filter(|(entry, chat)| takes(entry, chat.as_deref()));
        taken.take(most).map(|(entry, _)| entry.clone()).collect()
    }

    fn by_number<'a>(
        &self,
        keys: impl Iterator<Item = &'a ReceiptKey>,
        takes: impl Fn(&SightingRow) -> bool,
    ) -> Vec<SightingRow> {
        let rows = keys.filter_map(|key| self.sightings.get(key)).filter(|row| takes(row));
        let mut rows: Vec<_> = rows.cloned().collect();
        rows.sort_by_key(|row| row.sighting.number);
        rows
    }
}

impl OutboxTables for Memory {
    fn lock_outbox(&mut self) -> Result<()> {
        Ok(())
    }

    fn outbox_entry(&mut self, key: &Key) -> Result<Option<Entry>> {
        let id = self.outbox_keys.get(key);
        Ok(id.and_then(|id| self.outbox.get(id)).map(|(entry, _)| entry.clone()))
    }

    fn add_outbox_entry(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        let id = self.outbox.last_key_value().map_or(0, |(id, _)| *id) + 1;
        self.set_outbox(Entry { id, ..entry.clone() }, chat.map(str::to_owned));
        Ok(())
    }

    fn put_course(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        if let Some((known, known_chat)) = self.outbox.get(&entry.id).cloned() {
            let chat = chat.map(str::to_owned).or(known_chat);
            self.set_outbox(Entry { course: entry.course.clone(), ..known }, chat);
        }
        Ok(())
    }

    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<Entry>> {
        let after = (std::ops::Bound::Excluded(filter.after), std::ops::Bound::Unbounded);
        if filter.states.is_empty() {
            let rows = self.outbox.range(after).map(|(_, row)| row);
            return Ok(Self::outbox_where(rows, most, |entry, _| filter.takes(&entry.key)));
        }
        let mut ids: Vec<u64> = Vec::new();
        for state in &filter.states {
            ids.extend(self.outbox_states.get(state).into_iter().flat_map(|ids| ids.range(after)));
        }
        ids.sort_unstable();
        ids.dedup();
        let rows = ids.iter().filter_map(|id| self.outbox.get(id));
        Ok(Self::outbox_where(rows, most, |entry, _| filter.takes(&entry.key)))
    }

    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>> {
        let mut counts: BTreeMap<State, u64> = BTreeMap::new();
        for (entry, _) in self.outbox.values().filter(|(entry, _)| filter.takes(&entry.key)) {
            *counts.entry(entry.course.state).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    fn outbox_sessions(&mut self) -> Result<Vec<String>> {
        let sessions: BTreeSet<_> =
            self.outbox_in(&[State::Queued]).map(|(entry, _)| &entry.draft.session).collect();
        Ok(sessions.into_iter().cloned().collect())
    }

    fn unread_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        Ok(Self::outbox_where(self.outbox_in(&[State::Queued]), most, |_, chat| chat.is_none()))
    }

    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let is_due = |entry: &Entry| {
            entry.draft.not_before <= now && entry.draft.expires.is_none_or(|expires| expires > now)
        };
        let states = [State::Queued, State::Sending, State::Unknown];
        let in_session = self.outbox_in(&states).filter(|(entry, _)| entry.draft.session == session);
        let mut chats: HashMap<&str, Vec<&Entry>> = HashMap::new();
        for (entry, chat) in in_session {
            if let Some(chat) = chat {
                chats.entry(chat).or_default().push(entry);
            }
        }
        let is_in_the_way = |other: &Entry, entry: &Entry| match other.course.state {
            State::Sending => Rule::ChatInOrder.holds(),
            State::Queued => {
                let is_before = other.id < entry.id
                    && sendable.takes(&other.key)
                    && other.draft.class <= entry.draft.class
                    && is_due(other);
                is_before && Rule::ChatInOrder.holds()
            }
            State::Unknown => {
                let ended = other.course.attempt.as_ref().and_then(|attempt| attempt.ended);
                ended.is_some_and(|ended| ended > unknown_since)
            }
            _ => false,
        };
        let mut ready: Vec<&Entry> = Vec::new();
        for of_chat in chats.values() {
            ready.extend(of_chat.iter().copied().filter(|entry| {
                entry.course.state == State::Queued
                    && sendable.takes(&entry.key)
                    && entry.course.due <= now
                    && is_due(entry)
                    && !of_chat.iter().any(|other| is_in_the_way(other, entry))
            }));
        }
        ready.sort_by_key(|entry| (entry.draft.class, entry.id));
        Ok(ready.into_iter().take(most).cloned().collect())
    }

    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>> {
        let queued = self.outbox_in(&[State::Queued]).map(|(entry, _)| entry);
        let queued = queued.filter(|entry| entry.draft.session == session);
        let due = queued.map(|entry| entry.course.due.max(entry.draft.not_before));
        Ok(due.filter(|due| *due > now).min())
    }

    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<Entry>> {
        Ok(Self::outbox_where(self.outbox_in(&[State::Queued]), most, |entry, _| {
            entry.draft.expires.is_some_and(|expires| expires <= now)
        }))
    }

    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<Entry>> {
        let mut open = Self::outbox_where(self.outbox_in(&State::OPEN), usize::MAX, |entry, of| {
            let content = entry.course.content.as_ref();
            of == Some(chat)
                && entry.draft.session == session
                && text.is_none_or(|text| content.is_some_and(|content| content.texts.contains(&text)))
        });
        open.sort_by_key(|entry| entry.id);
        Ok(open)
    }

    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        Ok(Self::outbox_where(self.outbox_in(&[State::Sent]), most, |entry, _| {
            let course = &entry.course;
            course.proof == Some(Proof::Id) && !course.compared
        }))
    }

    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<Entry>> {
        Ok(self.outbox.get(&id).map(|(entry, _)| entry.clone()))
    }

    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64> {
        let old = Self::outbox_where(self.outbox.values(), usize::MAX, |entry, _| {
            let is_old = entry.course.changed < changed_before && !entry.draft.message.is_empty();
            is_old && entry.course.state.is_settled()
        });
        let count = old.len() as u64;
        for mut entry in old {
            entry.draft.message.clear();
            entry.draft.file = None;
            let chat = self.outbox[&entry.id].1.clone();
            self.set_outbox(entry, chat);
        }
        Ok(count)
    }

    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>> {
        Ok(self.sightings.get(key).cloned())
    }

    fn put_sighting(&mut self, row: &SightingRow) -> Result<()> {
        let key = row.sighting.key.clone();
        let place = (key.session.clone(), row.sighting.chat.clone(), row.sighting.text);
        let seen = self.seen.entry(place.clone()).or_default();
        let is_new = row.seen && !seen.contains(&key);
        if is_new {
            seen.push(key.clone());
        }
        let before = self.sightings.insert(key.clone(), row.clone());
        self.on_undo(move |memory| {
            if is_new && let Some(seen) = memory.seen.get_mut(&place) {
                seen.retain(|of| *of != key);
            }
            match before {
                Some(before) => memory.sightings.insert(key, before),
                None => memory.sightings.remove(&key),
            };
        });
        Ok(())
    }

    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>> {
        let seen = self.seen.get(&(session.to_owned(), chat.to_owned(), text));
        Ok(self.by_number(seen.into_iter().flatten(), |_| true))
    }

    fn free_sightings(&mut self, session: &str, text: u64) -> Result<Vec<SightingRow>> {
        let seen = self.seen.iter().filter(|((of, _, shown), _)| of == session && *shown == text);
        Ok(self.by_number(seen.flat_map(|(_, keys)| keys), |row| row.proves.is_none()))
    }

    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64> {
        let old: Vec<_> = self
            .sightings
            .values()
            .filter(|row| row.sighting.received < received_before)
            .map(|row| row.sighting.key.clone())
            .collect();
        for key in &old {
            let Some(row) = self.sightings.remove(key) else { continue };
            let place = (key.session.clone(), row.sighting.chat.clone(), row.sighting.text);
            if let Some(seen) = self.seen.get_mut(&place) {
                seen.retain(|of| of != key);
            }
            self.on_undo(move |memory| {
                if row.seen {
                    memory.seen.entry(place).or_default().push(row.sighting.key.clone());
                }
                memory.sightings.insert(row.sighting.key.clone(), row);
            });
        }
        Ok(old.len() as u64)
    }

    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>> {
        Ok(self.chat_names.get(&(session.to_owned(), chat.to_owned())).cloned().unwrap_or_default())
    }

    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool> {
        let mut is_new = false;
        for (one, other) in [(one, other), (other, one)] {
            let key = (session.to_owned(), one.to_owned());
            let names = self.chat_names.entry(key.clone()).or_default();
            if names.iter().any(|name| name == other) {
                continue;
            }
            names.push(other.to_owned());
            is_new = true;
            self.on_undo(move |memory| {
                memory.chat_names.get_mut(&key).map(Vec::pop);
            });
        }
        Ok(is_new)
    }
}
