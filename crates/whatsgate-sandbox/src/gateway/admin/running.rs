//! How the gateway runs: its webhooks, its clock, its faults and its settings.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::{FaultRule, Faults};
use crate::gateway::answer::{Answer, Handled};
use crate::gateway::commands::{done, session};
use crate::gateway::course;
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, DeliveryOutcome, State};

pub(super) fn webhooks(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID"])?;
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    let records = state.news.webhooks.records().filter(|record| *record.session == *id);
    let data: Vec<Value> = records
        .map(|record| {
            let (outcome, reason) = match &record.outcome {
                DeliveryOutcome::Acknowledged => ("acknowledged", None),
                DeliveryOutcome::WrongReply => ("wrong reply", None),
                DeliveryOutcome::NoReply(reason) => ("no reply", Some(reason)),
            };
            json!({
                "event": record.event,
                "attempt": record.attempt,
                "outcome": outcome,
                "reason": reason,
            })
        })
        .collect();
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn clock(state: &mut State, _: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["advance"])?;
    if let Some(milliseconds) = fields.count_to("advance", course::LONGEST_MOVE_MS)? {
        course::move_clock(state, Duration::from_millis(milliseconds));
    }
    Ok(json!({ "result": "OK", "data": state.clock.now() }))
}

pub(super) fn faults(state: &mut State, _: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&[])?;
    Ok(json!({ "result": "OK", "data": state.news.faults.rules() }))
}

pub(super) fn set_faults(state: &mut State, _: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["rules", "seed"])?;
    let seed = fields.count("seed")?.unwrap_or(state.settings.seed);
    let rules = fields.value("rules").ok_or_else(|| fields.refuse("rules", "is required"))?;
    let rules = FaultRule::list(rules).map_err(|error| Answer::refused(error.to_string()))?;
    state.news.faults = Faults::new(seed, &rules);
    Ok(done())
}

pub(super) fn settings(state: &mut State, _: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&[])?;
    Ok(json!({ "result": "OK", "data": state.settings.open_questions() }))
}

pub(super) fn set_settings(state: &mut State, _: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["settings"])?;
    let changes = fields.value("settings").ok_or_else(|| fields.refuse("settings", "is required"))?;
    let changes = changes.as_object().ok_or_else(|| fields.refuse("settings", "must be an object"))?;
    let changed = state.settings.decide(changes.clone());
    changed.map_err(|error| Answer::refused(format!("settings.{error}")))?;
    Ok(done())
}
