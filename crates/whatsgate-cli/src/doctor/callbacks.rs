//! Where the sessions' events are posted to.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use whatsgate_durable::{HookOwner, Store, hook_owner};
use whatsgate_native::model::SessionInfo;

use super::finding::{Finding, Id};
use super::http::{Silence, post};
use super::texts::Language;
use super::{place, sessions};

/// How long a callback may take to answer a probe, and how long is slow.
const PROBE: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_secs(5);
/// The most callbacks that are looked at.
const MOST: usize = 20;

/// What callbacks are looked at with.
pub(super) struct Look<'a> {
    pub(super) client: &'a Client,
    /// Whether the gateway is neither on this machine nor in its network.
    pub(super) is_outside: bool,
    /// The store, if there is one that opens.
    pub(super) store: Option<&'a Store>,
    /// Whether a post may be sent to each of them.
    pub(super) probe: bool,
    pub(super) language: Language,
}

impl Look<'_> {
    /// Looks at the callbacks of sessions.
    pub(super) async fn at(&self, all: &[SessionInfo]) -> Vec<Finding> {
        let mut findings = self.shared(all);
        let mut to_probe: Vec<(usize, &SessionInfo, Url)> = Vec::new();
        for (at, session) in all.iter().take(MOST).enumerate() {
            let about = |id| sessions::of(id, &session.unique_id, at + 1, self.language);
            let Some(callback) = session.callback.as_deref() else {
                findings.push(about(Id::CallbackNone));
                continue;
            };
            let url = Url::parse(callback).ok();
            let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            else {
                findings.push(about(Id::CallbackMalformed));
                continue;
            };
            let shown = self.shown(&url);
            let with_callback = |id| about(id).with_own("callback", shown.0.clone(), shown.1.clone());
            let is_unreachable = self.is_outside && place::is_private(&url);
            findings.push(with_callback(match self.owner(callback).await {
                _ if is_unreachable => Id::CallbackPrivate,
                HookOwner::Session(owner) if owner == session.unique_id => Id::CallbackOurs,
                HookOwner::Session(_) => Id::CallbackOfOther,
                HookOwner::Foreign => Id::CallbackForeign,
                HookOwner::NoHooks => Id::CallbackSet,
            }));
            if url.scheme() == "http" && !place::is_private(&url) {
                findings.push(with_callback(Id::CallbackPlain));
            }
            if to_probe.iter().all(|(.., known)| *known != url) {
                to_probe.push((at + 1, session, url));
            }
        }
        if self.probe {
            let probes = to_probe.into_iter().map(|(number, session, url)| async move {
                let found = self.probed(url).await;
                found.at(sessions::of(found.id, &session.unique_id, number, self.language))
            });
            findings.extend(join_all(probes).await);
        } else if !to_probe.is_empty() {
            findings.push(Id::CallbackUnprobed.into());
        }
        findings
    }

    /// Callbacks that several sessions have.
    fn shared(&self, all: &[SessionInfo]) -> Vec<Finding> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for callback in all.iter().filter_map(|session| session.callback.as_deref()) {
            *counts.entry(callback).or_default() += 1;
        }
        let several = counts.into_iter().filter(|(_, count)| *count > 1);
        let finding = |(callback, count): (&str, usize)| {
            let shown = Url::parse(callback).map(|url| self.shown(&url)).unwrap_or_default();
            Finding::new(Id::CallbackShared).with_own("callback", shown.0, shown.1).with("count", count)
        };
        several.map(finding).collect()
    }

    /// What is shown of a callback, whose path is a secret, and what is handed on.
    fn shown(&self, url: &Url) -> (String, String) {
        (format!("{}/…", place::origin(url)), self.language.say("callback", &[]))
    }

    /// Whose path it is in the store. What cannot be read there is told of the store.
    async fn owner(&self, callback: &str) -> HookOwner {
        match self.store {
            Some(store) => hook_owner(store, callback).await.unwrap_or(HookOwner::NoHooks),
            None => HookOwner::NoHooks,
        }
    }

    /// Posts something that is no event. Its body cannot be guessed, so that nobody takes it for anything else.
    async fn probed(&self, url: Url) -> Probed {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = serde_json::json!({ "whatsgate_doctor": random() }).to_string();
        match post(self.client, url, headers, body.into_bytes(), PROBE).await {
            Ok(answer) => Probed {
                id: match answer.status {
                    300..=399 => Id::CallbackRedirects,
                    // A receiver that looks at what it is sent says that this is no event.
                    400 | 413 | 415 | 422 if answer.took > SLOW => Id::CallbackSlow,
                    400 | 413 | 415 | 422 if !answer.is_html() => Id::CallbackAnswers,
                    400..=499 => Id::CallbackRefuses,
                    500.. => Id::CallbackFails,
                    _ if answer.is_html() => Id::CallbackHtml,
                    _ if answer.took > SLOW => Id::CallbackSlow,
                    _ => Id::CallbackAnswers,
                },
                status: answer.status,
                took: answer.took,
            },
            Err(silence) => Probed {
                id: match silence {
                    Silence::Connect(Some(_)) => Id::CallbackTls,
                    Silence::Connect(None) | Silence::Broken => Id::CallbackUnreachable,
                    Silence::Timeout => Id::CallbackSilent,
                },
                status: 0,
                took: PROBE,
            },
        }
    }
}

/// What a probe showed.
struct Probed {
    id: Id,
    status: u16,
    took: Duration,
}

impl Probed {
    fn at(&self, finding: Finding) -> Finding {
        finding
            .with("status", self.status)
            .with("ms", self.took.as_millis())
            .with("seconds", self.took.as_secs())
    }
}

/// 128 random bits.
fn random() -> String {
    let mut bytes = [0; 16];
    // Without them the body can be guessed, and is as harmless.
    let _ = getrandom::fill(&mut bytes);
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
