//! Runs trials.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use whatsgate_sandbox::Stage;

use crate::adapter::{Adapter, AdapterCommand, Trouble};
use crate::known::KnownFailing;
use crate::protocol::{Ask, Said};
use crate::report::{Report, Verdict, Verdicts};
use crate::scene::scene;
use crate::trial::Trial;
use crate::{judge, requests};

/// Runs trials of a client, over a few processes of its adapter.
///
/// An adapter that hangs, dies or answers nonsense is started again. What it was working on is tried once more, each trial
/// alone, so that the one to blame is named and the others are not.
#[derive(Clone)]
pub struct Runner {
    adapter: AdapterCommand,
    processes: usize,
    deadline: Duration,
    tamper: Option<Tamper>,
}

/// Told the trial's name, the command and the body of a reply, returns the body that the client gets.
type Tamper = Arc<dyn Fn(&str, &str, &[u8]) -> Vec<u8> + Send + Sync>;

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The adapter cannot be started, or does not greet.
    #[error("the adapter is of no use: {0}")]
    Adapter(String),
    /// No port of this computer can be listened at.
    #[error("the gateway cannot be started")]
    Gateway(#[source] std::io::Error),
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("adapter", &self.adapter).finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner of the client behind this adapter.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let adapter = AdapterCommand { program: program.into(), arguments: Vec::new(), extra: Vec::new() };
        Self { adapter, processes: 2, deadline: Duration::from_secs(20), tamper: None }
    }

    /// Starts the adapter with these arguments.
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.adapter.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Runs so many processes of the adapter at once.
    pub fn processes(mut self, processes: usize) -> Self {
        self.processes = processes.max(1);
        self
    }

    /// Waits so long for an answer before the adapter counts as hanging.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Changes what the client gets behind the back of the judge, to see whether a case notices: the function is told the
    /// trial's name, the command, and the body of a reply.
    pub fn tampered(mut self, tamper: impl Fn(&str, &str, &[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }

    /// Runs these trials, in a tokio runtime.
    ///
    /// # Errors
    /// [`RunError`] when there is nothing to run them with; a client that fails is no error but a report.
    pub async fn run(&self, trials: Vec<Trial>, known: &KnownFailing) -> Result<Report, RunError> {
        let began = Instant::now();
        let stage = Stage::start().await.map_err(RunError::Gateway)?;
        let mut runner = self.clone();
        runner.adapter.extra = trials.iter().map(|trial| trial.command.clone()).collect();
        // Once for all, so that an adapter of no use is told before anything is tried.
        let first = Adapter::start(&runner.adapter, self.deadline).await.map_err(RunError::Adapter)?;
        let client = first.hello.client.clone();
        let names: Vec<_> = trials.iter().map(|trial| trial.name.clone()).collect();
        let run = Arc::new(Run {
            runner,
            stage,
            verdicts: Mutex::new(names.iter().map(|_| None).collect()),
            queue: Mutex::new(trials.into_iter().enumerate().collect()),
        });
        let mut workers = JoinSet::new();
        workers.spawn(Arc::clone(&run).work(Some(first)));
        for _ in 1..self.processes {
            workers.spawn(Arc::clone(&run).work(None));
        }
        while workers.join_next().await.is_some() {}
        let verdicts = std::mem::take(&mut *lock(&run.verdicts));
        let listed = names.iter().zip(verdicts).map(|(name, found)| {
            let lost = || (Verdict::Failed { findings: vec!["it was not run".to_owned()] }, 0.0);
            let (verdict, seconds) = found.unwrap_or_else(lost);
            Verdicts { name: name.clone(), verdict: with_known(verdict, known.reason(name)), seconds }
        });
        let listed = listed.collect();
        let all = crate::case::CaseFile::own().map(|files| Trial::all(&files)).unwrap_or_default();
        let every = all.iter().map(Trial::name).chain(names.iter().map(String::as_str));
        let idle = known.idle(&every).into_iter().map(str::to_owned).collect();
        Ok(Report::new(client, began.elapsed().as_secs_f64(), listed, idle))
    }
}

fn with_known(verdict: Verdict, reason: Option<&str>) -> Verdict {
    match (verdict, reason.map(str::to_owned)) {
        (Verdict::Failed { findings }, Some(reason)) => Verdict::KnownFailure { findings, reason },
        (Verdict::Passed, Some(reason)) => Verdict::UnexpectedlyPassed { reason },
        (verdict, _) => verdict,
    }
}

/// What workers share.
struct Run {
    runner: Runner,
    stage: Stage,
    queue: Mutex<VecDeque<(usize, Trial)>>,
    verdicts: Mutex<Vec<Option<(Verdict, f64)>>>,
}

/// A trial that an adapter is working on.
struct Pending {
    place: usize,
    trial: Trial,
    scene: String,
    key: String,
    session: String,
    asked: Instant,
}

impl Run {
    /// Takes trials from the queue until it is empty.
    async fn work(self: Arc<Self>, mut first: Option<Adapter>) {
        // What an adapter was working on when it had to be ended, to be tried alone.
        let mut suspects: VecDeque<(usize, Trial)> = VecDeque::new();
        let mut counter = 0;
        loop {
            if suspects.is_empty() && lock(&self.queue).is_empty() {
                return;
            }
            let started = match first.take() {
                Some(adapter) => Ok(adapter),
                None => Adapter::start(&self.runner.adapter, self.runner.deadline).await,
            };
            let mut adapter = match started {
                Ok(adapter) => adapter,
                Err(why) => {
                    let next = suspects.pop_front().or_else(|| lock(&self.queue).pop_front());
                    if let Some((place, _)) = next {
                        self.decide(place, vec![format!("the adapter cannot be started again: {why}")], 0.0);
                    }
                    continue;
                }
            };
            let mut pending: HashMap<u64, Pending> = HashMap::new();
            let trouble = self.talk(&mut adapter, &mut pending, &mut suspects, &mut counter).await;
            let Some(trouble) = trouble else { return };
            let alone = pending.len() == 1;
            let mut pending: Vec<_> = pending.into_values().collect();
            pending.sort_by_key(|pending| pending.place);
            for it in pending {
                if alone {
                    let seconds = it.asked.elapsed().as_secs_f64();
                    let mut findings = vec![trouble.clone()];
                    findings.extend(self.requests(&it));
                    self.decide(it.place, findings, seconds);
                } else {
                    self.stage.close(&it.scene);
                    suspects.push_back((it.place, it.trial));
                }
            }
        }
    }

    /// Asks and takes answers until there is nothing left to ask, or the adapter fails; says how.
    async fn talk(
        &self,
        adapter: &mut Adapter,
        pending: &mut HashMap<u64, Pending>,
        suspects: &mut VecDeque<(usize, Trial)>,
        counter: &mut u64,
    ) -> Option<String> {
        loop {
            let parallel = if suspects.is_empty() { adapter.hello.parallel.clamp(1, 256) } else { 1 };
            while pending.len() < parallel {
                let next = suspects.pop_front().or_else(|| lock(&self.queue).pop_front());
                let Some((place, trial)) = next else { break };
                if adapter.hello.commands.as_ref().is_some_and(|has| !has.contains(&trial.command)) {
                    lock(&self.verdicts)[place] = Some((Verdict::Skipped, 0.0));
                    continue;
                }
                *counter += 1;
                let id = *counter;
                let (ask, it) = self.open(id, place, trial);
                pending.insert(id, it);
                if adapter.ask(&ask).await.is_err() {
                    return Some(match adapter.answer().await {
                        Err(Trouble::Died(how)) => format!("the adapter died{how}"),
                        _ => "the adapter does not read any more".to_owned(),
                    });
                }
            }
            let oldest = pending.values().map(|it| it.asked).min()?;
            let said = match tokio::time::timeout_at(oldest + self.runner.deadline, adapter.answer()).await {
                Err(_) => {
                    // Whoever was asked later may still be answered; only the late ones are to blame.
                    return Some(format!("the adapter hangs: no answer in {:?}", self.runner.deadline));
                }
                Ok(Err(Trouble::Died(how))) => return Some(format!("the adapter died{how}")),
                Ok(Err(Trouble::Nonsense(what))) => {
                    return Some(format!("the adapter answered nonsense: {what}"));
                }
                Ok(Ok(said)) => said,
            };
            match pending.remove(&said.id) {
                Some(it) => self.judge(&it, &said),
                None => return Some(format!("the adapter answered what nobody asked: id {}", said.id)),
            }
        }
    }

    fn open(&self, id: u64, place: usize, trial: Trial) -> (Ask, Pending) {
        let (mut opened, key, session) = scene(&trial);
        if let Some(tamper) = self.runner.tamper.clone() {
            let name = trial.name.clone();
            opened = opened.tampered(move |command, body| tamper(&name, command, body));
        }
        let scene = format!("{place}-{id}");
        let ask = Ask {
            id,
            case: trial.name.clone(),
            base_url: self.stage.open(&scene, opened),
            api_key: key.clone(),
            session: session.clone(),
            command: trial.command.clone(),
            arguments: trial.arguments.clone(),
            timeout_ms: trial.timeout_ms,
        };
        (ask, Pending { place, trial, scene, key, session, asked: Instant::now() })
    }

    fn judge(&self, it: &Pending, said: &Said) {
        let mut findings = self.requests(it);
        findings.extend(judge::findings(&it.trial, said));
        self.decide(it.place, findings, it.asked.elapsed().as_secs_f64());
    }

    /// What is wrong with the requests that came.
    fn requests(&self, it: &Pending) -> Vec<String> {
        let seen = self.stage.close(&it.scene).unwrap_or_default();
        requests::findings(&it.trial, &seen, &it.key, &it.session)
    }

    fn decide(&self, place: usize, findings: Vec<String>, seconds: f64) {
        let verdict = if findings.is_empty() { Verdict::Passed } else { Verdict::Failed { findings } };
        lock(&self.verdicts)[place] = Some((verdict, seconds));
    }
}

/// A panic elsewhere leaves data that are whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
