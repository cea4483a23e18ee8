//! The account's sessions.

use std::collections::BTreeMap;

use whatsgate_native::model::{SessionId, SessionInfo, SessionStatus};

use super::finding::{Finding, Id};
use super::texts::Language;

/// The most sessions that are told of one by one.
const MOST: usize = 20;

/// Looks at the sessions that were listed, and returns those that matter: the one that is named, or all.
pub(super) fn look(
    listed: Vec<SessionInfo>,
    others: Vec<SessionInfo>,
    named: Option<&str>,
    more: bool,
    language: Language,
) -> (Vec<Finding>, Vec<SessionInfo>) {
    let mut findings = Vec::new();
    let all: Vec<_> = listed.into_iter().chain(others).collect();
    findings.extend(twice(&all));
    let named = named.map(str::trim).filter(|named| !named.is_empty());
    let Some(named) = named else {
        if all.is_empty() {
            findings.push(Id::SessionsNone.into());
        }
        let is_any_ready = all.iter().any(SessionInfo::is_ready);
        for (at, session) in all.iter().take(MOST).enumerate() {
            let finding = state(session, at + 1, language);
            // Where one is ready, another one may be meant for later.
            let is_bad = finding.id != Id::SessionReady;
            findings.push(if is_bad && is_any_ready { finding.into_note() } else { finding });
        }
        if more || all.len() > MOST {
            findings.push(Finding::new(Id::SessionsMore).with("count", all.len().min(MOST)));
        }
        return (findings, all);
    };
    let Ok(id) = SessionId::new(named) else {
        findings.push(Id::SessionMalformed.into());
        return (findings, all);
    };
    let at = all.iter().position(|session| session.unique_id == id);
    let Some(at) = at else {
        findings.push(if all.is_empty() {
            Id::SessionsNone.into()
        } else {
            of(Id::SessionMissing, &id, 0, language)
        });
        return (findings, all);
    };
    findings.push(state(&all[at], at + 1, language));
    (findings, vec![all[at].clone()])
}

fn state(session: &SessionInfo, number: usize, language: Language) -> Finding {
    let id = match &session.status {
        Some(SessionStatus::Ready) => Id::SessionReady,
        Some(SessionStatus::Auth) => Id::SessionUnlinked,
        Some(SessionStatus::Pending) => Id::SessionPending,
        Some(SessionStatus::Destroying) => Id::SessionEnding,
        _ => Id::SessionOther,
    };
    of(id, &session.unique_id, number, language)
}

/// A finding about a session, the first one of which has the number 1; what was typed has 0. Its id is shown if it looks like
/// one, and never handed on: somebody may have typed a number or a name in its place.
pub(super) fn of(id: Id, session: &SessionId, number: usize, language: Language) -> Finding {
    let numbered = language.say("session", &[("number", &number)]);
    let looks_right = |text: &str| {
        text.len() == 13
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && (number > 0 || text.bytes().any(|byte| byte.is_ascii_lowercase()))
    };
    let shown = session.as_str();
    // Somebody may have taken a number for it.
    let masked = || crate::report::without_numbers(&shown.chars().take(40).collect::<String>());
    let shown = if looks_right(shown) { shown.to_owned() } else { crate::text::plain(&masked()) };
    Finding::new(id).with_own("session", shown, numbered)
}

/// Accounts of WhatsApp that several ready sessions are linked to.
fn twice(sessions: &[SessionInfo]) -> Vec<Finding> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.is_ready()) {
        if let Some(account) = &session.wid {
            *counts.entry(account.as_str()).or_default() += 1;
        }
    }
    let several = counts.into_values().filter(|count| *count > 1);
    several.map(|count| Finding::new(Id::AccountTwice).with("count", count)).collect()
}
