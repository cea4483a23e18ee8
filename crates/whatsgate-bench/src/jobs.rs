//! The jobs, by name.

use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

use crate::{bare, load, sdk};

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

/// Where the job finds what it needs.
pub(crate) struct Context {
    /// The server, such as `http://127.0.0.1:4000`.
    pub(crate) server: String,
    /// A file to send, or where to put the one received.
    pub(crate) file: String,
}

pub(crate) const SERVER: &str = "BENCH_SERVER";
pub(crate) const FILE: &str = "BENCH_FILE";

impl Context {
    pub(crate) fn from_env() -> Result<Self> {
        Ok(Self { server: std::env::var(SERVER)?, file: std::env::var(FILE)? })
    }
}

/// Does so many steps in so many tasks, each of which does one after another; in this task if there is to be but one.
pub(crate) async fn spread<S>(
    count: usize,
    tasks: usize,
    step: impl Fn(usize) -> S + Clone + Send + 'static,
) -> Result<()>
where
    S: Future<Output = Result<()>> + Send,
{
    let share = move |first: usize| {
        let step = step.clone();
        async move {
            for place in (first..count).step_by(tasks) {
                step(place).await?;
            }
            Ok(())
        }
    };
    if tasks == 1 {
        return share(0).await;
    }
    let running: Vec<_> = (0..tasks).map(|first| tokio::spawn(share(first))).collect();
    for task in running {
        task.await??;
    }
    Ok(())
}

/// Does a job in this process.
pub(crate) fn run(job: Job, side: Side, context: &Context) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match (job.work, side) {
            (Work::Events { count }, _) => load::post_events(&context.server, count).await,
            (Work::Texts { count, at_once }, Side::Bare) => bare::texts(context, count, at_once).await,
            (Work::Texts { count, at_once }, Side::Sdk) => sdk::texts(context, count, at_once).await,
            (Work::Chats { chats, times }, Side::Bare) => bare::chats(context, chats, times).await,
            (Work::Chats { chats, times }, Side::Sdk) => sdk::chats(context, chats, times).await,
            (Work::Send { .. }, Side::Bare) => bare::send(context).await,
            (Work::Send { .. }, Side::Sdk) => sdk::send(context).await,
            (Work::Fetch { mib }, Side::Bare) => bare::fetch(context, mib).await,
            (Work::Fetch { mib }, Side::Sdk) => sdk::fetch(context, mib).await,
        }
    })
}
