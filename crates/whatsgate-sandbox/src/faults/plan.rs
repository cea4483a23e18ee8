//! Which faults happen, decided by a seed.

use std::time::Duration;

use super::error_form::ErrorForm;
use super::rules::{Fault, FaultRule};

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// How long to wait before acting.
    pub latency: Duration,
    /// Pieces in which the reply comes: their size, and the time between two.
    pub drip: Option<(usize, Duration)>,
    /// Whether the command takes effect.
    pub acts: bool,
    /// What the client gets.
    pub reply: PlannedReply,
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

/// The rules, and how often they matched.
#[derive(Debug)]
pub(crate) struct Faults {
    random: fastrand::Rng,
    rules: Vec<CountedRule>,
}

#[derive(Debug)]
struct CountedRule {
    rule: FaultRule,
    met: u32,
    happened: u32,
}

impl Faults {
    pub(crate) fn new(seed: u64, rules: &[FaultRule]) -> Self {
        let rules = rules.iter().map(|rule| CountedRule { rule: rule.clone(), met: 0, happened: 0 });
        Self { random: fastrand::Rng::with_seed(seed), rules: rules.collect() }
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &FaultRule> {
        self.rules.iter().map(|counted| &counted.rule)
    }

    /// What goes wrong with a request of this command. Waiting adds up; of the replies the first rule's counts.
    pub(crate) fn plan(&mut self, command: &str) -> FaultPlan {
        let mut plan =
            FaultPlan { latency: Duration::ZERO, drip: None, acts: true, reply: PlannedReply::Whole };
        for fault in self.happening(command, false) {
            let (acts, reply) = match fault {
                Fault::Latency { ms, jitter_ms } => {
                    let jitter = self.random.u64(0..=jitter_ms);
                    let latency = Duration::from_millis(ms.saturating_add(jitter));
                    plan.latency = plan.latency.saturating_add(latency);
                    continue;
                }
                Fault::Drip { bytes, ms } => {
                    plan.drip = Some((bytes.max(1), Duration::from_millis(ms)));
                    continue;
                }
                Fault::Error { form, acts } => {
                    let (status, content_type, body) = form.reply();
                    let reply = PlannedReply::Instead(status, content_type.to_owned(), body);
                    (acts.unwrap_or(form == ErrorForm::EvaluationFailed), reply)
                }
                Fault::Reply { status, body, content_type, acts } => {
                    (acts, PlannedReply::Instead(status, content_type, body))
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

    /// What goes wrong with the webhook of an event of this action.
    pub(crate) fn plan_webhook(&mut self, action: &str) -> Vec<Fault> {
        self.happening(action, true)
    }

    fn happening(&mut self, name: &str, webhooks: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        for counted in &mut self.rules {
            let rule = &counted.rule;
            let concerned = rule.fault.is_of_webhooks() == webhooks
                && rule.on.as_deref().is_none_or(|on| on == name)
                && rule.times.is_none_or(|times| counted.happened < times);
            if !concerned {
                continue;
            }
            counted.met = counted.met.saturating_add(1);
            if counted.met > rule.skip && self.random.f64() < rule.probability {
                counted.happened = counted.happened.saturating_add(1);
                faults.push(rule.fault.clone());
            }
        }
        faults
    }
}
