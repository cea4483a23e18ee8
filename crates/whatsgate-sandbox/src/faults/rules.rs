//! What can go wrong, and when.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::error_form::ErrorForm;
use crate::members::Members;

/// When a fault happens.
///
/// In JSON the fault's members stand beside the rule's. A member that is not known, or whose value cannot be, is refused
/// with its name. Lists that people write are read by [`list_from_json`](Self::list_from_json), which also refuses what
/// can never happen.
///
/// ```
/// use whatsgate_sandbox::{Fault, FaultRule};
///
/// let rule: FaultRule = serde_json::from_str(r#"{"on":"send","times":1,"kind":"close_after"}"#)?;
/// assert_eq!(rule, FaultRule { times: Some(1), ..FaultRule::new(Fault::CloseAfter).on("send") });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultRule {
    /// The command concerned; for a fault of events or webhooks, the event's action. All of them if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The session concerned, by its id. All of them if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The chat concerned, by its id such as `79991112233@c.us`: a request's recipient, or where an event happened. All
    /// of them if absent, also what is of no chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// How likely it is, from 0 to 1.
    pub probability: f64,
    /// How many requests or events it lets pass first.
    pub skip: u32,
    /// How often it happens at most; without a limit if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

/// The longest time of a fault, as long as a clock can be moved.
const LONGEST_MS: u64 = 366 * 24 * 3600 * 1000;

/// The content type of the gateway's own answers.
const JSON: &str = "application/json; charset=UTF-8";

impl FaultRule {
    /// The fault every time, everywhere.
    pub fn new(fault: Fault) -> Self {
        Self { on: None, session: None, chat: None, probability: 1.0, skip: 0, times: None, fault }
    }

    /// Only for this command, or events of this action.
    pub fn on(mut self, name: impl Into<String>) -> Self {
        self.on = Some(name.into());
        self
    }

    /// Only for this session.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// Only for this chat.
    pub fn chat(mut self, id: impl Into<String>) -> Self {
        self.chat = Some(id.into());
        self
    }

    /// At most that often.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

impl<'de> Deserialize<'de> for FaultRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl FaultRule {
    /// Reads a rule; an error begins with the name of the member.
    pub(super) fn read(members: Map<String, Value>) -> Result<Self, String> {
        let mut members = Members::new(members);
        let rule = Self {
            on: members.text("on")?,
            session: members.text("session")?,
            chat: members.text("chat")?,
            probability: members.share("probability")?.unwrap_or(1.0),
            skip: members.whole("skip", 0..=u32::MAX)?.unwrap_or(0),
            times: members.whole("times", 0..=u32::MAX)?,
            fault: Fault::read(&mut members)?,
        };
        members.finish()?;
        Ok(rule)
    }
}

/// What goes wrong. Times are milliseconds.
///
/// The first ones befall requests, the next ones commands as they are carried out, then events as they happen, for
/// `events-get` and webhooks alike, and the last ones single webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The command waits before it acts; if its client goes away by then, it never does.
    Latency {
        /// How long at least.
        ms: u64,
        /// How much longer at most.
        jitter_ms: u64,
    },
    /// The command acts that much later, also when its client has gone by then. A client that waits gets its reply after
    /// that; one that is to get something else, by another rule, gets it at once.
    Late {
        /// How much later at least.
        ms: u64,
        /// How much longer at most.
        jitter_ms: u64,
    },
    /// More requests than so many in that time, of those that the rule chooses, are answered with 429. Unused ones come
    /// back evenly, as in Yii2; every reply says in `X-Rate-Limit-…` how many are left.
    RateLimit {
        /// How many.
        requests: u32,
        /// In which time.
        ms: u64,
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
        #[serde(skip_serializing_if = "Option::is_none")]
        acts: Option<bool>,
    },
    /// The reply is this one.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
        /// The value of `Content-Type`.
        content_type: String,
        /// Whether the command takes effect nevertheless.
        acts: bool,
    },
    /// The reply, whatever it is, carries this header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
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
    /// Somebody types the text of a `send` into the same chat on the account's phone, that much later.
    Typed {
        /// How much later.
        ms: u64,
    },
    /// The message of a `send` never leaves: its state becomes -1.
    Undeliverable,
    /// After a reply to `events-get`, the oldest events are gone.
    ForgetEvents {
        /// How many.
        count: usize,
    },
    /// A reply to `events-get` lists each of its events twice.
    RepeatEvents,
    /// The event is not given.
    Omit,
    /// The event is given that much later, with a number and a date of then.
    Postpone {
        /// How much later.
        ms: u64,
    },
    /// `events-get` lists the event only that much later, when higher numbers may have been seen; its webhook goes out.
    Unlisted {
        /// How much later.
        ms: u64,
    },
    /// The event tells something else than what happened.
    Rewrite {
        /// What it tells.
        #[serde(rename = "as")]
        rewriting: Rewriting,
    },
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
    /// Somebody else posts a second webhook with another text and a number that is not of this event.
    Forge {
        /// How far its number is ahead of the event's; 1 takes the next true one.
        ahead: u32,
    },
}

/// What an event tells instead of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rewriting {
    /// The text without spaces at its ends.
    Trimmed,
    /// Every line end as CR and LF.
    #[serde(rename = "crlf")]
    CrLf,
    /// Every line end as LF.
    Lf,
    /// A file without its caption.
    WithoutCaption,
    /// The message without its member `body`.
    WithoutBody,
    /// People's `…@c.us` as `…@lid`, another number that is always the same for the same person.
    Lid,
    /// People's numbers in another writing, as WhatsApp keeps some countries' numbers: a 1 after the second digit.
    Renumbered,
    /// The message's date in the place of the event's.
    MessageDate,
}

/// What a fault befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Befalls {
    Requests,
    Sends,
    Lists,
    Events,
    Webhooks,
}

/// How far the number of a forged event is ahead, if the rule does not say.
const FORGED_AHEAD: u32 = 1_000_000;

impl Fault {
    /// Reads the members of a fault, `kind` among them.
    fn read(members: &mut Members) -> Result<Self, String> {
        let kind = members.required("kind", Members::text)?;
        let ms = |members: &mut Members| members.required("ms", |it, name| it.whole(name, 0..=LONGEST_MS));
        let bytes = |members: &mut Members, from: usize| {
            members.required("bytes", |it, name| it.whole(name, from..=usize::MAX))
        };
        Ok(match kind.as_str() {
            "latency" => Self::Latency {
                ms: ms(members)?,
                jitter_ms: members.whole("jitter_ms", 0..=LONGEST_MS)?.unwrap_or(0),
            },
            "late" => Self::Late {
                ms: ms(members)?,
                jitter_ms: members.whole("jitter_ms", 0..=LONGEST_MS)?.unwrap_or(0),
            },
            "rate_limit" => Self::RateLimit {
                requests: members.required("requests", |it, name| it.whole(name, 1..=u32::MAX))?,
                ms: members.required("ms", |it, name| it.whole(name, 1..=LONGEST_MS))?,
            },
            "drip" => Self::Drip { bytes: bytes(members, 1)?, ms: ms(members)? },
            "error" => {
                Self::Error { form: members.required("form", Members::parsed)?, acts: members.flag("acts")? }
            }
            "reply" => Self::Reply {
                status: members.required("status", |it, name| it.whole(name, 200..=599))?,
                body: members.required("body", Members::text)?,
                content_type: members.text("content_type")?.unwrap_or_else(|| JSON.to_owned()),
                acts: members.flag("acts")?.unwrap_or(false),
            },
            "header" => Self::Header {
                name: members.required("name", Members::text)?,
                value: members.required("value", Members::text)?,
            },
            "truncate" => Self::Truncate { bytes: bytes(members, 0)? },
            "break_off" => Self::BreakOff { bytes: bytes(members, 0)? },
            "close_before" => Self::CloseBefore,
            "close_after" => Self::CloseAfter,
            "typed" => Self::Typed { ms: ms(members)? },
            "undeliverable" => Self::Undeliverable,
            "forget_events" => Self::ForgetEvents {
                count: members.required("count", |it, name| it.whole(name, 1..=usize::MAX))?,
            },
            "repeat_events" => Self::RepeatEvents,
            "omit" => Self::Omit,
            "postpone" => Self::Postpone { ms: ms(members)? },
            "unlisted" => Self::Unlisted { ms: ms(members)? },
            "rewrite" => Self::Rewrite { rewriting: members.required("as", Members::parsed)? },
            "lose" => Self::Lose,
            "double" => Self::Double,
            "delay" => Self::Delay { ms: ms(members)? },
            "reorder" => Self::Reorder,
            "forge" => Self::Forge { ahead: members.whole("ahead", 1..=u32::MAX)?.unwrap_or(FORGED_AHEAD) },
            _ => return Err("kind: there is no such fault".to_owned()),
        })
    }

    pub(super) fn befalls(&self) -> Befalls {
        match self {
            Self::Latency { .. }
            | Self::Late { .. }
            | Self::RateLimit { .. }
            | Self::Drip { .. }
            | Self::Error { .. }
            | Self::Reply { .. }
            | Self::Header { .. }
            | Self::Truncate { .. }
            | Self::BreakOff { .. }
            | Self::CloseBefore
            | Self::CloseAfter => Befalls::Requests,
            Self::Typed { .. } | Self::Undeliverable => Befalls::Sends,
            Self::ForgetEvents { .. } | Self::RepeatEvents => Befalls::Lists,
            Self::Omit | Self::Postpone { .. } | Self::Unlisted { .. } | Self::Rewrite { .. } => {
                Befalls::Events
            }
            Self::Lose | Self::Double | Self::Delay { .. } | Self::Reorder | Self::Forge { .. } => {
                Befalls::Webhooks
            }
        }
    }
}
