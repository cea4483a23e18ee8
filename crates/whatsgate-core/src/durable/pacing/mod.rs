//! When the next message of a session may leave.
//!
//! [`Limits`] say how fast a session may be, [`Pace`] is what it did, and [`Pace::next_start`] says when the next start is
//! allowed, or for what it waits. A *start* is an attempt as it is recorded, before its request leaves. The pace belongs beside the
//! attempts in the store, and is read, asked, changed and written in one transaction: then any number of workers share it.
//!
//! # What holds
//!
//! Of the recorded starts of a session, with limits that stay the same, over any number of restarts and workers, and whatever
//! the clock does:
//!
//! - any window of length L, both its ends included, holds at most `burst + L / interval` starts, rounded down;
//! - any hour holds at most `hourly` starts, any 24 hours at most `daily`: windows that include one of their ends.
//!
//! A start that is recorded although it was not allowed counts like the others. When limits change, the caps count the starts
//! from before as well, and the rate counts them as used allowance, up to the burst.
//!
//! # What binds which class
//!
//! The rate, the caps, the ramp, and the pauses bind all: they protect the number, for which every message counts. Bulk leaves
//! a share of the caps to the others, so that a login code does not wait an hour for a campaign. Quiet hours hold normal
//! messages and bulk, unless they reply to somebody who wrote just now, and never what is urgent.
//!
//! ```
//! use whatsgate_core::durable::pacing::{Ask, Class, Limits, Next, Pace, QuietHours};
//!
//! let limits = Limits::default().with_quiet_hours(QuietHours::new("21:00", "09:00", "Europe/Berlin")?);
//! let mut pace = Pace::new();
//! let noon = 1_795_863_600_000; // 2026-11-28, 12:00 in Berlin
//! pace.connected(noon - 3_600_000);
//! let Next::Now(start) = pace.next_start(&limits, &Ask::new(Class::Normal), noon) else { panic!() };
//! pace.record_start(&limits, start);
//! # Ok::<(), whatsgate_core::durable::pacing::InvalidQuietHours>(())
//! ```

use serde::{Deserialize, Serialize};

use super::Millis;
use super::rules::Rule;

mod forecast;
mod limits;
mod pace;
mod quiet;
#[cfg(test)]
mod tests;

pub use forecast::{Day, Forecast, HORIZON, Queued, forecast};
pub use limits::Limits;
pub use pace::Pace;
pub use quiet::{InvalidQuietHours, QuietHours};

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// How a message stands to others of its session. Earlier classes go first.
///
/// ```
/// use whatsgate_core::durable::pacing::Class;
///
/// assert!(Class::Urgent < Class::Bulk);
/// assert_eq!(Class::from_name("bulk"), Some(Class::Bulk));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// Somebody waits for it now, as for a login code.
    Urgent,
    /// Anything between.
    #[default]
    Normal,
    /// One of many equal ones that nobody asked for, as in a campaign.
    Bulk,
}

impl Class {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Normal, Self::Bulk];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }

    /// The number by which stores keep it: its place among [`ALL`](Self::ALL).
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The class with this number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// What is asked to start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// Its class.
    pub class: Class,
    /// It replies to a recent inbound message; see [`Limits::is_reply`].
    pub is_reply: bool,
    /// It must not start before this time.
    pub not_before: Option<Millis>,
    /// Any number of its own, such as a hash of its key: jitter is made of it.
    pub seed: u64,
}

impl Ask {
    /// A message of this class that is no reply and may leave now.
    pub fn new(class: Class) -> Self {
        Self { class, ..Self::default() }
    }

    /// It replies to a recent inbound message.
    pub fn as_reply(mut self) -> Self {
        self.is_reply = true;
        self
    }

    /// It must not start before this time.
    pub fn with_not_before(mut self, time: Millis) -> Self {
        self.not_before = Some(time);
        self
    }

    /// Whether quiet hours hold it.
    fn keeps_quiet(&self) -> bool {
        self.class != Class::Urgent && !self.is_reply && Rule::QuietHoursHold.holds()
    }

    /// Makes its jitter of this number.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// When something may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Now. This is the time to record: later than the clock's when the clock was set back.
    Now(Millis),
    /// Not before this time, if nothing else starts until then.
    At {
        /// When. Who asks again then, with nothing else changed, may start.
        at: Millis,
        /// What makes it wait for so long.
        why: Wait,
    },
    /// Not until something else changes.
    Held(Wait),
}

impl Next {
    /// The time, if it is known.
    pub fn at(self) -> Option<Millis> {
        match self {
            Self::Now(at) | Self::At { at, .. } => Some(at),
            Self::Held(_) => None,
        }
    }

    /// What makes it wait.
    pub fn why(self) -> Option<Wait> {
        match self {
            Self::Now(_) => None,
            Self::At { why, .. } | Self::Held(why) => Some(why),
        }
    }
}

/// What makes a start wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Wait {
    /// The message itself is for later.
    NotBefore,
    /// The rate.
    Rate,
    /// The starts of the last hour.
    HourlyCap,
    /// The starts of the last 24 hours.
    DailyCap,
    /// The session connected recently.
    Ramp,
    /// Errors in a row.
    Errors,
    /// The session is not connected.
    Disconnected,
    /// Quiet hours.
    QuietHours,
}

impl Wait {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NotBefore,
        Self::Rate,
        Self::HourlyCap,
        Self::DailyCap,
        Self::Ramp,
        Self::Errors,
        Self::Disconnected,
        Self::QuietHours,
    ];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotBefore => "not_before",
            Self::Rate => "rate",
            Self::HourlyCap => "hourly_cap",
            Self::DailyCap => "daily_cap",
            Self::Ramp => "ramp",
            Self::Errors => "errors",
            Self::Disconnected => "disconnected",
            Self::QuietHours => "quiet_hours",
        }
    }
}
