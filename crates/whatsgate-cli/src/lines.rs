//! Events and messages, each in one line.

use whatsgate_native::model::{ChatId, Event, EventData, Message, Unreadable};

use crate::text::plain;

/// An event in one line.
pub(crate) fn event(event: &Event) -> String {
    let date = event.date.as_ref().map_or("                   ", |date| date.as_str());
    let what = match &event.data {
        EventData::Ready(ready) => {
            format!(
                "{} is linked",
                ready.pushname.as_deref().or(ready.number.as_deref()).unwrap_or("the account")
            )
        }
        EventData::Error(report) => report.error.clone().unwrap_or_default(),
        EventData::Disconnect(disconnect) => disconnect.reason.clone().unwrap_or_default(),
        EventData::Other => event.raw_data().map(|raw| raw.as_str().to_owned()).unwrap_or_default(),
        EventData::Unreadable { reason } => format!("cannot be read: {reason}"),
        data => data.message().map(message).unwrap_or_default(),
    };
    plain(&format!("{date}  {:>3}  {:<7} {what}", event.id, event.action.as_str()))
}

/// A person by the number, anything else by the id; `send` takes both.
fn party(id: &ChatId) -> String {
    id.phone().map_or_else(|| id.to_string(), |number| number.to_string())
}

/// A message in one line.
fn message(message: &Message) -> String {
    let party = |id: &Option<ChatId>| id.as_ref().map_or_else(|| "?".to_owned(), party);
    // One's own account is the other end of every message, so it is left out.
    let mut text = if message.id.is_outgoing() {
        format!("to {}:", party(&message.to))
    } else {
        match &message.author {
            Some(_) => format!("from {} in {}:", party(&message.author), party(&message.from)),
            None => format!("from {}:", party(&message.from)),
        }
    };
    let kind = message.kind.as_ref().map(ToString::to_string).filter(|kind| kind != "chat");
    let ack = message.ack.map(|ack| ack.name().map_or_else(|| ack.0.to_string(), str::to_owned));
    if let Some(kind) = kind {
        text.push_str(&format!(" [{kind}]"));
    }
    if !message.body.is_empty() {
        text.push_str(&format!(" {}", message.body));
    }
    if let Some(ack) = ack.filter(|_| message.id.is_outgoing()) {
        text.push_str(&format!(" ({ack})"));
    }
    text
}

/// An element that could not be read, for standard error.
pub(crate) fn unreadable(element: &Unreadable) -> String {
    format!("element {} cannot be read: {}", element.index, element.reason)
}
