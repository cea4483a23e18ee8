//! Lists for people.

use whatsgate_native::model::{Chat, SessionInfo, WireDate};
use whatsgate_serve::tokens::TokenInfo;

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

/// The programs that have a token as a table.
pub(crate) fn tokens(tokens: &[TokenInfo]) -> String {
    let mut listing = Listing::new(&[Id("Program"), Text("Made (UTC)")]);
    for token in tokens {
        listing.rows.push(vec![token.program.clone(), minute(token.created)]);
    }
    listing.to_string()
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

/// Milliseconds as a time without seconds.
pub(crate) fn minute(millis: i64) -> String {
    time(Some(millis.div_euclid(1000)))
}

/// Milliseconds as a time.
pub(crate) fn millis(millis: i64) -> String {
    WireDate::from_unix_seconds_as_utc(millis.div_euclid(1000)).to_string()
}
