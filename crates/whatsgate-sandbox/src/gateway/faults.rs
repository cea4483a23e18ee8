//! Faults: what goes wrong, how often, decided by a seed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error_form::ErrorForm;

/// When a fault happens.
///
/// In JSON the fault's members stand beside the rule's.
///
/// ```
/// use whatsgate_sandbox::{Fault, FaultRule};
///
/// let rule: FaultRule = serde_json::from_str(r#"{"on":"send","times":1,"kind":"close_after"}"#)?;
/// assert_eq!(rule, FaultRule { times: Some(1), ..FaultRule::new(Fault::CloseAfter).on("send") });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// The command concerned; for a fault of webhooks, the event's action. All of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// How likely it is, from 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How many requests or events it lets pass first.
    #[serde(default)]
    pub skip: u32,
    /// How often it happens at most; without a limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// The fault every time, everywhere.
    pub fn new(fault: Fault) -> Self {
        Self { on: None, probability: always(), skip: 0, times: None, fault }
    }

    /// Only for this command, or events of this action.
    pub fn on(mut self, name: impl Into<String>) -> Self {
        self.on = Some(name.into());
        self
    }

    /// At most that often.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// What goes wrong. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The command waits before it acts.
    Latency {
        /// How long at least.
        ms: u64,
        /// How much longer at most.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// The reply comes in small pieces.
    Drip {
        /// The size of a piece.
        bytes: usize,
        /// The time between two pieces.
        ms: u64,
    },
    /// The reply is an error in one of the forms that are known.
    Error {
        /// Which form.
        form: ErrorForm,
        /// Whether the command takes effect nevertheless; by default only for [`ErrorForm::EvaluationFailed`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acts: Option<bool>,
    },
    /// The reply is this one.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
        /// The value of `Content-Type`.
        #[serde(default = "json_type")]
        content_type: String,
        /// Whether the command takes effect nevertheless.
        #[serde(default)]
        acts: bool,
    },
    /// The command takes effect, and its reply is a whole one of HTTP, but only that much of its JSON.
    Truncate {
        /// How much of it.
        bytes: usize,
    },
    /// The command takes effect, and the connection closes after that much of the reply's body.
    BreakOff {
        /// How much of it.
        bytes: usize,
    },
    /// The connection closes before the request's body is read; the command has no effect.
    CloseBefore,
    /// The command takes effect, and the connection closes before anything of the reply.
    CloseAfter,
    /// A webhook is not posted.
    Lose,
    /// A webhook is posted twice.
    Double,
    /// A webhook is posted later; those that follow overtake it.
    Delay {
        /// How much later.
        ms: u64,
    },
    /// A webhook is posted after the one that follows, or 5 seconds later if none follows.
    Reorder,
    /// Somebody else posts a second webhook with another id and another text.
    Forge,
}

fn json_type() -> String {
    "application/json; charset=UTF-8".to_owned()
}

impl Fault {
    fn is_of_webhooks(&self) -> bool {
        matches!(self, Self::Lose | Self::Double | Self::Delay { .. } | Self::Reorder | Self::Forge)
    }
}

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
