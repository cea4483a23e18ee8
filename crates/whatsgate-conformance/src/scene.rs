//! The gateway of a trial.

use whatsgate_sandbox::model::{ChatId, SessionId};
use whatsgate_sandbox::{Fault, FaultRule, Gateway, Incoming, Scene, Settings};

use crate::trial::Trial;

/// When all trials happen: 2022-09-07 18:29:37 UTC, in milliseconds.
const START: u64 = 1_662_575_377_000;

/// Who writes.
const OTHER: &str = "79991112233@c.us";

/// The scene of a trial, the key of its account and its session.
pub(crate) fn scene(trial: &Trial) -> (Scene, String, String) {
    let mut settings = Settings { seed: 7, create_events: false, ..Settings::default() };
    // Refused when the file is read.
    let _ = settings.decide(trial.gateway.settings.clone());
    settings.faults = trial.faults.iter().cloned().chain(replies(trial)).collect();
    let key = settings.api_keys.first().cloned().unwrap_or_default();
    let mut gateway = Gateway::new(settings);
    let session = gateway.ready_session("Conformance", START);
    for text in &trial.gateway.received {
        receive(&mut gateway, &session, text, START);
    }
    let receives = trial.gateway.receives.clone();
    let mut scene = Scene::new(gateway, START);
    if trial.gateway.still {
        scene = scene.still();
    }
    if !receives.is_empty() {
        let session = session.clone();
        scene = scene.after_requests(move |gateway, requests, now| {
            for text in receives.get(&requests).into_iter().flatten() {
                receive(gateway, &session, text, now);
            }
        });
    }
    (scene, key, session.to_string())
}

fn receive(gateway: &mut Gateway, session: &SessionId, text: &str, now: u64) {
    let other = ChatId::new(OTHER).expect("the constant is an id");
    // The session is linked, and a text can always come in.
    let _ = gateway.receive(session, Incoming::text(other, text), now);
}

/// One reply after the other, the last again and again.
fn replies(trial: &Trial) -> impl Iterator<Item = FaultRule> + '_ {
    let last = trial.replies.len().saturating_sub(1);
    trial.replies.iter().enumerate().map(move |(place, reply)| {
        let fault = Fault::Reply {
            status: reply.status,
            body: reply.text.clone(),
            content_type: reply.content_type.clone(),
            acts: reply.status < 300,
        };
        let skip = u32::try_from(place).unwrap_or(u32::MAX);
        FaultRule { skip, times: (place < last).then_some(1), ..FaultRule::new(fault) }
    })
}
