//! The jobs, by name.

use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) work: Work,
    /// The most that the SDK may take, as a ratio to the bare side's wall time.
    pub(crate) wall_target: Option<f64>,
    /// The most memory that the SDK may take.
    pub(crate) peak_target_mib: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Sends texts, so many at a time, and looks at each id.
    Texts { count: usize, at_once: usize },
    /// Asks so often for a list of so many chats.
    Chats { chats: usize, times: usize },
    /// Sends a file of so many MiB.
    Send { mib: u64 },
    /// Receives a file of so many MiB.
    Fetch { mib: u64 },
    /// Posts so many events, 32 at a time, to a receiver that is measured.
    Events { count: usize },
}

/// Who does the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Bare,
    Sdk,
}

impl Side {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Sdk => "sdk",
        }
    }
}

impl FromStr for Side {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "bare" => Ok(Self::Bare),
            "sdk" => Ok(Self::Sdk),
            _ => bail!("the side is bare or sdk"),
        }
    }
}

const fn job(name: &'static str, title: &'static str, work: Work) -> Job {
    Job { name, title, work, wall_target: None, peak_target_mib: None }
}

pub(crate) const JOBS: [Job; 10] = [
    Job {
        wall_target: Some(1.05),
        ..job("sequential", "2,000 sends one after another", Work::Texts { count: 2_000, at_once: 1 })
    },
    Job {
        wall_target: Some(1.08),
        ..job("concurrent", "5,000 sends by 32 tasks", Work::Texts { count: 5_000, at_once: 32 })
    },
    Job {
        wall_target: Some(0.95),
        ..job("chats", "get-chats of 10,000, 20 times", Work::Chats { chats: 10_000, times: 20 })
    },
    job("chats-large", "get-chats of 100,000, 2 times", Work::Chats { chats: 100_000, times: 2 }),
    Job {
        wall_target: Some(0.6),
        peak_target_mib: Some(16.0),
        ..job("send", "send 64 MiB from a file", Work::Send { mib: 64 })
    },
    Job {
        wall_target: Some(0.7),
        peak_target_mib: Some(16.0),
        ..job("fetch", "fetch 64 MiB into a file", Work::Fetch { mib: 64 })
    },
    Job {
        peak_target_mib: Some(16.0),
        ..job("send-large", "send 1 GiB from a file", Work::Send { mib: 1024 })
    },
    Job {
        peak_target_mib: Some(16.0),
        ..job("fetch-large", "fetch 1 GiB into a file", Work::Fetch { mib: 1024 })
    },
    Job {
        wall_target: Some(1.1),
        ..job("cold", "start to first message", Work::Texts { count: 1, at_once: 1 })
    },
    job("webhook", "20,000 events received and acknowledged", Work::Events { count: 20_000 }),
];

pub(crate) fn find(name: &str) -> Result<Job> {
    JOBS.into_iter().find(|job| job.name == name).with_context(|| format!("there is no job {name}"))
}
