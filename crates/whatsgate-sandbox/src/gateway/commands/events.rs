//! `events-get` (wire reference, section 2.6).

use serde_json::Value;
use whatsgate_model::WireDate;

use super::paging::Paging;
use crate::faults::Fault;
use crate::gateway::answer::Handled;
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, Event, State};
use crate::settings::{DateFilter, EventOrder};

pub(super) fn events_get(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let session = fields.text("WhatsappID")?;
    let action = fields.text("action")?;
    let date = fields.text("date")?;
    if let Some(Err(error)) = date.map(WireDate::new) {
        return Err(fields.refuse("date", error.why()));
    }
    let paging = Paging::read_limited(fields)?;
    let settings = &state.settings;
    let now = state.clock.now();
    // Dates have one width, so that they compare as text.
    let late_enough = |event: &Event| {
        date.is_none_or(|date| match settings.date_filter {
            DateFilter::Inclusive => &*event.date >= date,
            DateFilter::Exclusive => &*event.date > date,
        })
    };
    let events = state
        .news
        .events
        .since(date)
        .filter(|event| event.account == account)
        .filter(|event| session.is_none_or(|session| *event.session == *session))
        .filter(|event| action.is_none_or(|action| *event.action == *action))
        .filter(|event| late_enough(event) && event.listed_from <= now);
    let mut reply = match settings.event_order {
        EventOrder::OldestFirst => paging.reply(events, |event| event.to_listed()),
        EventOrder::NewestFirst => paging.reply(events.rev(), |event| event.to_listed()),
    };
    for fault in state.news.faults.of_list(session) {
        match fault {
            Fault::ForgetEvents { count } => state.news.events.forget(count),
            Fault::RepeatEvents => repeat(&mut reply),
            _ => {}
        }
    }
    Ok(reply)
}

/// Lists every event of the page a second time, right behind the first.
fn repeat(reply: &mut Value) {
    if let Some(events) = reply["data"].as_array_mut() {
        *events = events.drain(..).flat_map(|event| [event.clone(), event]).collect();
    }
}
