//! Runs trials.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use whatsgate_sandbox::Stage;

use crate::adapter::{Adapter, AdapterCommand, Trouble, Unusable};
use crate::known::KnownFailing;
use crate::protocol::{Ask, Said};
use crate::report::{Report, Verdict, Verdicts};
use crate::scene::scene;
use crate::trial::Trial;
use crate::{judge, requests};

/// Runs trials of a client, over a few processes of its adapter.
///
/// An adapter that hangs, dies or answers nonsense is started again. What it was working on is tried once more, each trial
/// alone, so that the one to blame is named and the others are not. One that hangs at five trials in a row is given up.
#[derive(Clone)]
pub struct Runner {
    adapter: AdapterCommand,
    processes: usize,
    deadline: Duration,
    give_up_after: usize,
    watch: Option<Watch>,
    tamper: Option<Tamper>,
}

/// Told the trial's name, the command and the body of a reply, returns the body that the client gets.
type Tamper = Arc<dyn Fn(&str, &str, &[u8]) -> Vec<u8> + Send + Sync>;

/// Is told how far a run is.
type Watch = Arc<dyn Fn(Progress) + Send + Sync>;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many trials were decided, also by skipping them.
    pub done: usize,
    /// How many of these failed that are not known to.
    pub failed: usize,
    /// How many there are.
    pub all: usize,
}

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
    /// The run was stopped before anything could be asked.
    #[error("the run was stopped before the adapter's first line")]
    Stopped,
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
        Self {
            adapter,
            processes: 2,
            deadline: Duration::from_secs(20),
            give_up_after: 5,
            watch: None,
            tamper: None,
        }
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

    /// Gives the adapter up when one of its processes hung at so many trials in a row, each waited for until the deadline:
    /// the run ends then, and the report says so. At least 1.
    pub fn give_up_after(mut self, hangs: usize) -> Self {
        self.give_up_after = hangs.max(1);
        self
    }

    /// Tells the function after each trial how far the run is. It must not block.
    pub fn watched(mut self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
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
        self.run_until(trials, known, std::future::pending()).await
    }

    /// Runs these trials until `stop` ends: then the adapter is killed at once, with what it started, and the report tells
    /// what came of the trials until then.
    ///
    /// # Errors
    /// Those of [`run`](Self::run), and [`RunError::Stopped`] if nothing had been asked yet.
    pub async fn run_until(
        &self,
        trials: Vec<Trial>,
        known: &KnownFailing,
        stop: impl Future<Output = ()>,
    ) -> Result<Report, RunError> {
        let began = Instant::now();
        let mut stop = std::pin::pin!(stop);
        let stage = Stage::start().await.map_err(RunError::Gateway)?;
        let mut runner = self.clone();
        runner.adapter.extra = trials.iter().map(|trial| trial.command.clone()).collect();
        // Once for all, so that an adapter of no use is told before anything is tried.
        let first = tokio::select! {
            first = Adapter::start(&runner.adapter, self.deadline) => first,
            () = &mut stop => return Err(RunError::Stopped),
        };
        let first = first.map_err(|unusable| RunError::Adapter(unusable.why))?;
        let client = first.hello.client.clone();
        let names: Vec<_> = trials.iter().map(|trial| trial.name.clone()).collect();
        let run = Arc::new(Run {
            runner,
            stage,
            verdicts: Mutex::new(names.iter().map(|_| None).collect()),
            names,
            known: known.clone(),
            queue: Mutex::new(trials.into_iter().enumerate().collect()),
            given_up: watch::Sender::new(None),
        });
        let mut workers = JoinSet::new();
        workers.spawn(Worker::new(&run).work(Some(first)));
        for _ in 1..self.processes {
            workers.spawn(Worker::new(&run).work(None));
        }
        let mut given_up = run.given_up.subscribe();
        let mut stopped = tokio::select! {
            () = async { while workers.join_next().await.is_some() {} } => None,
            () = async { drop(given_up.wait_for(Option::is_some).await) } => None,
            () = stop => Some("it was interrupted".to_owned()),
        };
        // With what they started.
        workers.shutdown().await;
        stopped = stopped.or_else(|| run.given_up.borrow().clone());
        let verdicts = std::mem::take(&mut *lock(&run.verdicts));
        let listed = run.names.iter().zip(verdicts).map(|(name, found)| {
            let lost = || match stopped {
                Some(_) => Verdict::NotRun,
                None => Verdict::Failed { findings: vec!["it was not run".to_owned()] },
            };
            let (verdict, seconds) = found.unwrap_or_else(|| (lost(), 0.0));
            Verdicts { name: name.clone(), verdict: with_known(verdict, known.reason(name)), seconds }
        });
        let listed = listed.collect();
        let all = crate::case::CaseFile::own().map(|files| Trial::all(&files)).unwrap_or_default();
        let every = all.iter().map(Trial::name).chain(run.names.iter().map(String::as_str));
        let idle = known.idle(&every).into_iter().map(str::to_owned).collect();
        Ok(Report::new(client, began.elapsed().as_secs_f64(), listed, idle, stopped))
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
    names: Vec<String>,
    known: KnownFailing,
    /// Why the adapter was given up, once it was.
    given_up: watch::Sender<Option<String>>,
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

/// A process of the adapter, one after the other.
struct Worker {
    run: Arc<Run>,
    /// What an adapter was working on when it had to be ended, to be tried alone.
    suspects: VecDeque<(usize, Trial)>,
    /// How many questions were asked.
    asked: u64,
    /// At how many trials in a row the adapter hung.
    hung: usize,
}

/// Why an adapter has to be started again.
struct Fault {
    why: String,
    hangs: bool,
}

impl Fault {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hangs: false }
    }
}

impl Worker {
    fn new(run: &Arc<Run>) -> Self {
        Self { run: Arc::clone(run), suspects: VecDeque::new(), asked: 0, hung: 0 }
    }

    /// Takes trials from the queue until it is empty, or the adapter is given up.
    async fn work(mut self, mut first: Option<Adapter>) {
        let runner = &Arc::clone(&self.run).runner;
        loop {
            if self.suspects.is_empty() && lock(&self.run.queue).is_empty() {
                return;
            }
            if self.hung >= runner.give_up_after {
                let why = format!("the adapter hung at {} trials in a row", self.hung);
                self.run.given_up.send_replace(Some(why));
                return;
            }
            let started = match first.take() {
                Some(adapter) => Ok(adapter),
                None => Adapter::start(&runner.adapter, runner.deadline).await,
            };
            let mut adapter = match started {
                Ok(adapter) => adapter,
                Err(Unusable { why, hangs }) => {
                    self.hung = if hangs { self.hung + 1 } else { 0 };
                    if let Some((place, _)) = self.next() {
                        let finding = format!("the adapter cannot be started again: {why}");
                        self.run.decide(place, vec![finding], 0.0);
                    }
                    continue;
                }
            };
            let mut pending: HashMap<u64, Pending> = HashMap::new();
            let Some(fault) = self.talk(&mut adapter, &mut pending).await else { return };
            let alone = pending.len() == 1;
            let mut pending: Vec<_> = pending.into_values().collect();
            pending.sort_by_key(|pending| pending.place);
            for it in pending {
                if alone {
                    self.hung = if fault.hangs { self.hung + 1 } else { 0 };
                    let seconds = it.asked.elapsed().as_secs_f64();
                    let mut findings = vec![fault.why.clone()];
                    findings.extend(self.run.requests(&it));
                    self.run.decide(it.place, findings, seconds);
                } else {
                    self.run.stage.close(&it.scene);
                    self.suspects.push_back((it.place, it.trial));
                }
            }
        }
    }

    fn next(&mut self) -> Option<(usize, Trial)> {
        self.suspects.pop_front().or_else(|| lock(&self.run.queue).pop_front())
    }

    /// Asks and takes answers until there is nothing left to ask, or the adapter fails; says how.
    async fn talk(&mut self, adapter: &mut Adapter, pending: &mut HashMap<u64, Pending>) -> Option<Fault> {
        let run = Arc::clone(&self.run);
        // The places of the trials by the numbers of their questions.
        let mut answered: HashMap<u64, usize> = HashMap::new();
        loop {
            let parallel = if self.suspects.is_empty() { adapter.hello.parallel.clamp(1, 256) } else { 1 };
            while pending.len() < parallel {
                let Some((place, trial)) = self.next() else { break };
                if adapter.hello.commands.as_ref().is_some_and(|has| !has.contains(&trial.command)) {
                    run.note(place, Verdict::Skipped, 0.0);
                    continue;
                }
                self.asked += 1;
                let (ask, it) = run.open(self.asked, place, trial);
                pending.insert(self.asked, it);
                match tokio::time::timeout(run.runner.deadline, adapter.ask(&ask)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => {
                        return Some(Fault::new(match adapter.death().await {
                            Some(how) => format!("the adapter died{how}"),
                            None => "the adapter does not read any more".to_owned(),
                        }));
                    }
                    Err(_) => {
                        let why = format!("the adapter hangs: it reads nothing in {:?}", run.runner.deadline);
                        return Some(Fault { why, hangs: true });
                    }
                }
            }
            let Some(oldest) = pending.values().map(|it| it.asked).min() else { break };
            let said = match tokio::time::timeout_at(oldest + run.runner.deadline, adapter.answer()).await {
                Err(_) => {
                    // Whoever was asked later may still be answered; only the late ones are to blame.
                    let why = format!("the adapter hangs: no answer in {:?}", run.runner.deadline);
                    return Some(Fault { why, hangs: true });
                }
                Ok(Err(Trouble::Died(how))) => return Some(Fault::new(format!("the adapter died{how}"))),
                Ok(Err(Trouble::Nonsense(what))) => {
                    return Some(Fault::new(format!("the adapter answered nonsense: {what}")));
                }
                Ok(Ok(said)) => said,
            };
            if let Some(it) = pending.remove(&said.id) {
                self.hung = 0;
                answered.insert(said.id, it.place);
                run.judge(&it, &said);
            } else if let Some(place) = answered.get(&said.id) {
                run.blame(*place, "it was answered more than once");
            } else {
                let why = format!("the adapter answered what nobody asked: id {}", said.id);
                return Some(Fault::new(why));
            }
        }
        for said in adapter.finish().await {
            if let Some(place) = answered.get(&said.id) {
                run.blame(*place, "it was answered more than once");
            }
        }
        None
    }
}

impl Run {
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
        self.note(place, verdict, seconds);
    }

    fn note(&self, place: usize, verdict: Verdict, seconds: f64) {
        let mut verdicts = lock(&self.verdicts);
        verdicts[place] = Some((verdict, seconds));
        self.tell(&verdicts);
    }

    /// Fails a trial that was decided.
    fn blame(&self, place: usize, finding: &str) {
        let mut verdicts = lock(&self.verdicts);
        match &mut verdicts[place] {
            Some((Verdict::Failed { findings }, _)) if findings.iter().any(|it| it == finding) => {}
            Some((Verdict::Failed { findings }, _)) => findings.push(finding.to_owned()),
            Some((verdict, _)) => *verdict = Verdict::Failed { findings: vec![finding.to_owned()] },
            None => {}
        }
        self.tell(&verdicts);
    }

    fn tell(&self, verdicts: &[Option<(Verdict, f64)>]) {
        let Some(watch) = &self.runner.watch else { return };
        let is_bad = |name: &String, verdict: &Verdict| {
            matches!(verdict, Verdict::Failed { .. }) && self.known.reason(name).is_none()
        };
        let decided = verdicts.iter().zip(&self.names).filter_map(|(it, name)| Some((&it.as_ref()?.0, name)));
        let (mut done, mut failed) = (0, 0);
        for (verdict, name) in decided {
            done += 1;
            failed += usize::from(is_bad(name, verdict));
        }
        watch(Progress { done, failed, all: verdicts.len() });
    }
}

/// A panic elsewhere leaves data that are whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
