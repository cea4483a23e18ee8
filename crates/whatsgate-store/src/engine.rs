//! One thread that owns the connection, and lets what waits share a commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use whatsgate_core::durable::journal::Position;

use crate::backend::Backend;
use crate::error::StoreError;
use crate::journal::{self, Arrival};
use crate::memory::Memory;
use crate::tables::Tables;

type Result<T> = std::result::Result<T, StoreError>;

/// How much work shares a commit at most.
const MOST_IN_A_COMMIT: usize = 512;
/// How often the end of a journal is looked at that other processes append to.
const LOOK_AT_END: Duration = Duration::from_millis(250);

/// What is to be done in a transaction.
pub(crate) enum Job {
    /// All of these in a commit are appended at once.
    Append(Vec<Arrival>, oneshot::Sender<Result<usize>>),
    /// Anything else.
    Run(Box<dyn Run>),
}

/// Work in a transaction, and what is told once that is over.
pub(crate) trait Run: Send {
    fn run(&mut self, tables: &mut dyn Tables) -> Result<()>;
    fn end(self: Box<Self>, outcome: Result<()>);
}

/// Work as a closure.
pub(crate) struct Work<F, R> {
    job: Option<F>,
    result: Option<R>,
    reply: oneshot::Sender<Result<R>>,
}

impl<F, R> Work<F, R> {
    pub(crate) fn new(work: F, reply: oneshot::Sender<Result<R>>) -> Self {
        Self { job: Some(work), result: None, reply }
    }
}

impl<R: Send, F: FnOnce(&mut dyn Tables) -> Result<R> + Send> Run for Work<F, R> {
    fn run(&mut self, tables: &mut dyn Tables) -> Result<()> {
        let work = self.job.take().expect("work is run once");
        self.result = Some(work(tables)?);
        Ok(())
    }

    fn end(self: Box<Self>, outcome: Result<()>) {
        let Self { result, reply, .. } = *self;
        let unended = || StoreError::Other("the work did not come to an end".to_owned());
        // Who asked may be gone.
        let _ = reply.send(outcome.and_then(|()| result.ok_or_else(unended)));
    }
}

/// Where jobs go.
pub(crate) enum Engine {
    /// They are done on the spot.
    Inline(Box<Mutex<Memory>>, watch::Sender<Position>),
    /// They are done by a thread.
    Thread(Sender<Job>),
}

impl Engine {
    pub(crate) fn inline(memory: Memory, end: watch::Sender<Position>) -> Self {
        Self::Inline(Box::new(Mutex::new(memory)), end)
    }

    /// Starts the thread. What makes the backend runs in it. `shared` says that other processes append as well.
    pub(crate) async fn start<B, Open>(open: Open, end: watch::Sender<Position>, shared: bool) -> Result<Self>
    where
        B: Backend + 'static,
        Open: FnOnce() -> Result<B> + Send + 'static,
    {
        let (jobs, received) = channel();
        let (opened, open_result) = oneshot::channel();
        let thread = std::thread::Builder::new().name("whatsgate-store".to_owned());
        let body = move || {
            let mut backend = match open() {
                Ok(backend) => backend,
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            execute(&mut backend, Vec::new(), &end, true);
            let _ = opened.send(Ok(()));
            serve(&mut backend, &received, &end, shared);
        };
        thread.spawn(body).map_err(|error| StoreError::Other(error.to_string()))?;
        open_result.await.map_err(|_| StoreError::Other("its thread ended".to_owned()))??;
        Ok(Self::Thread(jobs))
    }

    pub(crate) fn submit(&self, job: Job) {
        match self {
            Self::Inline(memory, end) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                execute(&mut *memory, vec![job], end, false);
            }
            // If the thread is gone so is the job, and with it the sender of its reply.
            Self::Thread(jobs) => drop(jobs.send(job)),
        }
    }
}

fn serve(backend: &mut dyn Backend, jobs: &Receiver<Job>, end: &watch::Sender<Position>, shared: bool) {
    loop {
        let first = if shared {
            match jobs.recv_timeout(LOOK_AT_END) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match jobs.recv() {
                Ok(job) => Some(job),
                Err(_) => return,
            }
        };
        let look = first.is_none();
        let mut batch: Vec<_> = first.into_iter().collect();
        while batch.len() < MOST_IN_A_COMMIT
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        execute(backend, batch, end, look);
    }
}

/// Does the jobs in one transaction; one that fails is undone alone.
fn execute(backend: &mut dyn Backend, jobs: Vec<Job>, end: &watch::Sender<Position>, look: bool) {
    let mut arrivals = Vec::new();
    let mut appends = Vec::new();
    let mut runs = Vec::new();
    for job in jobs {
        match job {
            Job::Append(events, reply) => {
                let count = events.len();
                arrivals.extend(events);
                appends.push((count, reply));
            }
            Job::Run(run) => runs.push(run),
        }
    }
    let appends_any = !appends.is_empty();
    let mut transaction = Batch { backend, alone: runs.len() + usize::from(appends_any) == 1, broken: None };
    transaction.broken = transaction.backend.begin().err();
    let mut appended = appends_any.then(|| {
        transaction.attempt(|tables| {
            journal::append(tables, arrivals)?;
            Ok(())
        })
    });
    let mut outcomes: Vec<_> =
        runs.into_iter().map(|mut run| (transaction.attempt(|tables| run.run(tables)), run)).collect();
    let new_end = if appends_any || look { transaction.end() } else { None };
    if let Err(error) = transaction.finish() {
        let failed = |outcome: &mut Result<()>| {
            if outcome.is_ok() {
                *outcome = Err(error.clone());
            }
        };
        appended.iter_mut().for_each(failed);
        for (outcome, _) in &mut outcomes {
            failed(outcome);
        }
    } else if let Some(position) = new_end {
        end.send_if_modified(|known| {
            let is_new = *known != position;
            *known = position;
            // What was known may be trusted now.
            is_new || appends_any
        });
    }
    if let Some(outcome) = appended {
        for (count, reply) in appends {
            let _ = reply.send(outcome.clone().map(|()| count));
        }
    }
    for (outcome, run) in outcomes {
        run.end(outcome);
    }
}

/// A transaction that several jobs share.
struct Batch<'a> {
    backend: &'a mut dyn Backend,
    /// There is one job, so that nothing but it need be undone.
    alone: bool,
    /// Why nothing more can be done in this transaction.
    broken: Option<StoreError>,
}

impl Batch<'_> {
    fn attempt(&mut self, work: impl FnOnce(&mut dyn Tables) -> Result<()>) -> Result<()> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        if !self.alone {
            self.step(|backend| backend.savepoint())?;
        }
        let tables = self.backend.tables();
        let outcome = catch_unwind(AssertUnwindSafe(|| work(tables)))
            .unwrap_or_else(|_| Err(StoreError::RolledBack("it panicked".to_owned())))
            .and_then(|()| self.backend.check());
        if let Err(error) = &outcome {
            if self.alone || matches!(error, StoreError::Unavailable(_)) {
                self.broken = Some(error.clone());
            } else if let Err(undone) = self.backend.rollback_to_savepoint() {
                // Some errors, as of a full disk, have ended the transaction already.
                let is_of_the_store = !matches!(undone, StoreError::Unavailable(_))
                    && matches!(error, StoreError::Full | StoreError::Locked | StoreError::ReadOnly);
                self.broken = Some(if is_of_the_store { error.clone() } else { undone });
            }
        }
        outcome
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Backend) -> Result<()>) -> Result<()> {
        step(self.backend).inspect_err(|error| self.broken = Some(error.clone()))
    }

    fn end(&mut self) -> Option<Position> {
        if self.broken.is_some() {
            return None;
        }
        self.backend.tables().end().ok().map(|end| end.head)
    }

    fn finish(self) -> Result<()> {
        match self.broken {
            Some(error) => {
                // If that fails the connection is lost, and the next transaction begins with a new one.
                let _ = self.backend.rollback();
                Err(error)
            }
            None => self.backend.commit().inspect_err(|_| {
                let _ = self.backend.rollback();
            }),
        }
    }
}
