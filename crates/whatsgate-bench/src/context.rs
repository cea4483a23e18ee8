//! What every job needs, whoever does it.

use anyhow::Result;

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
