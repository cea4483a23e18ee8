//! A schedule: what happens when, in simulated time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::Position;
use whatsgate_core::durable::partition::{Change, Patience};
use whatsgate_core::durable::receipts::DeliveryState;
use whatsgate_model::{Event, Page};
use whatsgate_store::journal::Arrival;
use whatsgate_store::{Backend, Memory, StoreError, Tables};

use crate::chance::{Chances, Trouble};
use crate::checks::{Check, Mirror, Violation};
use crate::gateway::{Gateway, Habits};
use crate::operator::Operation;
use crate::plan::Plan;
use crate::poller::Poll;
use crate::receiver::{Report, Request};
use crate::worker::{Reader, Worker};
use crate::{Options, Outcome};

/// When schedules begin: 2022-09-07 18:29:37 in UTC.
pub(crate) const BEGIN: Millis = 1_662_575_377_000;
pub(crate) const SECOND: Millis = 1000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
/// After how long something is tried again that a store refused.
pub(crate) const AGAIN: Millis = 5 * SECOND;

/// More steps than any schedule has.
const MOST_STEPS: u64 = 200_000;

/// Something that is to happen.
pub(crate) enum Action {
    /// An event of the plan.
    Happen(usize),
    /// The gateway posts an event, for the first to the fourth time.
    Post { place: usize, attempt: u32 },
    /// A posted event reaches a process.
    Arrive { event: Box<Event>, place: Option<usize> },
    /// Events are stored at positions that were given out before.
    AppendAt { from: Position, arrivals: Vec<Arrival>, reports: Vec<Report> },
    /// Somebody posts what did not happen.
    Forge,
    /// A process begins.
    Start(usize),
    /// All processes are killed, until then.
    Absence(Millis),
    /// Somebody works on the store.
    Operate(Operation),
    /// From now on nothing goes wrong.
    Calm,
    /// From now on leases are long.
    Evening,
    /// From now on the poll takes its time.
    Night,
    /// What must hold while the failures of handlers are still being waited for.
    LookAtOthers,
    /// The last of it.
    End,
    /// A process does something.
    Step { process: usize, incarnation: u64, step: Step },
}

/// What a process does between two places where it may be killed.
pub(crate) enum Step {
    /// Stores what was posted.
    Commit,
    /// The same, after it was acknowledged.
    CommitTooLate(Vec<Request>),
    /// Acknowledges it.
    Acknowledge(Vec<Request>),
    /// Asks for a page.
    Poll,
    /// Takes a page.
    Page(Option<Box<Listed>>),
    /// Stores where the poll is.
    Keep,
    /// Renews leases.
    Lease(usize),
    /// Goes on with a partition.
    Work { reader: usize, partition: u32, epoch: u64 },
    /// A handler comes to its end.
    Handled { reader: usize, partition: u32, epoch: u64 },
    /// Stores what came of a handler.
    Progress { reader: usize, partition: u32, epoch: u64, change: Change },
}

/// A page under way.
pub(crate) struct Listed {
    pub(crate) page: Page<Event>,
    pub(crate) places: Vec<usize>,
    pub(crate) clock: Option<i64>,
}

/// A process of the client.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) incarnation: u64,
    pub(crate) is_alive: bool,
    pub(crate) paused_until: Millis,
    pub(crate) requests: Vec<Request>,
    pub(crate) poll: Option<Poll>,
    pub(crate) workers: BTreeMap<usize, Worker>,
}

struct Scheduled {
    at: Millis,
    number: u64,
    action: Action,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: Millis,
    pub(crate) rng: Rng,
    pub(crate) chances: Chances,
    pub(crate) plan: Plan,
    pub(crate) gateway: Gateway,
    pub(crate) memory: Memory,
    pub(crate) full_until: Millis,
    /// Nothing of the client runs until then.
    absent_until: Millis,
    /// The client's clock less the true time.
    pub(crate) clock_error: Millis,
    pub(crate) processes: Vec<Process>,
    pub(crate) poller: Option<usize>,
    /// The poll has read a whole round and stored it.
    pub(crate) has_begun: bool,
    /// From when on its first round asked.
    pub(crate) first_from: Option<i64>,
    /// When the last two rounds of it began that were stored.
    pub(crate) rounds: (Millis, Millis),
    /// The consumers that were found unseen: since when, and when that was first noted, by the store's clock.
    pub(crate) noted: BTreeMap<String, (Millis, Millis)>,
    pub(crate) readers: Vec<Reader>,
    pub(crate) mirror: Mirror,
    pub(crate) receipts: BTreeMap<(String, String), DeliveryState>,
    pub(crate) violation: Option<Violation>,
    queue: BinaryHeap<Reverse<Scheduled>>,
    scheduled: u64,
    trace: Option<Vec<String>>,
}

impl World {
    pub(crate) fn run(seed: u64, options: &Options) -> Outcome {
        let mut rng = Rng::with_seed(seed);
        let chances = Chances::new(seed, &options.without);
        let habits = Habits::draw(&mut rng.fork(), chances.has(Trouble::Forgetting));
        let plan = Plan::draw(&mut rng.fork(), &chances, options.most_events);
        let mut world = Self {
            seed,
            now: BEGIN,
            rng: rng.fork(),
            chances,
            gateway: Gateway::new(habits),
            memory: Memory::new(),
            full_until: 0,
            absent_until: 0,
            clock_error: 0,
            processes: (0..plan.processes).map(|_| Process::default()).collect(),
            poller: None,
            has_begun: !plan.polls,
            first_from: None,
            rounds: (0, 0),
            noted: BTreeMap::new(),
            readers: Reader::all(&plan),
            mirror: Mirror::default(),
            receipts: BTreeMap::new(),
            violation: None,
            queue: BinaryHeap::new(),
            scheduled: 0,
            trace: options.trace.then(Vec::new),
            plan,
        };
        world.lay_out();
        let mut steps = 0;
        while let Some(Reverse(next)) = world.queue.pop() {
            world.now = next.at;
            if matches!(next.action, Action::End) {
                world.look_at_all();
                break;
            }
            world.act(next.action);
            steps += 1;
            if world.violation.is_some() {
                break;
            }
            if steps > MOST_STEPS {
                world.fail(Check::NothingFails, "the schedule has no end");
            }
        }
        Outcome {
            seed,
            violation: world.violation,
            trace: world.trace.unwrap_or_default(),
            simulated: world.now - BEGIN,
            steps,
            events: world.gateway.happened.len(),
        }
    }

    /// Puts the whole schedule into the queue, but for what follows from it.
    fn lay_out(&mut self) {
        let plan = self.plan.clone();
        if self.trace.is_some() {
            let habits = format!("{:?}", self.gateway.habits);
            self.say(|| format!("the gateway: {habits}"));
            self.say(|| format!("the client: {plan:?}"));
        }
        self.make_history();
        for process in 0..plan.processes {
            self.at(BEGIN, Action::Start(process));
        }
        for (place, news) in plan.news.iter().enumerate() {
            self.at(BEGIN + news.at, Action::Happen(place));
        }
        for at in &plan.forgeries {
            self.at(BEGIN + at, Action::Forge);
        }
        for (at, until) in &plan.absences {
            self.at(BEGIN + at, Action::Absence(BEGIN + until));
        }
        for (at, operation) in &plan.operations {
            self.at(BEGIN + at, Action::Operate(*operation));
        }
        let calm = BEGIN + plan.length;
        self.at(calm, Action::Calm);
        self.at(calm + 30 * MINUTE, Action::Evening);
        self.at(calm + HOUR, Action::LookAtOthers);
        self.at(calm + 4 * HOUR, Action::Night);
        self.at(calm + 31 * HOUR, Action::End);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Happen(place) => self.happen(place),
            Action::Post { place, attempt } => self.post(place, attempt),
            Action::Arrive { event, place } => self.arrive(*event, place),
            Action::AppendAt { from, arrivals, reports } => self.append_at(from, arrivals, reports),
            Action::Forge => self.forge(),
            Action::Start(process) => self.start(process),
            Action::Absence(until) => {
                self.absent_until = until;
                for process in 0..self.processes.len() {
                    self.kill(process);
                    self.at(until, Action::Start(process));
                }
            }
            Action::Operate(operation) => self.operate(operation),
            Action::Calm => self.calm(),
            Action::Evening => self.plan.lease = 100 * HOUR,
            Action::Night => self.plan.is_night = true,
            Action::LookAtOthers => self.look_at_others(),
            Action::End => {}
            Action::Step { process, incarnation, step } => self.step(process, incarnation, step),
        }
    }

    fn step(&mut self, number: usize, incarnation: u64, step: Step) {
        let process = &self.processes[number];
        if !process.is_alive || process.incarnation != incarnation {
            return;
        }
        if process.paused_until > self.now {
            let until = process.paused_until;
            self.at(until, Action::Step { process: number, incarnation, step });
            return;
        }
        if self.chances.hits(Trouble::Crashes, 2) {
            self.crash(number);
            return;
        }
        if self.chances.hits(Trouble::Pauses, 1) {
            let until = self.now + self.chances.draw(Trouble::Pauses, 20..400) * SECOND;
            self.say(|| format!("process {number} stands still until {}", shown(until)));
            self.processes[number].paused_until = until;
            self.at(until, Action::Step { process: number, incarnation, step });
            return;
        }
        match step {
            Step::Commit => self.commit_requests(number),
            Step::CommitTooLate(requests) => {
                self.store_requests(number, &requests);
            }
            Step::Acknowledge(requests) => self.acknowledge(requests),
            Step::Poll => self.ask(number),
            Step::Page(page) => self.take_page(number, page),
            Step::Keep => self.keep(number),
            Step::Lease(reader) => self.lease(number, reader),
            Step::Work { reader, partition, epoch } => self.work(number, reader, partition, epoch),
            Step::Handled { reader, partition, epoch } => self.handled(number, reader, partition, epoch),
            Step::Progress { reader, partition, epoch, change } => {
                self.progress(number, reader, partition, epoch, change);
            }
        }
    }

    /// A process is killed, and comes back after a while.
    fn crash(&mut self, process: usize) {
        self.kill(process);
        let back = self.now + self.chances.draw(Trouble::Crashes, 1..120) * SECOND;
        self.at(back, Action::Start(process));
    }

    pub(crate) fn kill(&mut self, number: usize) {
        if self.processes[number].is_alive {
            self.say(|| format!("process {number} is killed"));
        }
        let incarnation = self.processes[number].incarnation + 1;
        self.processes[number] = Process { incarnation, ..Process::default() };
        if self.poller == Some(number) {
            self.poller = None;
            let other = (0..self.processes.len()).find(|other| self.processes[*other].is_alive);
            if let Some(other) = other {
                self.begin_poll(other);
            }
        }
    }

    fn start(&mut self, number: usize) {
        if self.processes[number].is_alive || self.now < self.absent_until {
            return;
        }
        self.say(|| format!("process {number} starts"));
        self.processes[number].is_alive = true;
        if self.processes.len() == 1 {
            // It owns the store.
            let (outcome, _) = self.transact(whatsgate_store::consumers::free_all);
            if outcome.is_err() {
                self.processes[number].is_alive = false;
                self.at(self.now + SECOND, Action::Start(number));
                return;
            }
        }
        self.begin_poll(number);
        self.begin_work(number);
    }

    fn calm(&mut self) {
        self.say(|| "from here on nothing goes wrong".to_owned());
        self.chances.calm = true;
        self.full_until = 0;
        // Time for all to come to their share, three times over.
        self.plan.lease = 24 * MINUTE;
        self.plan.interval = HOUR;
        for process in 0..self.processes.len() {
            self.processes[process].paused_until = 0;
            self.start(process);
        }
        self.start_workers();
    }

    /// What a process does next.
    pub(crate) fn then(&mut self, process: usize, after: Millis, step: Step) {
        let incarnation = self.processes[process].incarnation;
        self.at(self.now + after, Action::Step { process, incarnation, step });
    }

    pub(crate) fn at(&mut self, at: Millis, action: Action) {
        self.scheduled += 1;
        self.queue.push(Reverse(Scheduled { at, number: self.scheduled, action }));
    }

    /// The time by the store's clock: that of the one machine, or of a database.
    pub(crate) fn store_now(&self) -> Millis {
        if self.processes.len() == 1 { self.now + self.clock_error } else { self.now }
    }

    /// Does something in a transaction. Says what the client learns of it, and whether it took effect.
    pub(crate) fn transact<R>(
        &mut self,
        work: impl FnOnce(&mut dyn Tables) -> Result<R, StoreError>,
    ) -> (Result<R, StoreError>, bool) {
        let now = self.store_now();
        self.memory.set_clock(now);
        if self.chances.hits(Trouble::FullStore, 2) {
            self.full_until = self.now + self.chances.draw(Trouble::FullStore, 1..300) * SECOND;
            let until = self.full_until;
            self.say(|| format!("the store is full until {}", shown(until)));
        }
        let is_full = self.now < self.full_until;
        let is_doubtful = self.chances.hits(Trouble::DoubtfulCommits, 10);
        let takes_effect = self.chances.draw(Trouble::DoubtfulCommits, 0..2) == 0;
        self.memory.begin().expect("memory has no errors");
        let outcome = work(&mut self.memory);
        let fails = outcome.is_err() || is_full || (is_doubtful && !takes_effect);
        if fails { self.memory.rollback() } else { self.memory.commit() }.expect("memory has no errors");
        let outcome = outcome.and_then(|result| {
            if is_full {
                Err(StoreError::Full)
            } else if is_doubtful {
                Err(StoreError::Unavailable("the connection was lost during a commit".to_owned()))
            } else {
                Ok(result)
            }
        });
        if let Err(error) = &outcome {
            let effect = if fails { "without effect" } else { "yet it took effect" };
            let text = error.to_string();
            self.say(|| format!("a transaction failed, {effect}: {text}"));
            if matches!(error, StoreError::Other(_) | StoreError::Corrupt(_)) {
                self.fail(Check::NothingFails, text);
            }
        }
        (outcome, !fails)
    }

    /// Looks at the store without changing it.
    pub(crate) fn look<R>(&mut self, look: impl FnOnce(&mut dyn Tables) -> Result<R, StoreError>) -> R {
        let now = self.store_now();
        self.memory.set_clock(now);
        look(&mut self.memory).expect("looking at memory does not fail")
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", shown(self.now), line()));
        }
    }

    pub(crate) fn fail(&mut self, check: Check, detail: impl Into<String>) {
        if self.violation.is_none() {
            let detail = detail.into();
            self.say(|| format!("VIOLATION of {}: {detail}", check.name()));
            self.violation = Some(Violation { check, detail, at: self.now - BEGIN });
        }
    }

    pub(crate) fn head(&mut self) -> Position {
        self.look(|tables| tables.end()).head
    }

    pub(crate) fn patience(&self) -> Patience {
        self.plan.patience.clone()
    }
}

/// A time of the schedule.
pub(crate) fn shown(at: Millis) -> String {
    let at = at - BEGIN;
    let (hours, minutes, millis) = (at / HOUR, at % HOUR / MINUTE, at % MINUTE);
    format!("{hours:3}:{minutes:02}:{:02}.{:03}", millis / SECOND, millis % SECOND)
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}
