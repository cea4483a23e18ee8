//! The outbox of a store in memory.

use std::collections::{BTreeMap, BTreeSet};

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Entry, Key, Proof, State};
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_core::durable::rules::Rule;

use super::{Memory, Result};
use crate::tables::{OutboxFilter, OutboxTables, Sendable, SightingRow};

impl Memory {
    fn set_outbox(&mut self, entry: Entry, chat: Option<String>) {
        let id = entry.id;
        let key = entry.key.clone();
        let before = self.outbox.insert(id, (entry, chat));
        let key_before = self.outbox_keys.insert(key.clone(), id);
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.outbox.insert(id, before),
                None => memory.outbox.remove(&id),
            };
            match key_before {
                Some(before) => memory.outbox_keys.insert(key, before),
                None => memory.outbox_keys.remove(&key),
            };
        });
    }

    fn outbox_where(&self, most: usize, mut takes: impl FnMut(&Entry, Option<&str>) -> bool) -> Vec<Entry> {
        let all = self.outbox.values().filter(|(entry, chat)| takes(entry, chat.as_deref()));
        all.take(most).map(|(entry, _)| entry.clone()).collect()
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
        Ok(self.outbox_where(most, |entry, _| {
            entry.id > filter.after
                && filter.takes(&entry.key)
                && (filter.states.is_empty() || filter.states.contains(&entry.course.state))
        }))
    }

    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>> {
        let mut counts: BTreeMap<State, u64> = BTreeMap::new();
        for (entry, _) in self.outbox.values().filter(|(entry, _)| filter.takes(&entry.key)) {
            *counts.entry(entry.course.state).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    fn outbox_sessions(&mut self) -> Result<Vec<String>> {
        let queued = self.outbox.values().filter(|(entry, _)| entry.course.state == State::Queued);
        let sessions: BTreeSet<_> = queued.map(|(entry, _)| entry.draft.session.clone()).collect();
        Ok(sessions.into_iter().collect())
    }

    fn unread_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        Ok(self.outbox_where(most, |entry, chat| chat.is_none() && entry.course.state == State::Queued))
    }

    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let mut ready = self.outbox_where(usize::MAX, |entry, chat| {
            entry.draft.session == session
                && entry.course.state == State::Queued
                && chat.is_some()
                && sendable.takes(&entry.key)
                && entry.course.due <= now
                && entry.draft.not_before <= now
                && entry.draft.expires.is_none_or(|expires| expires > now)
        });
        ready.retain(|entry| {
            let chat = &self.outbox[&entry.id].1;
            !self.outbox.values().any(|(other, of)| {
                if of != chat || other.draft.session != session {
                    return false;
                }
                let is_before = other.id < entry.id
                    && sendable.takes(&other.key)
                    && other.draft.class <= entry.draft.class
                    && other.draft.not_before <= now
                    && other.draft.expires.is_none_or(|expires| expires > now);
                match other.course.state {
                    State::Sending => Rule::ChatInOrder.holds(),
                    State::Queued => is_before && Rule::ChatInOrder.holds(),
                    State::Unknown => {
                        let ended = other.course.attempt.as_ref().and_then(|attempt| attempt.ended);
                        ended.is_some_and(|ended| ended > unknown_since)
                    }
                    _ => false,
                }
            })
        });
        ready.sort_by_key(|entry| (entry.draft.class, entry.id));
        ready.truncate(most);
        Ok(ready)
    }

    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>> {
        let queued = self.outbox.values().map(|(entry, _)| entry);
        let queued =
            queued.filter(|entry| entry.draft.session == session && entry.course.state == State::Queued);
        let due = queued.map(|entry| entry.course.due.max(entry.draft.not_before));
        Ok(due.filter(|due| *due > now).min())
    }

    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<Entry>> {
        Ok(self.outbox_where(most, |entry, _| {
            entry.course.state == State::Queued && entry.draft.expires.is_some_and(|expires| expires <= now)
        }))
    }

    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<Entry>> {
        Ok(self.outbox_where(usize::MAX, |entry, of| {
            let content = entry.course.content.as_ref();
            of == Some(chat)
                && entry.draft.session == session
                && entry.course.state.is_open()
                && text.is_none_or(|text| content.is_some_and(|content| content.texts.contains(&text)))
        }))
    }

    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        Ok(self.outbox_where(most, |entry, _| {
            let course = &entry.course;
            course.state == State::Sent && course.proof == Some(Proof::Id) && !course.compared
        }))
    }

    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<Entry>> {
        Ok(self.outbox.get(&id).map(|(entry, _)| entry.clone()))
    }

    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64> {
        let old = self.outbox_where(usize::MAX, |entry, _| {
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
