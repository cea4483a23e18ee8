//! Which faults happen, decided by a seed.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error_form::ErrorForm;
use super::rules::{Befalls, Fault, FaultRule};

/// What rules choose by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The command's name, or the event's action.
    pub(crate) name: &'a str,
    pub(crate) session: Option<&'a str>,
    pub(crate) chat: Option<&'a str>,
}

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// How long to wait before acting, as long as the client waits.
    pub latency: Duration,
    /// Pieces in which the reply comes: their size, and the time between two.
    pub drip: Option<(usize, Duration)>,
    /// Whether the command takes effect.
    pub acts: bool,
    /// How much later it does, whatever becomes of its client.
    pub late: Option<Duration>,
    /// What the client gets.
    pub reply: PlannedReply,
    /// Headers of the reply.
    pub headers: Vec<(String, String)>,
}

/// What a client gets for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedReply {
    /// The answer.
    Whole,
    /// Something else: status, content type and body.
    Instead(u16, String, String),
    /// The first bytes of the answer.
    Truncated(usize),
    /// The first bytes of the answer, and then the connection closes.
    BrokenOff(usize),
    /// The connection closes: before the request is read if the command does not act, after it acted otherwise.
    Closed,
}

impl PlannedReply {
    /// Whether the client gets something of the command's own answer.
    pub(crate) fn is_of_answer(&self) -> bool {
        matches!(self, Self::Whole | Self::Truncated(_) | Self::BrokenOff(_))
    }
}

/// The rules, and how often they matched.
///
/// Requests draw by themselves: what befalls them is decided outside of the state, which must be the same again when what
/// came in is repeated.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<FaultRule>,
    requests: Drawing,
    inside: Drawing,
}

impl Faults {
    pub(crate) fn new(seed: u64, rules: &[FaultRule]) -> Self {
        let (requests, inside): (Vec<_>, Vec<_>) =
            rules.iter().cloned().partition(|rule| rule.fault.befalls() == Befalls::Requests);
        Self {
            rules: rules.to_vec(),
            requests: Drawing::new(seed, requests),
            inside: Drawing::new(seed, inside),
        }
    }

    pub(crate) fn rules(&self) -> &[FaultRule] {
        &self.rules
    }

    /// Whether a request of this command has to be read before it is known what befalls it.
    pub(crate) fn need_body(&self, command: &str) -> bool {
        self.requests.rules.iter().any(|counted| {
            let rule = &counted.rule;
            let concerned = rule.on.as_deref().is_none_or(|on| on == command);
            concerned && (rule.session.is_some() || rule.chat.is_some())
        })
    }

    /// What goes wrong with a request. Waiting adds up; of the replies the first rule's counts.
    pub(crate) fn of_request(&mut self, subject: Subject<'_>, now: u64) -> FaultPlan {
        let mut plan = FaultPlan {
            latency: Duration::ZERO,
            drip: None,
            acts: true,
            late: None,
            reply: PlannedReply::Whole,
            headers: Vec::new(),
        };
        for (place, fault) in self.requests.draw(subject, Befalls::Requests) {
            let (acts, reply) = match fault {
                Fault::Latency { ms, jitter_ms } => {
                    plan.latency = plan.latency.saturating_add(self.requests.time(ms, jitter_ms));
                    continue;
                }
                Fault::Late { ms, jitter_ms } => {
                    let late = self.requests.time(ms, jitter_ms);
                    plan.late = Some(plan.late.unwrap_or_default().saturating_add(late));
                    continue;
                }
                Fault::Drip { bytes, ms } => {
                    plan.drip = Some((bytes.max(1), Duration::from_millis(ms)));
                    continue;
                }
                Fault::RateLimit { requests, ms } => {
                    let found = self.requests.rules[place].quota.take(requests, ms, now);
                    plan.headers.extend(found.headers(requests));
                    if !found.exceeded {
                        continue;
                    }
                    (false, instead(ErrorForm::TooManyRequests))
                }
                Fault::Error { form, acts } => {
                    (acts.unwrap_or(form == ErrorForm::EvaluationFailed), instead(form))
                }
                Fault::Reply { status, body, content_type, acts } => {
                    (acts, PlannedReply::Instead(status, content_type, body))
                }
                Fault::Header { name, value } => {
                    plan.headers.push((name, value));
                    continue;
                }
                Fault::Truncate { bytes } => (true, PlannedReply::Truncated(bytes)),
                Fault::BreakOff { bytes } => (true, PlannedReply::BrokenOff(bytes)),
                Fault::CloseBefore => (false, PlannedReply::Closed),
                Fault::CloseAfter => (true, PlannedReply::Closed),
                _ => continue,
            };
            if plan.reply == PlannedReply::Whole {
                plan.acts = acts;
                plan.reply = reply;
            }
        }
        plan
    }

    /// Whether reading a list of events may change something.
    pub(crate) fn befall_lists(&self) -> bool {
        self.inside.rules.iter().any(|counted| counted.rule.fault.befalls() == Befalls::Lists)
    }

    /// What goes wrong with a message that is sent.
    pub(crate) fn of_send(&mut self, session: &str, chat: &str) -> Vec<Fault> {
        let subject = Subject { name: "send", session: Some(session), chat: Some(chat) };
        self.inside(subject, Befalls::Sends)
    }

    /// What goes wrong with a list of events.
    pub(crate) fn of_list(&mut self, session: Option<&str>) -> Vec<Fault> {
        self.inside(Subject { name: "events-get", session, chat: None }, Befalls::Lists)
    }

    /// What goes wrong with an event.
    pub(crate) fn of_event(&mut self, subject: Subject<'_>) -> Vec<Fault> {
        self.inside(subject, Befalls::Events)
    }

    /// What goes wrong with the webhook of an event.
    pub(crate) fn of_webhook(&mut self, subject: Subject<'_>) -> Vec<Fault> {
        self.inside(subject, Befalls::Webhooks)
    }

    fn inside(&mut self, subject: Subject<'_>, befallen: Befalls) -> Vec<Fault> {
        self.inside.draw(subject, befallen).into_iter().map(|(_, fault)| fault).collect()
    }
}

/// Without what befalls requests, which is decided outside of the state.
impl Serialize for Faults {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self.inside.rules.iter();
        let rules: Vec<_> = rules.map(|counted| (&counted.rule, counted.met, counted.happened)).collect();
        (self.inside.random.get_seed(), rules).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Faults {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (seed, saved) = <(u64, Vec<(FaultRule, u32, u32)>)>::deserialize(deserializer)?;
        let rules: Vec<FaultRule> = saved.iter().map(|(rule, _, _)| rule.clone()).collect();
        let mut faults = Self::new(seed, &rules);
        for (counted, (_, met, happened)) in faults.inside.rules.iter_mut().zip(saved) {
            (counted.met, counted.happened) = (met, happened);
        }
        Ok(faults)
    }
}

fn instead(form: ErrorForm) -> PlannedReply {
    let (status, content_type, body) = form.reply();
    PlannedReply::Instead(status, content_type.to_owned(), body)
}

/// Rules and the chance that decides about them.
#[derive(Debug)]
struct Drawing {
    random: fastrand::Rng,
    rules: Vec<CountedRule>,
}

#[derive(Debug)]
struct CountedRule {
    rule: FaultRule,
    met: u32,
    happened: u32,
    quota: Quota,
}

impl Drawing {
    fn new(seed: u64, rules: Vec<FaultRule>) -> Self {
        let counted = |rule| CountedRule { rule, met: 0, happened: 0, quota: Quota::default() };
        Self { random: fastrand::Rng::with_seed(seed), rules: rules.into_iter().map(counted).collect() }
    }

    /// The faults that happen, with the places of their rules.
    fn draw(&mut self, subject: Subject<'_>, befallen: Befalls) -> Vec<(usize, Fault)> {
        let mut faults = Vec::new();
        for (place, counted) in self.rules.iter_mut().enumerate() {
            let rule = &counted.rule;
            let is = |wanted: &Option<String>, found| wanted.as_deref().is_none_or(|it| Some(it) == found);
            let concerned = rule.fault.befalls() == befallen
                && is(&rule.on, Some(subject.name))
                && is(&rule.session, subject.session)
                && is(&rule.chat, subject.chat)
                && rule.times.is_none_or(|times| counted.happened < times);
            if !concerned {
                continue;
            }
            counted.met = counted.met.saturating_add(1);
            if counted.met > rule.skip && self.random.f64() < rule.probability {
                counted.happened = counted.happened.saturating_add(1);
                faults.push((place, rule.fault.clone()));
            }
        }
        faults
    }

    fn time(&mut self, ms: u64, jitter_ms: u64) -> Duration {
        Duration::from_millis(ms.saturating_add(self.random.u64(0..=jitter_ms)))
    }
}

/// What is left of a rate limit. Credit is counted in milliseconds times requests, so that nothing is rounded.
#[derive(Debug, Default)]
struct Quota {
    used: u64,
    at: u64,
}

/// What a request finds.
struct Found {
    exceeded: bool,
    left: u64,
    /// Seconds until one more is allowed, or until all are.
    reset: u64,
}

impl Quota {
    fn take(&mut self, requests: u32, ms: u64, now: u64) -> Found {
        let whole = ms.saturating_mul(requests.into());
        let back = now.saturating_sub(self.at).saturating_mul(requests.into());
        self.used = self.used.saturating_sub(back);
        self.at = self.at.max(now);
        let credit = whole.saturating_sub(self.used);
        let exceeded = credit < ms;
        let missing = if exceeded {
            ms - credit
        } else {
            self.used = self.used.saturating_add(ms);
            self.used
        };
        let left = whole.saturating_sub(self.used) / ms.max(1);
        Found { exceeded, left, reset: missing.div_ceil(u64::from(requests.max(1)) * 1000) }
    }
}

impl Found {
    fn headers(&self, requests: u32) -> Vec<(String, String)> {
        [("Limit", requests.into()), ("Remaining", self.left), ("Reset", self.reset)]
            .map(|(name, value)| (format!("X-Rate-Limit-{name}"), value.to_string()))
            .into()
    }
}
