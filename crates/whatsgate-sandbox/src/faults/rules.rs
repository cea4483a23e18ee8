//! What can go wrong, and when.

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
    pub(crate) fn is_of_webhooks(&self) -> bool {
        matches!(self, Self::Lose | Self::Double | Self::Delay { .. } | Self::Reorder | Self::Forge)
    }
}
