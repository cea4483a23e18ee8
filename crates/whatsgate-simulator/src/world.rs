//! A schedule: what happens when, in simulated time.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::Position;
use whatsgate_core::durable::partition::{Change, Patience};
use whatsgate_core::durable::receipts::DeliveryState;
use whatsgate_model::{Event, Page};
use whatsgate_store::journal::Arrival;

use crate::chance::{Chances, Trouble};
use crate::checks::Mirror;
use crate::gateway::{Gateway, Habits};
use crate::operator::Operation;
use crate::plan::Plan;
use crate::poller::Poll;
use crate::receiver::{Report, Request};
use crate::stage::{BEGIN, HOUR, MINUTE, SECOND, Stage, shown};
use crate::worker::{Reader, Worker};
use crate::{Options, Outcome, Sums};

/// After how long something is tried again that a store refused.
pub(crate) const AGAIN: Millis = 5 * SECOND;

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

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) stage: Stage<Action>,
    pub(crate) plan: Plan,
    pub(crate) gateway: Gateway,
    /// Nothing of the client runs until then.
    absent_until: Millis,
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
}

impl World {
    pub(crate) fn run(seed: u64, options: &Options) -> Outcome {
        let mut rng = Rng::with_seed(seed);
        let chances = Chances::new(seed, &options.without);
        let habits = Habits::draw(&mut rng.fork(), chances.has(Trouble::Forgetting));
        let plan = Plan::draw(&mut rng.fork(), &chances, options.most_events);
        let mut world = Self {
            seed,
            stage: Stage::new(rng.fork(), chances, plan.processes, options.trace),
            gateway: Gateway::new(habits),
            absent_until: 0,
            processes: (0..plan.processes).map(|_| Process::default()).collect(),
            poller: None,
            has_begun: !plan.polls,
            first_from: None,
            rounds: (0, 0),
            noted: BTreeMap::new(),
            readers: Reader::all(&plan),
            mirror: Mirror::default(),
            receipts: BTreeMap::new(),
            plan,
        };
        world.lay_out();
        while let Some(action) = world.next() {
            if matches!(action, Action::End) {
                world.look_at_all();
                break;
            }
            world.act(action);
        }
        world.stage.outcome(seed, world.gateway.happened.len(), Sums::default())
    }

    /// Puts the whole schedule into the queue, but for what follows from it.
    fn lay_out(&mut self) {
        let plan = self.plan.clone();
        if self.is_traced() {
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
                self.after(SECOND, Action::Start(number));
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
        self.after(after, Action::Step { process, incarnation, step });
    }

    pub(crate) fn head(&mut self) -> Position {
        self.look(|tables| tables.end()).head
    }

    pub(crate) fn patience(&self) -> Patience {
        self.plan.patience.clone()
    }
}

impl Deref for World {
    type Target = Stage<Action>;

    fn deref(&self) -> &Stage<Action> {
        &self.stage
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Stage<Action> {
        &mut self.stage
    }
}
