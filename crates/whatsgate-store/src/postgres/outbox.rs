//! The outbox of a store in a database of PostgreSQL.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::outbox::{Class, Course, Draft, Entry, Key, Proof, State};
use whatsgate_core::durable::receipts::ReceiptKey;

use super::connection::Value;
use super::text::{from_stored, to_stored};
use super::{Postgres, Result, get, limit, receipt_key, signed, stored, text_at, unsigned};
use crate::tables::{OutboxFilter, OutboxTables, Sendable, SightingRow, read_course};

fn outbox_entry(row: &Row) -> Result<Entry> {
    let created = row.try_get(10)?;
    let course: Option<String> = row.try_get(11)?;
    let course = course.map(from_stored);
    let (message, file): (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    Ok(Entry {
        id: unsigned(row.try_get(0)?),
        key: Key { program: text_at(row, 1)?, key: text_at(row, 2)? },
        draft: Draft {
            session: text_at(row, 3)?,
            recipient: text_at(row, 4)?,
            message: message.map(from_stored).unwrap_or_default(),
            file: file.map(from_stored),
            class: Class::from_code(row.try_get(7)?).unwrap_or_default(),
            not_before: row.try_get(8)?,
            expires: row.try_get(9)?,
        },
        created,
        course: read_course(course.as_deref(), created),
    })
}

fn sighting(row: &Row) -> Result<SightingRow> {
    let proves: Option<i64> = row.try_get(10)?;
    Ok(SightingRow {
        sighting: Sighting {
            key: ReceiptKey { session: text_at(row, 0)?, message: text_at(row, 1)? },
            message: text_at(row, 2)?,
            chat: text_at(row, 3)?,
            number: row.try_get(4)?,
            file: row.try_get(5)?,
            text: unsigned(row.try_get(6)?),
            sent: row.try_get(7)?,
            received: row.try_get(8)?,
        },
        seen: row.try_get(9)?,
        proves: proves.map(unsigned),
    })
}

/// The values of a course from the second column on: state, due, changed, ended, text, other text, compare, course.
fn course_values(course: &Course) -> Vec<Value> {
    let ended = course.attempt.as_ref().and_then(|attempt| attempt.ended);
    let texts = course.content.as_ref().map(|content| &content.texts[..]).unwrap_or_default();
    let mut texts = texts.iter().map(|text| signed(*text));
    let compare = course.state == State::Sent && course.proof == Some(Proof::Id) && !course.compared;
    let json = serde_json::to_string(course).expect("it holds numbers and texts only");
    vec![
        Box::new(course.state.code()),
        Box::new(course.due),
        Box::new(course.changed),
        Box::new(ended),
        Box::new(texts.next()),
        Box::new(texts.next()),
        Box::new(compare),
        Box::new(stored(&json)),
    ]
}

macro_rules! outbox {
    ($rest:literal) => {
        concat!(
            "SELECT id, program, key, session, recipient, message, file, class, not_before, expires, created, course ",
            "FROM whatsgate.outbox AS entry ",
            $rest
        )
    };
}

macro_rules! sightings {
    ($($rest:tt)*) => {
        concat!(
            "SELECT session, short, message, chat, number, file, text, sent, received, seen, proves ",
            "FROM whatsgate.sightings ",
            $($rest)*
        )
    };
}

impl OutboxTables for Postgres {
    fn lock_outbox(&mut self) -> Result<()> {
        self.lock();
        Ok(())
    }

    fn outbox_entry(&mut self, key: &Key) -> Result<Option<Entry>> {
        let sql = outbox!("WHERE program = $1 AND key = $2");
        self.one(sql, &[&stored(&key.program), &stored(&key.key)], outbox_entry)
    }

    fn add_outbox_entry(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        const ADD: &str = "INSERT INTO whatsgate.outbox (state, due, changed, ended, text, other_text, compare, course, \
                           program, key, session, recipient, message, file, class, not_before, expires, created, chat) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
        let (key, draft) = (&entry.key, &entry.draft);
        let mut values = course_values(&entry.course);
        let more: [Value; 11] = [
            Box::new(stored(&key.program)),
            Box::new(stored(&key.key)),
            Box::new(stored(&draft.session)),
            Box::new(stored(&draft.recipient)),
            Box::new(stored(&draft.message)),
            Box::new(draft.file.as_deref().map(stored)),
            Box::new(draft.class.code()),
            Box::new(draft.not_before),
            Box::new(draft.expires),
            Box::new(entry.created),
            Box::new(chat.map(stored)),
        ];
        values.extend(more);
        self.connection.write(ADD, values);
        Ok(())
    }

    fn put_course(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()> {
        const PUT: &str = "UPDATE whatsgate.outbox SET state = $1, due = $2, changed = $3, ended = $4, text = $5, \
                           other_text = $6, compare = $7, course = $8, chat = coalesce($9, chat) WHERE id = $10";
        let mut values = course_values(&entry.course);
        values.push(Box::new(chat.map(stored)));
        values.push(Box::new(signed(entry.id)));
        self.connection.write(PUT, values);
        Ok(())
    }

    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<Entry>> {
        // A state at a time, because the index has them apart.
        const OF_STATE: &str = outbox!(
            "WHERE state = $1 AND id > $2 AND ($3::text IS NULL OR program = $3) AND starts_with(key, $4) ORDER BY id LIMIT $5"
        );
        const OF_ANY: &str = outbox!(
            "WHERE id > $1 AND ($2::text IS NULL OR program = $2) AND starts_with(key, $3) ORDER BY id LIMIT $4"
        );
        let (program, prefix) = (filter.program.as_deref().map(stored), stored(&filter.prefix));
        let (after, limit) = (signed(filter.after), limit(most));
        if filter.states.is_empty() {
            return self.all(OF_ANY, &[&after, &program, &prefix, &limit], outbox_entry);
        }
        let mut found = Vec::new();
        for state in &filter.states {
            let values: [&(dyn ToSql + Sync); 5] = [&state.code(), &after, &program, &prefix, &limit];
            found.extend(self.all(OF_STATE, &values, outbox_entry)?);
        }
        found.sort_by_key(|entry| entry.id);
        found.truncate(most);
        Ok(found)
    }

    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>> {
        let sql = "SELECT state, count(*) FROM whatsgate.outbox WHERE ($1::text IS NULL OR program = $1) \
                   AND starts_with(key, $2) GROUP BY state ORDER BY state";
        let (program, prefix) = (filter.program.as_deref().map(stored), stored(&filter.prefix));
        let read = |row: &Row| Ok((get::<i16>(row, 0)?, unsigned(get(row, 1)?)));
        let counts = self.all(sql, &[&program, &prefix], read)?;
        Ok(counts
            .into_iter()
            .filter_map(|(code, count)| State::from_code(code).map(|state| (state, count)))
            .collect())
    }

    fn outbox_sessions(&mut self) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT session FROM whatsgate.outbox WHERE state = 0";
        self.all(sql, &[], |row| text_at(row, 0))
    }

    fn unread_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        let sql = outbox!("WHERE state = 0 AND chat IS NULL ORDER BY id LIMIT $1");
        self.all(sql, &[&limit(most)], outbox_entry)
    }

    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<Entry>> {
        const READY: &str = outbox!(
            "WHERE session = $1 AND state = 0 AND chat IS NOT NULL AND due <= $2 AND not_before <= $2 \
             AND ($5::text IS NULL OR (entry.program = $5 AND entry.key = $6)) \
             AND NOT EXISTS (SELECT 1 FROM json_array_elements_text($7::text::json) AS held (beginning) \
             WHERE starts_with(entry.program || chr(31) || entry.key, beginning)) \
             AND (expires IS NULL OR expires > $2) AND NOT EXISTS (SELECT 1 FROM whatsgate.outbox AS other \
             WHERE other.session = $1 AND other.chat = entry.chat AND other.state IN (0, 1, 5) AND (other.state = 1 \
             OR (other.state = 5 AND other.ended > $3) OR (other.state = 0 AND other.id < entry.id \
             AND other.class <= entry.class AND other.not_before <= $2 \
             AND ($5::text IS NULL OR (other.program = $5 AND other.key = $6)) \
             AND NOT EXISTS (SELECT 1 FROM json_array_elements_text($7::text::json) AS held (beginning) \
             WHERE starts_with(other.program || chr(31) || other.key, beginning)) \
             AND (other.expires IS NULL OR other.expires > $2)))) ORDER BY class, id LIMIT $4"
        );
        let only = sendable.only.as_ref();
        let (program, key) = (only.map(|key| stored(&key.program)), only.map(|key| stored(&key.key)));
        let held = sendable.held_json(|text| to_stored(text).into_owned());
        self.all(
            READY,
            &[&stored(session), &now, &unknown_since, &limit(most), &program, &key, &held],
            outbox_entry,
        )
    }

    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>> {
        let sql = "SELECT min(greatest(due, not_before)) FROM whatsgate.outbox WHERE session = $1 AND state = 0 \
                   AND greatest(due, not_before) > $2";
        let due: Option<Option<i64>> = self.one(sql, &[&stored(session), &now], |row| get(row, 0))?;
        Ok(due.flatten())
    }

    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<Entry>> {
        let sql = outbox!("WHERE state = 0 AND expires IS NOT NULL AND expires <= $1 LIMIT $2");
        self.all(sql, &[&now, &limit(most)], outbox_entry)
    }

    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<Entry>> {
        const OPEN: &str = outbox!(
            "WHERE session = $1 AND chat = $2 AND state IN (3, 4, 5, 6) \
             AND ($3::bigint IS NULL OR text = $3 OR other_text = $3) ORDER BY id"
        );
        self.all(OPEN, &[&stored(session), &stored(chat), &text.map(signed)], outbox_entry)
    }

    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<Entry>> {
        self.all(outbox!("WHERE compare ORDER BY id LIMIT $1"), &[&limit(most)], outbox_entry)
    }

    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<Entry>> {
        self.one(outbox!("WHERE id = $1"), &[&signed(id)], outbox_entry)
    }

    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64> {
        let sql = "UPDATE whatsgate.outbox SET message = NULL, file = NULL \
                   WHERE state NOT IN (0, 1, 5) AND changed < $1 AND message IS NOT NULL";
        Ok(self.connection.ask(sql, &[&changed_before])?.changed)
    }

    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>> {
        const OF: &str = sightings!("WHERE key = ", receipt_key!("$1::text", "$2::text"));
        self.one(OF, &[&stored(&key.session), &stored(&key.message)], sighting)
    }

    fn put_sighting(&mut self, row: &SightingRow) -> Result<()> {
        const PUT: &str = concat!(
            "INSERT INTO whatsgate.sightings VALUES (",
            receipt_key!("$1::text", "$2::text"),
            ", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (key) DO UPDATE SET message = excluded.message, ",
            "chat = excluded.chat, number = excluded.number, file = excluded.file, text = excluded.text, ",
            "sent = excluded.sent, received = excluded.received, seen = excluded.seen, proves = excluded.proves"
        );
        let of = &row.sighting;
        let values: Vec<Value> = vec![
            Box::new(stored(&of.key.session)),
            Box::new(stored(&of.key.message)),
            Box::new(stored(&of.message)),
            Box::new(stored(&of.chat)),
            Box::new(of.number),
            Box::new(of.file),
            Box::new(signed(of.text)),
            Box::new(of.sent),
            Box::new(of.received),
            Box::new(row.seen),
            Box::new(row.proves.map(signed)),
        ];
        self.connection.write(PUT, values);
        Ok(())
    }

    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>> {
        const OF_CHAT: &str = sightings!(
            "WHERE hashtextextended(chat, 0) = hashtextextended($2, 0) AND text = $3 AND seen AND session = $1 ",
            "AND chat = $2 ORDER BY number"
        );
        self.all(OF_CHAT, &[&stored(session), &stored(chat), &signed(text)], sighting)
    }

    fn free_sightings(&mut self, session: &str, text: u64) -> Result<Vec<SightingRow>> {
        const FREE: &str =
            sightings!("WHERE text = $2 AND seen AND proves IS NULL AND session = $1 ORDER BY number");
        self.all(FREE, &[&stored(session), &signed(text)], sighting)
    }

    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64> {
        let sql = "DELETE FROM whatsgate.sightings WHERE received < $1";
        Ok(self.connection.ask(sql, &[&received_before])?.changed)
    }

    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>> {
        let sql = "SELECT other FROM whatsgate.chat_names WHERE hashtextextended(chat, 0) = hashtextextended($2, 0) \
                   AND session = $1 AND chat = $2 ORDER BY key";
        self.all(sql, &[&stored(session), &stored(chat)], |row| text_at(row, 0))
    }

    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool> {
        const ADD: &str = concat!(
            "INSERT INTO whatsgate.chat_names VALUES (",
            receipt_key!("$1::text || '/' || length($2::text) || '/' || $2::text", "$3::text"),
            ", $1, $2, $3), (",
            receipt_key!("$1::text || '/' || length($3::text) || '/' || $3::text", "$2::text"),
            ", $1, $3, $2) ON CONFLICT (key) DO NOTHING"
        );
        Ok(self.connection.ask(ADD, &[&stored(session), &stored(one), &stored(other)])?.changed > 0)
    }
}
