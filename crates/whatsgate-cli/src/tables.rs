//! Lists for people.

use whatsgate_native::model::{Chat, SessionInfo, WireDate};

use crate::consumers::Seen;
use crate::dead_letters::DeadLetter;
use crate::listing::Column::{Id, Text};
use crate::listing::Listing;
use crate::text::plain;

fn time(seconds: Option<i64>) -> String {
    let mut text =
        seconds.map(|seconds| WireDate::from_unix_seconds_as_utc(seconds).to_string()).unwrap_or_default();
    // Without seconds a row fits into 80 columns.
    text.truncate("YYYY-MM-DD HH:MM".len());
    text
}

fn notes(chat: &Chat) -> String {
    let notes = [(chat.pinned, "pinned"), (chat.is_muted, "muted"), (chat.is_read_only, "read only")];
    let held: Vec<&str> = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note).collect();
    held.join(", ")
}

/// The chats as a table, the last active first.
pub(crate) fn chats(chats: &[Chat]) -> String {
    let mut sorted: Vec<&Chat> = chats.iter().collect();
    sorted.sort_by_key(|chat| std::cmp::Reverse(chat.timestamp));
    let notable = chats.iter().any(|chat| !notes(chat).is_empty());
    let head = [Id("Chat"), Text("Name"), Text("Kind"), Text("Unread"), Text("Active (UTC)"), Text("Notes")];
    let mut listing = Listing::new(if notable { &head } else { &head[..5] });
    for chat in sorted {
        let kind = match chat.group() {
            Some(group) => format!("group of {}", group.participants.len()),
            None if chat.is_group() => "group".to_owned(),
            None => "contact".to_owned(),
        };
        let mut row = vec![
            chat.id.to_string(),
            plain(&chat.name),
            kind,
            chat.unread_count.to_string(),
            time(chat.timestamp),
        ];
        if notable {
            row.push(notes(chat));
        }
        listing.rows.push(row);
    }
    listing.to_string()
}

/// The sessions as a table.
pub(crate) fn sessions(sessions: &[SessionInfo]) -> String {
    let head = [Id("Session"), Text("Name"), Text("State"), Id("Account"), Text("Webhook"), Text("Created")];
    let mut listing = Listing::new(&head);
    for session in sessions {
        let account = [session.pushname.clone(), session.wid.as_ref().map(ToString::to_string)];
        listing.rows.push(vec![
            session.unique_id.to_string(),
            plain(&session.name),
            plain(&session.status.as_ref().map(ToString::to_string).unwrap_or_default()),
            account.iter().flatten().map(|text| plain(text)).collect::<Vec<_>>().join("\n"),
            plain(session.callback.as_deref().unwrap_or_default()),
            session.date_add.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    listing.to_string()
}

/// Milliseconds as a time.
pub(crate) fn millis(millis: i64) -> String {
    WireDate::from_unix_seconds_as_utc(millis.div_euclid(1000)).to_string()
}

/// Dead letters as a table.
pub(crate) fn dead_letters(letters: &[DeadLetter]) -> String {
    let head = [
        Id("Position"),
        Id("Consumer"),
        Id("Event"),
        Text("Chat"),
        Text("Tries"),
        Text("Since (UTC)"),
        Text("Reason"),
    ];
    let mut listing = Listing::new(&head);
    for DeadLetter { consumer, letter, entry } in letters {
        let mut row = vec![letter.position.to_string(), plain(consumer)];
        row.extend(match entry {
            Some(entry) => [format!("{} {}", entry.key(), plain(&entry.identity.action)), plain(&entry.chat)],
            None => [String::new(), String::new()],
        });
        row.extend([
            letter.tries.to_string(),
            time(Some(letter.due.div_euclid(1000))),
            plain(&letter.reason),
        ]);
        listing.rows.push(row);
    }
    listing.to_string()
}

/// The consumers as a table.
pub(crate) fn consumers(consumers: &[Seen]) -> String {
    let head = [
        Id("Consumer"),
        Text("State"),
        Text("Behind"),
        Text("Waiting"),
        Text("Dead"),
        Text("Seen (UTC)"),
        Text("Workers"),
    ];
    let mut listing = Listing::new(&head);
    for consumer in consumers {
        let workers = consumer.workers.iter().map(|(worker, partitions)| {
            format!("process {} ({partitions} of {})", plain(worker), consumer.row.partitions)
        });
        listing.rows.push(vec![
            plain(&consumer.row.name),
            consumer.state().to_owned(),
            format!("{}{}", consumer.behind.count, if consumer.behind.is_least { " or more" } else { "" }),
            consumer.parked.to_string(),
            consumer.dead.to_string(),
            time(Some(consumer.row.seen.div_euclid(1000))),
            workers.collect::<Vec<_>>().join("\n"),
        ]);
    }
    listing.to_string()
}
