//! The workers of the consumers: lease, read, handle, commit.

use std::collections::BTreeMap;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Position};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::{Change, Partition, Step as Next, Unhandled};
use whatsgate_core::durable::rules::Rule;
use whatsgate_store::consumers::{self, Leases};
use whatsgate_store::{Slice, StoreError, Tables, journal};

use crate::chance::Trouble;
use crate::checks::{Check, Fate};
use crate::plan::Plan;
use crate::world::{AGAIN, Step, World};

/// A consumer, as it should be.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Its handler writes to the store.
    pub(crate) is_transactional: bool,
    /// When it comes, and when nobody works for it any more until nothing goes wrong.
    pub(crate) from: Millis,
    pub(crate) until: Millis,
    /// It is in the store since the journal ended here.
    pub(crate) begun: Option<Position>,
    pub(crate) fates: BTreeMap<Position, Fate>,
    /// How often it was set to a position.
    pub(crate) generation: u32,
    /// How many events were handed over again, beyond what may wait.
    pub(crate) replayed: usize,
    pub(crate) progress: BTreeMap<u32, Position>,
}

/// The worker of a process for a consumer.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) works: BTreeMap<u32, Work>,
    /// When leases are asked for next.
    next: Millis,
}

/// A partition in a worker's hands.
pub(crate) struct Work {
    pub(crate) lease: Lease,
    partition: Partition,
    doing: Option<Doing>,
    give_up: bool,
    /// How often the consumer had been set to a position when the lease was taken.
    generation: u32,
    /// When it is looked at next.
    next: Option<Millis>,
    /// There is nothing to do before somebody tells.
    is_idle: bool,
}

#[derive(Clone)]
struct Doing {
    position: Position,
    attempt: u32,
    generation: u32,
    /// Progress was stored before the event was handled.
    is_stored: bool,
}

impl Reader {
    pub(crate) fn all(plan: &Plan) -> Vec<Self> {
        let reader = |name, is_transactional, from, until| Self {
            name,
            is_transactional,
            from,
            until,
            begun: None,
            fates: BTreeMap::new(),
            generation: 0,
            replayed: 0,
            progress: BTreeMap::new(),
        };
        let (from, until) = plan.third;
        vec![
            reader("orders", true, 0, Millis::MAX),
            reader("mails", false, 0, Millis::MAX),
            reader("late", true, from, until),
        ]
    }

    pub(crate) fn fate(&mut self, position: Position) -> &mut Fate {
        let begun = self.begun.unwrap_or_default();
        let allowed = u32::from(position > begun);
        self.fates.entry(position).or_insert_with(|| Fate { allowed, ..Fate::default() })
    }
}

impl World {
    /// A process opens its consumers.
    pub(crate) fn begin_work(&mut self, number: usize) {
        if !self.processes[number].is_alive || !self.has_begun {
            return;
        }
        for reader in 0..self.readers.len() {
            let (from, until) = (self.readers[reader].from, self.readers[reader].until);
            let age = self.now - crate::stage::BEGIN;
            if self.processes[number].workers.contains_key(&reader) || (age >= until && !self.chances.calm) {
                continue;
            }
            let name = format!("{number}.{}", self.processes[number].incarnation);
            self.processes[number].workers.insert(reader, Worker { name, works: BTreeMap::new(), next: 0 });
            self.lease_after(number, reader, (from - age).max(1));
        }
    }

    pub(crate) fn start_workers(&mut self) {
        for process in 0..self.processes.len() {
            self.begin_work(process);
        }
    }

    /// There is something new in the journal.
    pub(crate) fn notify(&mut self) {
        for number in 0..self.processes.len() {
            let mut due = Vec::new();
            for (reader, worker) in &mut self.processes[number].workers {
                for (partition, work) in &mut worker.works {
                    work.partition.wake();
                    work.is_idle = false;
                    due.push((*reader, *partition, work.lease.epoch));
                }
            }
            due.sort_unstable();
            for (reader, partition, epoch) in due {
                let wait = self.rng.i64(1..50);
                self.work_after(number, reader, partition, epoch, wait);
            }
        }
    }

    fn open(&mut self, reader: usize) -> bool {
        let (name, partitions) = (self.readers[reader].name, self.plan.partitions);
        let (outcome, is_stored) =
            self.transact(|tables| consumers::open(tables, name, partitions, consumers::StartAt::Now));
        if is_stored && self.readers[reader].begun.is_none() {
            let head = self.head();
            self.say(|| format!("the consumer {name} begins after position {head}"));
            self.readers[reader].begun = Some(head);
        }
        if matches!(&outcome, Err(StoreError::Consumer(_))) {
            let is_suspended = self.look(|tables| tables.consumer(name)).is_some_and(|row| row.suspended);
            if is_suspended {
                self.wake_suspended(reader);
            } else {
                self.fail(Check::NothingFails, format!("the consumer {name} cannot be opened"));
            }
        }
        outcome.is_ok()
    }

    fn lease_after(&mut self, number: usize, reader: usize, after: Millis) {
        let next = self.now + after;
        if let Some(worker) = self.processes[number].workers.get_mut(&reader) {
            worker.next = next;
            self.then(number, after, Step::Lease(reader));
        }
    }

    pub(crate) fn lease(&mut self, number: usize, reader: usize) {
        let age = self.now - crate::stage::BEGIN;
        let Some(worker) = self.processes[number].workers.get(&reader) else { return };
        if worker.next > self.now {
            return;
        }
        let worker = worker.name.clone();
        if age >= self.readers[reader].until && !self.chances.calm {
            self.processes[number].workers.remove(&reader);
            return;
        }
        let (consumer, length) = (self.readers[reader].name, self.plan.lease);
        let is_open = self.readers[reader].begun.is_some() || self.open(reader);
        if !is_open {
            self.lease_after(number, reader, AGAIN);
            return;
        }
        let (outcome, _) = self.transact(|tables| consumers::lease(tables, consumer, &worker, length));
        match outcome {
            Ok(leases) => self.take_leases(number, reader, leases),
            Err(StoreError::Consumer(_)) => {
                self.wake_suspended(reader);
                self.lease_after(number, reader, AGAIN);
                return;
            }
            Err(_) => {
                self.lease_after(number, reader, AGAIN);
                return;
            }
        }
        let next = length / 3;
        self.lease_after(number, reader, next);
    }

    fn take_leases(&mut self, number: usize, reader: usize, leases: Leases) {
        let (patience, verifies) = (self.patience(), self.plan.verifies);
        let generation = self.readers[reader].generation;
        let Some(worker) = self.processes[number].workers.get_mut(&reader) else { return };
        let mut works = BTreeMap::new();
        for held in leases.held {
            let partition = held.row.lease.partition;
            let give_up = leases.give_up.contains(&partition);
            let known =
                worker.works.remove(&partition).filter(|work| work.lease.epoch == held.row.lease.epoch);
            let work = match known {
                Some(mut work) => {
                    work.is_idle &= held.parked.is_empty() && !verifies && !give_up;
                    work.partition.set_parked(held.parked);
                    // Events that wait for the service to be asked come without a word.
                    if verifies {
                        work.partition.wake();
                    }
                    work.lease = held.row.lease;
                    Work { give_up, ..work }
                }
                None => Work {
                    lease: held.row.lease,
                    partition: Partition::new(patience.clone(), held.row.progress, held.parked),
                    doing: None,
                    give_up,
                    generation,
                    next: None,
                    is_idle: false,
                },
            };
            works.insert(partition, work);
        }
        let lost: Vec<_> = worker.works.keys().copied().collect();
        worker.works = works;
        let due: Vec<_> = worker
            .works
            .iter()
            .filter(|(_, work)| !work.is_idle)
            .map(|(partition, work)| (*partition, work.lease.epoch))
            .collect();
        if !lost.is_empty() {
            self.say(|| format!("process {number} has lost partitions {lost:?} of consumer {reader}"));
        }
        for (partition, epoch) in due {
            self.work_after(number, reader, partition, epoch, 1);
        }
    }

    fn work_of(&mut self, number: usize, reader: usize, partition: u32, epoch: u64) -> Option<&mut Work> {
        let work = self.processes[number].workers.get_mut(&reader)?.works.get_mut(&partition)?;
        (work.lease.epoch == epoch).then_some(work)
    }

    fn work_after(&mut self, number: usize, reader: usize, partition: u32, epoch: u64, after: Millis) {
        let (now, next) = (self.now, self.now + after);
        if let Some(work) = self.work_of(number, reader, partition, epoch)
            && work.next.is_none_or(|known| !(now..=next).contains(&known))
        {
            work.next = Some(next);
            self.then(number, after, Step::Work { reader, partition, epoch });
        }
    }

    /// Whether a handler runs there.
    pub(crate) fn is_busy(&self, reader: usize, partition: u32) -> bool {
        self.processes.iter().any(|process| {
            let work = process.workers.get(&reader).and_then(|worker| worker.works.get(&partition));
            work.is_some_and(|work| work.doing.is_some())
        })
    }

    fn drop_work(&mut self, number: usize, reader: usize, partition: u32) {
        if let Some(worker) = self.processes[number].workers.get_mut(&reader) {
            worker.works.remove(&partition);
        }
    }

    pub(crate) fn work(&mut self, number: usize, reader: usize, partition: u32, epoch: u64) {
        let (now, true_now) = (self.store_now(), self.now);
        let (consumer, of) = (self.readers[reader].name, self.plan.partitions);
        let Some(work) = self.work_of(number, reader, partition, epoch) else { return };
        if work.next.is_none_or(|next| next > true_now) {
            return;
        }
        work.next = None;
        if work.doing.is_some() {
            // Whoever ends that goes on.
            return;
        }
        let lease = work.lease.clone();
        if work.give_up {
            let (outcome, _) = self.transact(|tables| consumers::give_up(tables, consumer, &lease));
            if outcome.is_ok() {
                self.say(|| format!("process {number} gives up partition {partition} of {consumer}"));
                self.drop_work(number, reader, partition);
            }
            return;
        }
        match work.partition.next(now) {
            Next::Handle { position, attempt } => {
                if now < lease.expires {
                    self.handle(number, reader, &lease, position, attempt);
                }
            }
            Next::Store(change) => {
                let (outcome, is_stored) =
                    self.transact(|tables| consumers::commit(tables, consumer, &lease, &change));
                self.after_commit(number, reader, &lease, change, &outcome, is_stored);
                self.work_after(number, reader, partition, epoch, if outcome.is_ok() { 1 } else { AGAIN });
            }
            Next::Read { after, most } => {
                let slice = Slice { partition, of };
                let page = self.look(|tables| journal::read(tables, slice, after, most));
                let events = page
                    .entries
                    .iter()
                    .map(|entry| Unhandled { position: entry.position, chat: entry.order_key() })
                    .collect();
                if let Some(work) = self.work_of(number, reader, partition, epoch) {
                    work.partition.read(events, page.up_to);
                }
                self.work_after(number, reader, partition, epoch, 1);
            }
            Next::Wait { until } => {
                if let Some(work) = self.work_of(number, reader, partition, epoch) {
                    work.is_idle = until.is_none();
                }
                if let Some(until) = until {
                    // Leases are renewed, and looked after then, anyway.
                    self.work_after(number, reader, partition, epoch, (until - now).max(1));
                }
            }
        }
    }

    fn handle(&mut self, number: usize, reader: usize, lease: &Lease, position: Position, attempt: u32) {
        let partition = lease.partition;
        let now = self.store_now();
        let consumer = self.readers[reader].name;
        self.say(|| format!("process {number} hands position {position} to {consumer}, try {attempt}"));
        let others = (0..self.processes.len()).filter(|other| *other != number).any(|other| {
            let work =
                self.processes[other].workers.get(&reader).and_then(|worker| worker.works.get(&partition));
            work.is_some_and(|work| {
                work.lease.expires > now
                    && work
                        .doing
                        .as_ref()
                        .is_some_and(|doing| doing.generation == self.readers[reader].generation)
            })
        });
        let generation = self.readers[reader].generation;
        let is_void = self
            .work_of(number, reader, partition, lease.epoch)
            .is_none_or(|work| work.generation != generation);
        // A lease that is void without its owner's knowledge comes to nothing.
        if others && !is_void {
            self.fail(
                Check::OneWorker,
                format!("two workers handle events of partition {partition} of {consumer}"),
            );
        }
        let entry = self.look(|tables| tables.entry(position));
        let fate = self.readers[reader].fate(position);
        if fate.allowed == 0 {
            self.fail(
                Check::NothingFromBefore,
                format!("{consumer} handles position {position}, from before its start"),
            );
        } else if !entry.is_some_and(|entry| entry.content != Content::Expired) && !fate.may_be_empty {
            self.fail(Check::ContentIsThere, format!("position {position} has no content for {consumer}"));
        }
        let mut is_stored = false;
        if !Rule::ProgressAfterHandling.holds()
            && let Some(change) = self
                .work_of(number, reader, partition, lease.epoch)
                .map(|work| work.partition.handled(position))
        {
            let (outcome, stored) =
                self.transact(|tables| consumers::commit(tables, consumer, lease, &change));
            self.after_commit(number, reader, lease, change, &outcome, stored);
            is_stored = outcome.is_ok();
        }
        let Some(work) = self.work_of(number, reader, partition, lease.epoch) else { return };
        work.doing = Some(Doing { position, attempt, generation: work.generation, is_stored });
        let length = self.length_of(reader, position);
        self.then(number, length, Step::Handled { reader, partition, epoch: lease.epoch });
    }

    /// A number that belongs to an event and a consumer.
    fn lot(&self, reader: usize, position: Position, salt: u64) -> u64 {
        let mixed = self.seed ^ position.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((reader as u64 + salt) << 40);
        fastrand::Rng::with_seed(mixed).u64(..)
    }

    fn length_of(&self, reader: usize, position: Position) -> Millis {
        let lot = self.lot(reader, position, 17);
        let is_slow = self.chances.has(Trouble::SlowHandlers) && lot.is_multiple_of(20);
        let millis = if is_slow { 10_000 + lot / 20 % 150_000 } else { 5 + lot / 20 % 400 };
        Millis::try_from(millis).unwrap_or_default()
    }

    /// How often an event fails before it succeeds.
    pub(crate) fn failures_of(&self, reader: usize, position: Position) -> u32 {
        if !self.chances.has(Trouble::FailingHandlers) {
            return 0;
        }
        match self.lot(reader, position, 3) % 40 {
            0 => u32::MAX,
            1..5 => 1,
            5..7 => 3,
            _ => 0,
        }
    }

    pub(crate) fn handled(&mut self, number: usize, reader: usize, partition: u32, epoch: u64) {
        let now = self.store_now();
        let consumer = self.readers[reader].name;
        let Some(work) = self.work_of(number, reader, partition, epoch) else { return };
        let Some(doing) = work.doing.clone() else { return };
        let lease = work.lease.clone();
        let position = doing.position;
        let fails = doing.attempt <= self.failures_of(reader, position);
        let progress = |change| Step::Progress { reader, partition, epoch, change };
        let wait = self.rng.i64(1..20);
        if fails {
            let Some(work) = self.work_of(number, reader, partition, epoch) else { return };
            let change = work.partition.failed(position, "it does not want to", now);
            self.say(|| format!("position {position} fails for {consumer}"));
            self.then(number, wait, progress(change));
            return;
        }
        let Some(work) = self.work_of(number, reader, partition, epoch) else { return };
        let change = work.partition.handled(position);
        if !self.readers[reader].is_transactional {
            self.took_effect(reader, &doing);
            self.then(number, wait, progress(change));
            return;
        }
        let effect = |tables: &mut dyn Tables| -> Result<(), StoreError> {
            let name = format!("{consumer}/{position}");
            let times: u32 = tables.setting(&name)?.and_then(|times| times.parse().ok()).unwrap_or_default();
            tables.set_setting(&name, Some(&(times + 1).to_string()))
        };
        if doing.is_stored || !Rule::EffectWithProgress.holds() {
            let (outcome, is_stored) = self.transact(effect);
            if is_stored {
                self.took_effect(reader, &doing);
            }
            match outcome {
                Ok(()) => self.then(number, wait, progress(change)),
                Err(_) => self.then(number, AGAIN, Step::Handled { reader, partition, epoch }),
            }
            return;
        }
        let (outcome, is_stored) = self.transact(|tables| {
            effect(tables)?;
            consumers::commit(tables, consumer, &lease, &change)
        });
        if is_stored {
            self.took_effect(reader, &doing);
        }
        self.after_commit(number, reader, &lease, change, &outcome, is_stored);
        if let Some(work) = self.work_of(number, reader, partition, epoch) {
            work.doing = None;
        }
        self.work_after(number, reader, partition, epoch, if outcome.is_ok() { 1 } else { AGAIN });
    }

    pub(crate) fn progress(
        &mut self,
        number: usize,
        reader: usize,
        partition: u32,
        epoch: u64,
        change: Change,
    ) {
        let consumer = self.readers[reader].name;
        let Some(work) = self.work_of(number, reader, partition, epoch) else { return };
        let lease = work.lease.clone();
        let (outcome, is_stored) =
            self.transact(|tables| consumers::commit(tables, consumer, &lease, &change));
        if matches!(outcome, Err(StoreError::Full)) {
            self.then(number, AGAIN, Step::Progress { reader, partition, epoch, change });
            return;
        }
        self.after_commit(number, reader, &lease, change, &outcome, is_stored);
        if let Some(work) = self.work_of(number, reader, partition, epoch) {
            work.doing = None;
        }
        self.work_after(number, reader, partition, epoch, 1);
    }

    /// What a worker makes of a commit, and what must hold after it.
    fn after_commit(
        &mut self,
        number: usize,
        reader: usize,
        lease: &Lease,
        change: Change,
        outcome: &Result<(), StoreError>,
        is_stored: bool,
    ) {
        let (partition, consumer) = (lease.partition, self.readers[reader].name);
        if is_stored {
            for parked in &change.park {
                self.readers[reader].fate(parked.position).is_dead = parked.dead;
            }
            let row = self.look(|tables| tables.partition(consumer, partition));
            let progress = row.map_or(0, |row| row.progress);
            let before = self.readers[reader].progress.insert(partition, progress);
            if before.is_some_and(|before| before > progress) {
                self.fail(
                    Check::ProgressStays,
                    format!("{consumer} goes from {before:?} back to {progress} in partition {partition}"),
                );
            }
            if !change.park.is_empty() {
                let waiting = self.look(|tables| tables.parked(consumer, partition)).len();
                let most = self.plan.most_waiting + self.readers[reader].replayed;
                if waiting > most {
                    self.fail(
                        Check::WaitingIsLimited,
                        format!("{waiting} events of {consumer} wait, and {most} may"),
                    );
                }
            }
        }
        match outcome {
            Ok(()) => {
                if let Some(work) = self.work_of(number, reader, partition, lease.epoch) {
                    work.partition.stored(change);
                }
            }
            Err(StoreError::Full) => {}
            Err(StoreError::Unavailable(_)) if !Rule::ReadAgainAfterDoubt.holds() => {}
            Err(_) => {
                // Whoever has the lease now, or what is stored in truth, shows with the next one.
                self.drop_work(number, reader, partition);
                // While nothing goes wrong leases are long, and the next one would come after the end.
                if let Some(worker) = self.processes[number].workers.get(&reader)
                    && (worker.works.is_empty() || self.chances.calm)
                {
                    self.lease_after(number, reader, AGAIN);
                }
            }
        }
    }

    fn took_effect(&mut self, reader: usize, doing: &Doing) {
        let position = doing.position;
        let consumer = self.readers[reader].name;
        let is_transactional = self.readers[reader].is_transactional;
        let is_current = doing.generation == self.readers[reader].generation;
        self.say(|| format!("position {position} takes effect for {consumer}"));
        let fate = self.readers[reader].fate(position);
        fate.effects += 1;
        let is_first = !fate.is_done && is_current;
        fate.is_done |= is_current;
        let (effects, allowed) = (fate.effects, fate.allowed);
        if is_transactional && effects > allowed {
            self.fail(
                Check::EffectsAreOnce,
                format!("position {position} took effect {effects} times for {consumer}, and {allowed} may"),
            );
        }
        if !is_first {
            return;
        }
        let Some(entry) = self.mirror.entries.get(&position) else { return };
        let earlier: Vec<_> =
            self.mirror.by_chat[&entry.order_key].iter().copied().filter(|other| *other < position).collect();
        for other in earlier {
            let fate = self.readers[reader].fate(other);
            if fate.allowed > 0 && !fate.is_done && !fate.is_dead && !fate.is_skipped && !fate.is_replayed {
                self.fail(
                    Check::OrderOfAChat,
                    format!(
                        "position {position} takes effect for {consumer} before {other} of the same chat"
                    ),
                );
            }
        }
    }
}
