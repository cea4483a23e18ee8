//! The outbox of a store in a file of SQLite.

use rusqlite::{Row, ToSql};
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::outbox::{Class, Course, Draft, Entry, Key, Proof, State};
use whatsgate_core::durable::receipts::ReceiptKey;

use super::{Result, Sqlite, limit, signed, unsigned};
use crate::tables::{OutboxFilter, OutboxTables, Sendable, SightingRow, read_course};

fn outbox_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let created = row.get(10)?;
    let course: Option<String> = row.get(11)?;
    Ok(Entry {
        id: unsigned(row.get(0)?),
        key: Key { program: row.get(1)?, key: row.get(2)? },
        draft: Draft {
            session: row.get(3)?,
            recipient: row.get(4)?,
            message: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            file: row.get(6)?,
            class: Class::from_code(row.get(7)?).unwrap_or_default(),
            not_before: row.get(8)?,
            expires: row.get(9)?,
        },
        created,
        course: read_course(course.as_deref(), created),
    })
}

fn sighting(row: &Row<'_>) -> rusqlite::Result<SightingRow> {
    Ok(SightingRow {
        sighting: Sighting {
            key: ReceiptKey { session: row.get(0)?, message: row.get(1)? },
            message: row.get(2)?,
            chat: row.get(3)?,
            number: row.get(4)?,
            file: row.get(5)?,
            text: unsigned(row.get(6)?),
            sent: row.get(7)?,
            received: row.get(8)?,
        },
        seen: row.get(9)?,
        proves: row.get::<_, Option<i64>>(10)?.map(unsigned),
    })
}

const OUTBOX: &str = "SELECT id, program, key, session, recipient, message, file, class, not_before, expires, created, \
                      course FROM outbox";

const SIGHTING: &str =
    "SELECT session, short, message, chat, number, file, text, sent, received, seen, proves FROM sightings";

/// The numbers of [`State::OPEN`].
const OPEN: &str = "state IN (3, 4, 5, 6)";

impl OutboxTables for Sqlite {
    fn lock_outbox(&mut self) -> Result<()> {
        // The transaction is the only one that writes.
        Ok(())
    }

    fn outbox_entry(&mut self, key: &Key) -> Result<Option<Entry>> {
        let sql = format!("{OUTBOX} WHERE program = ?1 AND key = ?2");
        self.one(&sql, &[&key.program, &key.key], outbox_entry)
    }

    fn add_outbox_entry(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        const ADD: &str = "INSERT INTO outbox (program, key, session, recipient, message, file, class, not_before, \
                           expires, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (key, draft) = (&entry.key, &entry.draft);
        self.execute(
            ADD,
            &[
                &key.program,
                &key.key,
                &draft.session,
                &draft.recipient,
                &draft.message,
                &draft.file,
                &draft.class.code(),
                &draft.not_before,
                &draft.expires,
                &entry.created,
            ],
        )?;
        let id = unsigned(self.connection.last_insert_rowid());
        self.put_course(&Entry { id, ..entry.clone() }, chat)
    }

    fn put_course(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        const PUT: &str = "UPDATE outbox SET state = ?2, due = ?3, changed = ?4, ended = ?5, text = ?6, other_text = ?7, \
                           compare = ?8, course = ?9, chat = coalesce(?10, chat) WHERE id = ?1";
        let course = &entry.course;
        let ended = course.attempt.as_ref().and_then(|attempt| attempt.ended);
        let texts = course.content.as_ref().map(|content| &content.texts[..]).unwrap_or_default();
        let mut texts = texts.iter().map(|text| signed(*text));
        let compare = course.state == State::Sent && course.proof == Some(Proof::Id) && !course.compared;
        let json = to_json(course);
        self.execute(
            PUT,
            &[
                &signed(entry.id),
                &course.state.code(),
                &course.due,
                &course.changed,
                &ended,
                &texts.next(),
                &texts.next(),
                &compare,
                &json,
                &chat,
            ],
        )?;
        Ok(())
    }

    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<Entry>> {
        // A state at a time, because the index has them apart.
        let mut found = Vec::new();
        let states: Vec<_> = filter.states.iter().map(|state| Some(state.code())).collect();
        for state in if states.is_empty() { vec![None] } else { states } {
            let of_state = if state.is_some() { "state = ?1" } else { "?1 IS NULL" };
            let sql = format!(
                "{OUTBOX} WHERE {of_state} AND id > ?2 AND (?3 IS NULL OR program = ?3) \
                 AND substr(key, 1, length(?4)) = ?4 ORDER BY id LIMIT ?5"
            );
            let after = signed(filter.after);
            let values: [&dyn ToSql; 5] = [&state, &after, &filter.program, &filter.prefix, &limit(most)];
            found.extend(self.all(&sql, &values, outbox_entry)?);
        }
        found.sort_by_key(|entry| entry.id);
        found.truncate(most);
        Ok(found)
    }

    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>> {
        let sql = "SELECT state, count(*) FROM outbox WHERE (?1 IS NULL OR program = ?1) \
                   AND substr(key, 1, length(?2)) = ?2 GROUP BY state ORDER BY state";
        let read = |row: &Row<'_>| Ok((row.get::<_, i16>(0)?, unsigned(row.get(1)?)));
        let counts = self.all(sql, &[&filter.program, &filter.prefix], read)?;
        Ok(counts
            .into_iter()
            .filter_map(|(code, count)| State::from_code(code).map(|state| (state, count)))
            .collect())
    }

    fn outbox_sessions(&mut self) -> Result<Vec<String>> {
        self.all("SELECT DISTINCT session FROM outbox WHERE state = 0", &[], |row| row.get(0))
    }

    fn unread_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        let sql = format!("{OUTBOX} WHERE state = 0 AND chat IS NULL ORDER BY id LIMIT ?1");
        self.all(&sql, &[&limit(most)], outbox_entry)
    }

    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let is_sendable = |of: &str| {
            format!(
                "(?5 IS NULL OR ({of}.program = ?5 AND {of}.key = ?6)) AND NOT EXISTS (SELECT 1 FROM json_each(?7) AS held \
                 WHERE substr({of}.program || char(31) || {of}.key, 1, length(held.value)) = held.value)"
            )
        };
        let (entry, other) = (is_sendable("entry"), is_sendable("other"));
        let sql = format!(
            "{OUTBOX} AS entry WHERE session = ?1 AND state = 0 AND chat IS NOT NULL AND due <= ?2 AND not_before <= ?2 \
             AND {entry} AND (expires IS NULL OR expires > ?2) AND NOT EXISTS (SELECT 1 FROM outbox AS other \
             WHERE other.session = ?1 AND other.chat = entry.chat AND other.state IN (0, 1, 5) AND (other.state = 1 \
             OR (other.state = 5 AND other.ended > ?3) OR (other.state = 0 AND other.id < entry.id \
             AND other.class <= entry.class AND other.not_before <= ?2 AND {other} \
             AND (other.expires IS NULL OR other.expires > ?2)))) ORDER BY class, id LIMIT ?4"
        );
        let only = sendable.only.as_ref();
        let (program, key) = (only.map(|key| &key.program), only.map(|key| &key.key));
        let held = sendable.held_json(str::to_owned);
        let values: &[&dyn ToSql] = &[&session, &now, &unknown_since, &limit(most), &program, &key, &held];
        self.all(&sql, values, outbox_entry)
    }

    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>> {
        let sql = "SELECT min(max(due, not_before)) FROM outbox WHERE session = ?1 AND state = 0 \
                   AND max(due, not_before) > ?2";
        Ok(self.one(sql, &[&session, &now], |row| row.get(0))?.flatten())
    }

    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<Entry>> {
        let sql = format!("{OUTBOX} WHERE state = 0 AND expires IS NOT NULL AND expires <= ?1 LIMIT ?2");
        self.all(&sql, &[&now, &limit(most)], outbox_entry)
    }

    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<Entry>> {
        let sql = format!(
            "{OUTBOX} WHERE session = ?1 AND chat = ?2 AND {OPEN} AND (?3 IS NULL OR text = ?3 OR other_text = ?3) \
             ORDER BY id"
        );
        self.all(&sql, &[&session, &chat, &text.map(signed)], outbox_entry)
    }

    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        let sql = format!("{OUTBOX} WHERE compare = 1 ORDER BY id LIMIT ?1");
        self.all(&sql, &[&limit(most)], outbox_entry)
    }

    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<Entry>> {
        self.one(&format!("{OUTBOX} WHERE id = ?1"), &[&signed(id)], outbox_entry)
    }

    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64> {
        let sql = "UPDATE outbox SET message = NULL, file = NULL \
                   WHERE state NOT IN (0, 1, 5) AND changed < ?1 AND message IS NOT NULL";
        Ok(self.execute(sql, &[&changed_before])? as u64)
    }

    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>> {
        let sql = format!("{SIGHTING} WHERE session = ?1 AND short = ?2");
        self.one(&sql, &[&key.session, &key.message], sighting)
    }

    fn put_sighting(&mut self, row: &SightingRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO sightings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let of = &row.sighting;
        self.execute(
            sql,
            &[
                &of.key.session,
                &of.key.message,
                &of.message,
                &of.chat,
                &of.number,
                &of.file,
                &signed(of.text),
                &of.sent,
                &of.received,
                &row.seen,
                &row.proves.map(signed),
            ],
        )?;
        Ok(())
    }

    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>> {
        let sql =
            format!("{SIGHTING} WHERE session = ?1 AND chat = ?2 AND text = ?3 AND seen = 1 ORDER BY number");
        self.all(&sql, &[&session, &chat, &signed(text)], sighting)
    }

    fn free_sightings(&mut self, session: &str, text: u64) -> Result<Vec<SightingRow>> {
        let sql = format!(
            "{SIGHTING} WHERE session = ?1 AND text = ?2 AND seen = 1 AND proves IS NULL ORDER BY number"
        );
        self.all(&sql, &[&session, &signed(text)], sighting)
    }

    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64> {
        Ok(self.execute("DELETE FROM sightings WHERE received < ?1", &[&received_before])? as u64)
    }

    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>> {
        let sql = "SELECT other FROM chat_names WHERE session = ?1 AND chat = ?2";
        self.all(sql, &[&session, &chat], |row| row.get(0))
    }

    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO chat_names VALUES (?1, ?2, ?3), (?1, ?3, ?2)";
        Ok(self.execute(sql, &[&session, &one, &other])? > 0)
    }
}

fn to_json(course: &Course) -> String {
    serde_json::to_string(course).expect("it holds numbers and texts only")
}
