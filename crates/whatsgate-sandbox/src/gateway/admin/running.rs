//! How the gateway runs: its webhooks, its clock and its faults.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Gateway;
use super::super::answer::Answer;
use super::super::commands::{done, session};
use super::super::faults::FaultRule;
use super::super::fields::Fields;
use super::super::webhooks::DeliveryOutcome;

pub(super) fn webhooks(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = session(gateway, account, fields)?.id.clone();
    let records = gateway.webhooks.records().filter(|record| *record.session == *id);
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

pub(super) fn clock(gateway: &mut Gateway, _: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    if let Some(milliseconds) = fields.count("advance")? {
        gateway.move_clock(Duration::from_millis(milliseconds), gateway.outer_now());
    }
    Ok(json!({ "result": "OK", "data": gateway.now }))
}

#[expect(clippy::unnecessary_wraps, reason = "all commands have this form")]
pub(super) fn faults(gateway: &mut Gateway, _: usize, _: &Fields<'_>) -> Result<Value, Answer> {
    Ok(json!({ "result": "OK", "data": gateway.faults.rules().collect::<Vec<_>>() }))
}

pub(super) fn set_faults(gateway: &mut Gateway, _: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let seed = fields.count("seed")?.unwrap_or(gateway.settings.seed);
    let rules = fields.value("rules").ok_or_else(|| fields.refuse("rules", "is required"))?;
    let rules = Vec::<FaultRule>::deserialize(rules);
    let rules = rules.map_err(|error| fields.refuse("rules", &error.to_string()))?;
    gateway.set_faults(seed, &rules);
    Ok(done())
}
