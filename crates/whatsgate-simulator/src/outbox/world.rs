//! A schedule of the outbox: what happens when, in simulated time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Ended, State};
use whatsgate_store::OutboxFilter;

use super::gateway::{Gateway, Habits};
use super::plan::{EVENING, Order, Plan};
use super::reply::Asker;
use crate::chance::{Chances, Trouble};
use crate::stage::{BEGIN, MINUTE, SECOND, Stage, shown};
use crate::{Options, Outcome, Sums};

/// Something that is to happen.
pub(crate) enum Action {
    /// A message is put.
    Put(usize),
    /// It is put once more, perhaps with other content.
    PutAgain { order: usize, is_other: bool },
    /// The gateway carries an attempt out.
    Act { order: usize, number: u32, short: String },
    /// Something is to be told of a message.
    Tell { sent: usize, action: &'static str, ack: i64 },
    /// The list shows an event from now on.
    List(usize),
    /// The gateway posts an event, for the first to the fourth time.
    Post { place: usize, attempt: u32 },
    /// A posted event arrives.
    Arrive(usize),
    /// Somebody posts an event that did not happen.
    Forge(usize),
    /// A session is connected, or is no longer.
    Connect { session: usize, is_connected: bool },
    /// A person types, or what was typed is reported.
    Type(usize),
    /// A person looks at a message.
    Look,
    /// A process begins.
    Start(usize),
    /// All processes are killed, until then.
    Absence(Millis),
    /// From now on things go wrong.
    Rise,
    /// From now on nothing goes wrong any more.
    Calm,
    /// From now on everybody takes their time.
    Night,
    /// The last of it.
    End,
    /// A process does something.
    Step { process: usize, incarnation: u64, step: Step },
}

/// What a process does between two places where it may be killed.
pub(crate) enum Step {
    /// Takes what is due.
    Take,
    /// Stores attempts whose requests are out already.
    TakeTooLate,
    /// A request leaves.
    Send { id: u64, order: usize, number: u32 },
    /// Its outcome is stored.
    End { id: u64, order: usize, number: u32, ended: Ended },
    /// Looks for what was lost and what is missing.
    Judge,
    /// Asks for events.
    Ask,
    /// Stores what was listed, in a round that began at this time by the store's clock.
    Page { began: Millis, places: Vec<usize> },
    /// Stores that the round is over.
    Keep { began: Millis },
}

/// A process of the client.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) incarnation: u64,
    pub(crate) is_alive: bool,
    pub(crate) paused_until: Millis,
    /// How many requests are under way.
    pub(crate) sending: usize,
    /// When it looks for what is due, so that there is one chain of it.
    pub(crate) next_take: Option<Millis>,
    /// When it may ask about a session again.
    pub(crate) asks: Millis,
}

/// What is known of an attempt beside the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Try {
    /// When it was recorded, and at which step.
    pub(crate) taken: (Millis, u64),
    /// How far the store's clock was off then.
    pub(crate) clock_error: Millis,
    /// When it ended, and that by the store's clock.
    pub(crate) ended: Option<(Millis, Millis)>,
    /// It was concluded that it was not carried out.
    pub(crate) is_given_up: bool,
    /// What showed it had been taken for another message's that looks the same: nothing tells such two apart.
    pub(crate) is_taken: bool,
}

/// What callers and people did with a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dealings {
    /// It may be in the store.
    pub(crate) is_put: bool,
    /// A person said that it was not sent, or wanted it sent again.
    pub(crate) is_decided: bool,
}

pub(crate) struct World {
    pub(crate) stage: Stage<Action>,
    pub(crate) plan: Plan,
    pub(crate) gateway: Gateway,
    pub(crate) asker: Asker,
    pub(crate) absent_until: Millis,
    pub(crate) processes: Vec<Process>,
    pub(crate) orders: Vec<Order>,
    pub(crate) dealings: Vec<Dealings>,
    pub(crate) tries: BTreeMap<(usize, u32), Try>,
    /// Which messages each order was sent as.
    pub(crate) acts: BTreeMap<usize, Vec<usize>>,
    pub(crate) listed: BTreeSet<usize>,
    pub(crate) sums: Sums,
    /// How far each entry had come when that was written down.
    watched: BTreeMap<u64, (State, Option<String>)>,
}

impl World {
    pub(crate) fn run(seed: u64, options: &Options) -> Outcome {
        // Another course than that of the journal's schedule.
        let seed_here = seed ^ 0x6f75_7462_6f78;
        let mut rng = Rng::with_seed(seed_here);
        let chances = Chances::new(seed_here, &options.without);
        let plan = Plan::draw(&mut rng.fork(), &chances, options.most_events);
        let habits = Habits::draw(&mut rng.fork(), plan.warm, plan.length);
        let mut world = Self {
            stage: Stage::new(rng.fork(), chances, plan.processes, options.trace),
            gateway: Gateway::new(habits),
            asker: Asker::new(),
            absent_until: 0,
            processes: (0..plan.processes).map(|_| Process::default()).collect(),
            orders: plan.orders.clone(),
            dealings: vec![Dealings::default(); plan.orders.len()],
            tries: BTreeMap::new(),
            acts: BTreeMap::new(),
            listed: BTreeSet::new(),
            sums: Sums::default(),
            watched: BTreeMap::new(),
            plan,
        };
        world.lay_out();
        while let Some(action) = world.next() {
            if matches!(action, Action::End) {
                world.look_at_all();
                break;
            }
            world.act(action);
            if world.is_traced() {
                world.watch();
            }
        }
        world.stage.outcome(seed, world.plan.orders.len(), world.sums)
    }

    fn lay_out(&mut self) {
        let plan = self.plan.clone();
        if self.is_traced() {
            let habits = format!("{:?}", self.gateway.habits);
            self.say(|| format!("the gateway: {habits}"));
            let shown = Plan { orders: Vec::new(), typed: Vec::new(), ..plan.clone() };
            self.say(|| format!("the client: {shown:?}"));
        }
        // Something is known of the account.
        let place = self.add_event(0, "ready", r#""number":"79991234567""#, None);
        self.gateway.happened[place].is_listed = true;
        for (order, what) in plan.orders.iter().enumerate() {
            self.at(BEGIN + what.at, Action::Put(order));
            for (at, is_other) in &what.repeats {
                self.at(BEGIN + at, Action::PutAgain { order, is_other: *is_other });
            }
        }
        for (number, typed) in plan.typed.iter().enumerate() {
            self.at(BEGIN + typed.at, Action::Type(number));
        }
        for (from, until, session) in &plan.disconnects {
            self.at(BEGIN + from, Action::Connect { session: *session, is_connected: false });
            self.at(BEGIN + until, Action::Connect { session: *session, is_connected: true });
        }
        for (at, until) in &plan.absences {
            self.at(BEGIN + at, Action::Absence(BEGIN + until));
        }
        for (at, order) in &plan.forgeries {
            self.at(BEGIN + at, Action::Forge(*order));
        }
        for at in &plan.looks {
            self.at(BEGIN + at, Action::Look);
        }
        for process in 0..plan.processes {
            self.at(BEGIN, Action::Start(process));
        }
        self.chances.calm = plan.warm > 0;
        self.at(BEGIN + plan.warm, Action::Rise);
        let calm = BEGIN + plan.length;
        self.at(calm, Action::Calm);
        self.at(calm + 40 * MINUTE, Action::Night);
        self.at(calm + EVENING, Action::End);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Put(order) => self.put(order, false, true),
            Action::PutAgain { order, is_other } => self.put(order, is_other, false),
            Action::Act { order, number, short } => self.carry_out(order, number, short),
            Action::Tell { sent, action, ack } => self.tell(sent, action, ack),
            Action::List(place) => self.list(place),
            Action::Post { place, attempt } => self.post(place, attempt),
            Action::Arrive(place) => self.arrive(place),
            Action::Forge(order) => self.forge(order),
            Action::Connect { session, is_connected } => self.connect(session, is_connected),
            Action::Type(number) => self.type_in(number),
            Action::Look => self.look_and_decide(),
            Action::Start(process) => self.start(process),
            Action::Absence(until) => {
                self.absent_until = until;
                for process in 0..self.processes.len() {
                    self.kill(process);
                    self.at(until, Action::Start(process));
                }
            }
            Action::Rise => self.chances.calm = false,
            Action::Calm => self.calm(),
            Action::Night => self.plan.is_night = true,
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
        // Most of all where it matters.
        let weight =
            if matches!(step, Step::Send { .. } | Step::End { .. } | Step::TakeTooLate) { 12 } else { 1 };
        if self.chances.hits(Trouble::Crashes, weight) {
            self.kill(number);
            let back = self.now + self.chances.draw(Trouble::Crashes, 1..120) * SECOND;
            self.at(back, Action::Start(number));
            return;
        }
        if self.chances.hits(Trouble::Pauses, weight) {
            let until = self.now + self.chances.draw(Trouble::Pauses, 5..900) * SECOND;
            self.say(|| format!("process {number} stands still until {}", shown(until)));
            self.processes[number].paused_until = until;
            self.at(until, Action::Step { process: number, incarnation, step });
            return;
        }
        match step {
            Step::Take => self.take(number),
            Step::TakeTooLate => self.take_too_late(number),
            Step::Send { id, order, number: attempt } => self.send(number, id, order, attempt),
            Step::End { id, order, number: attempt, ended } => self.end(number, id, order, attempt, ended),
            Step::Judge => self.judge(number),
            Step::Ask => self.ask(number),
            Step::Page { began, places } => self.take_page(number, began, places),
            Step::Keep { began } => self.keep(number, began),
        }
    }

    fn kill(&mut self, number: usize) {
        if self.processes[number].is_alive {
            self.say(|| format!("process {number} is killed"));
        }
        let incarnation = self.processes[number].incarnation + 1;
        self.processes[number] = Process { incarnation, ..Process::default() };
    }

    fn start(&mut self, number: usize) {
        if self.processes[number].is_alive || self.now < self.absent_until {
            return;
        }
        self.say(|| format!("process {number} starts"));
        // The only one owns the store: what was being sent is lost, and nobody polls.
        let is_alone = self.processes.len() == 1;
        let is_free = !is_alone || self.transact(whatsgate_store::consumers::free_all).0.is_ok();
        if !is_free || !self.lose(is_alone) {
            self.after(SECOND, Action::Start(number));
            return;
        }
        self.processes[number].is_alive = true;
        self.take_after(number, 10);
        self.then(number, 20, Step::Judge);
        if self.plan.polls {
            self.then(number, 30, Step::Ask);
        }
    }

    fn calm(&mut self) {
        self.say(|| "from here on nothing goes wrong".to_owned());
        self.chances.calm = true;
        self.full_until = 0;
        self.absent_until = 0;
        for process in 0..self.processes.len() {
            self.processes[process].paused_until = 0;
            self.start(process);
        }
        for session in 0..2 {
            if !self.gateway.is_connected[session] {
                self.connect(session, true);
            }
            if session == 1 && self.orders.iter().all(|order| order.kind.session == 0) {
                continue;
            }
            for number in 0..self.plan.closing {
                // Also after all that was unknown may be known to be missing.
                let at = self.plan.length + (10 + number * 24 / self.plan.closing) * MINUTE;
                let order = self.plan.closing(usize::try_from(number).unwrap_or_default(), session, at);
                let put = Action::Put(self.orders.len());
                self.orders.push(order);
                self.dealings.push(Dealings::default());
                self.at(BEGIN + at, put);
            }
        }
    }

    /// What a process does next.
    pub(crate) fn then(&mut self, process: usize, after: Millis, step: Step) {
        let incarnation = self.processes[process].incarnation;
        self.after(after, Action::Step { process, incarnation, step });
    }

    /// Writes down what became of entries.
    fn watch(&mut self) {
        for entry in self.look(|tables| tables.outbox_entries(&OutboxFilter::default(), usize::MAX)) {
            let now = (entry.course.state, entry.course.message.clone());
            let before = self.watched.insert(entry.id, now.clone());
            if before.as_ref() != Some(&now) {
                let (order, state) = (entry.key.key, entry.course.state.name());
                let (proof, message) = (entry.course.proof, entry.course.message);
                self.say(|| format!("    order {order} is {state}, proof {proof:?}, message {message:?}"));
            }
        }
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
