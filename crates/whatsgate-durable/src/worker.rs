//! The work on the partitions of a consumer.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use whatsgate_model::{Event, EventData, from_json};
use whatsgate_store::consumers::{self, Held};
use whatsgate_store::durable::journal::{Content, Entry, Position, Trust};
use whatsgate_store::durable::leases::Lease;
use whatsgate_store::durable::partition::{Change, Partition, Step, Unhandled};
use whatsgate_store::{Slice, Store, StoreError, journal};

use crate::consumer::{BoxError, Consumer, GiveUp, Handler};
use crate::delivery::Delivery;
use crate::error::InboxError;
use crate::stop::Stop;
use crate::time::after;

/// For how long a worker has a partition without renewing it.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// How often it renews it.
const RENEWAL: Duration = Duration::from_secs(5);
/// The pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Runs a consumer until it is told to stop.
pub(crate) async fn run<S: Send + Sync + 'static>(
    store: Store,
    consumer: Consumer<S>,
    worker: String,
    stop: Stop,
) -> Result<(), InboxError> {
    let settings = &consumer.settings;
    let (partitions, start, name) = (settings.partitions, settings.start, consumer.name.clone());
    let row = store.run(move |tables| consumers::open(tables, &name, partitions, start)).await?;
    let mut pool = Pool {
        store,
        partitions: row.partitions,
        consumer: Arc::new(consumer),
        worker,
        tasks: HashMap::new(),
        end: Stop::new(),
    };
    let result = pool.serve(&stop).await;
    pool.finish().await;
    result
}

struct Pool<S> {
    store: Store,
    partitions: u32,
    consumer: Arc<Consumer<S>>,
    worker: String,
    tasks: HashMap<u32, Task>,
    end: Stop,
}

/// The task of a partition.
struct Task {
    epoch: u64,
    /// Tells it to end after what it does.
    give_up: Stop,
    /// Somebody may have replayed a dead letter.
    look_again: watch::Sender<()>,
    handle: JoinHandle<()>,
}

impl<S: Send + Sync + 'static> Pool<S> {
    async fn serve(&mut self, stop: &Stop) -> Result<(), InboxError> {
        let mut renewed = Instant::now();
        let freed = Arc::new(Notify::new());
        loop {
            let asked = Instant::now();
            let (name, worker) = (self.consumer.name.clone(), self.worker.clone());
            let length = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
            let asking = self.store.run(move |tables| consumers::lease(tables, &name, &worker, length));
            let leases = tokio::select! {
                leases = asking => leases,
                () = stop.stopped() => return Ok(()),
            };
            match leases {
                Ok(leases) => {
                    renewed = asked;
                    self.adjust(leases.held, &leases.give_up, &freed);
                }
                Err(error @ StoreError::Consumer(_)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "leases not renewed");
                    if self.store.is_for_many() && renewed.elapsed() >= LEASE {
                        // Others may have taken them; what is at work here could not store its progress anyway.
                        self.tasks.drain().for_each(|(_, task)| task.handle.abort());
                    }
                }
            }
            tokio::select! {
                () = stop.stopped() => return Ok(()),
                () = tokio::time::sleep(RENEWAL) => {}
                () = freed.notified() => {}
            }
        }
    }

    /// Makes the tasks follow the leases.
    fn adjust(&mut self, held: Vec<Held>, give_up: &[u32], freed: &Arc<Notify>) {
        let epochs: HashMap<_, _> =
            held.iter().map(|held| (held.row.lease.partition, held.row.lease.epoch)).collect();
        self.tasks.retain(|partition, task| {
            let keeps = epochs.get(partition) == Some(&task.epoch) && !task.handle.is_finished();
            if !keeps {
                task.handle.abort();
            }
            keeps
        });
        for held in held {
            let partition = held.row.lease.partition;
            if let Some(task) = self.tasks.get(&partition) {
                if give_up.contains(&partition) {
                    task.give_up.stop();
                }
                task.look_again.send_replace(());
            } else {
                // Also to give it up: whoever holds a lease must have a task that can.
                let task = self.start(held, freed);
                if give_up.contains(&partition) {
                    task.give_up.stop();
                }
                self.tasks.insert(partition, task);
            }
        }
    }

    fn start(&self, held: Held, freed: &Arc<Notify>) -> Task {
        let give_up = Stop::new();
        let (look_again, looks) = watch::channel(());
        let lease = held.row.lease;
        let epoch = lease.epoch;
        let patience = self.consumer.settings.patience.clone();
        let mut machine = Partition::new(patience, held.row.progress, held.parked);
        if self.consumer.settings.records_attempts {
            machine = machine.recording_attempts();
        }
        let work = PartitionWork {
            store: self.store.clone(),
            consumer: Arc::clone(&self.consumer),
            slice: Slice { partition: lease.partition, of: self.partitions },
            machine,
            lease,
            entries: HashMap::new(),
            looks,
            end: self.store.end(),
            stops: [give_up.clone(), self.end.clone()],
        };
        let freed = Arc::clone(freed);
        let handle = tokio::spawn(async move {
            work.run().await;
            freed.notify_one();
        });
        Task { epoch, give_up, look_again, handle }
    }

    /// Lets what is at work come to its end, holds its leases meanwhile, and gives all up.
    async fn finish(mut self) {
        self.end.stop();
        let deadline = after(self.consumer.settings.deadline.saturating_add(LEASE));
        let mut renewal = after(RENEWAL);
        while Instant::now() < deadline {
            self.tasks.retain(|_, task| !task.handle.is_finished());
            let Some(task) = self.tasks.values_mut().next() else { break };
            tokio::select! {
                // One that panicked or was ended has nothing more to do.
                _ = &mut task.handle => {}
                () = tokio::time::sleep_until(renewal.min(deadline)) => {
                    self.hold().await;
                    renewal = after(RENEWAL);
                }
            }
        }
        self.tasks.drain().for_each(|(_, task)| task.handle.abort());
        let (name, worker) = (self.consumer.name.clone(), self.worker.clone());
        let leaving = self.store.run(move |tables| consumers::leave(tables, &name, &worker));
        match tokio::time::timeout(LEASE, leaving).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases not given up; they end by themselves"),
            Err(_) => tracing::warn!("leases not given up in time; they end by themselves"),
        }
    }

    /// Renews the leases of what is still at work, and takes no others.
    async fn hold(&self) {
        let mut epochs: Vec<_> =
            self.tasks.iter().map(|(partition, task)| (*partition, task.epoch)).collect();
        // In the order in which others lock them.
        epochs.sort_unstable();
        let (name, worker) = (self.consumer.name.clone(), self.worker.clone());
        let length = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        let holding = self.store.run(move |tables| consumers::hold(tables, &name, &worker, &epochs, length));
        if !matches!(tokio::time::timeout(RENEWAL, holding).await, Ok(Ok(()))) {
            tracing::warn!("leases not renewed while handlers come to their end");
        }
    }
}

impl<S> Drop for Pool<S> {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.handle.abort();
        }
    }
}

/// The work on one partition.
struct PartitionWork<S> {
    store: Store,
    consumer: Arc<Consumer<S>>,
    slice: Slice,
    lease: Lease,
    machine: Partition,
    /// What was read ahead.
    entries: HashMap<Position, Entry>,
    looks: watch::Receiver<()>,
    end: watch::Receiver<Position>,
    stops: [Stop; 2],
}

/// How an event ended.
enum Outcome {
    Handled,
    /// Together with its progress, which is stored.
    Stored(Change),
    Failed(String),
    GivenUp(String),
}

impl<S: Send + Sync + 'static> PartitionWork<S> {
    async fn run(mut self) {
        while !self.stops.iter().any(Stop::is_stopped) {
            match self.step().await {
                Ok(()) => {}
                Err(StoreError::LeaseLost) => return,
                // Nobody knows whether the last commit took effect. The pool begins anew with what is stored.
                Err(error @ StoreError::Unavailable(_)) => {
                    tracing::warn!(%error, partition = self.lease.partition, "the partition is read anew");
                    tokio::time::sleep(STORE_PAUSE).await;
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, partition = self.lease.partition, "the store failed");
                    tokio::select! {
                        () = tokio::time::sleep(STORE_PAUSE) => {}
                        () = stopped(&self.stops) => {}
                    }
                }
            }
        }
        let (name, lease) = (self.consumer.name.clone(), self.lease.clone());
        let given = self.store.run(move |tables| consumers::give_up(tables, &name, &lease)).await;
        if let Err(error) = given {
            tracing::warn!(%error, "a lease was not given up; it ends by itself");
        }
    }

    async fn step(&mut self) -> Result<(), StoreError> {
        if self.looks.has_changed().unwrap_or(false) {
            self.looks.borrow_and_update();
            // Read here and not with the leases, so that no commit of this partition comes between.
            let (name, partition) = (self.consumer.name.clone(), self.lease.partition);
            self.machine.set_parked(self.store.run(move |tables| tables.parked(&name, partition)).await?);
        }
        match self.machine.next(now()) {
            Step::Handle { position, attempt } => self.handle(position, attempt).await,
            Step::Store(change) => {
                // What waits is read again when its turn comes.
                for parked in &change.park {
                    self.entries.remove(&parked.position);
                }
                self.commit(change).await
            }
            Step::Read { after, most } => {
                // What comes from here on wakes the machine again.
                self.end.borrow_and_update();
                let slice = self.slice;
                let page = self.store.run(move |tables| journal::read(tables, slice, after, most)).await?;
                let unhandled =
                    |entry: &Entry| Unhandled { position: entry.position, chat: entry.order_key() };
                self.machine.read(page.entries.iter().map(unhandled).collect(), page.up_to);
                self.entries.extend(page.entries.into_iter().map(|entry| (entry.position, entry)));
                Ok(())
            }
            Step::Wait { until } => {
                let pause = until.map_or(RENEWAL, |until| {
                    Duration::from_millis(u64::try_from(until - now()).unwrap_or_default()).min(RENEWAL)
                });
                tokio::select! {
                    _ = self.end.changed() => {}
                    _ = self.looks.changed() => self.looks.mark_changed(),
                    () = tokio::time::sleep(pause) => {}
                    () = stopped(&self.stops) => {}
                }
                self.machine.wake();
                Ok(())
            }
        }
    }

    async fn handle(&mut self, position: Position, attempt: u32) -> Result<(), StoreError> {
        let read_ahead = self.entries.remove(&position).filter(|entry| entry.content != Content::LeftOut);
        let entry = match read_ahead {
            Some(entry) => entry,
            None => match self.store.run(move |tables| tables.entry(position)).await? {
                Some(entry) => entry,
                None => return Err(StoreError::Corrupt(format!("position {position} is missing"))),
            },
        };
        let key = entry.key();
        let change = match self.outcome(entry, attempt).await? {
            Outcome::Stored(change) => {
                self.machine.stored(change);
                return Ok(());
            }
            Outcome::Handled => self.machine.handled(position),
            Outcome::Failed(reason) => {
                let change = self.machine.failed(position, &reason, now());
                if change.park.iter().any(|parked| parked.dead) {
                    tracing::error!(
                        position,
                        key,
                        attempt,
                        "an event was given up after its last try: {reason}"
                    );
                } else {
                    tracing::warn!(position, key, attempt, "an event failed: {reason}");
                }
                change
            }
            Outcome::GivenUp(reason) => {
                tracing::error!(position, key, attempt, "an event was given up: {reason}");
                self.machine.given_up(position, &reason, now())
            }
        };
        self.commit(change).await
    }

    async fn commit(&mut self, change: Change) -> Result<(), StoreError> {
        loop {
            let (name, lease, stored) = (self.consumer.name.clone(), self.lease.clone(), change.clone());
            let outcome =
                self.store.run(move |tables| consumers::commit(tables, &name, &lease, &stored)).await;
            match outcome {
                Ok(()) => break,
                Err(StoreError::LeaseLost) => return Err(StoreError::LeaseLost),
                Err(error) if !error.is_passing() && self.stops.iter().any(Stop::is_stopped) => {
                    return Err(error);
                }
                // The event was handled, so its progress is not forgotten, whatever ails the store: the pool ends this
                // when others may have the lease.
                Err(error) => {
                    tracing::warn!(%error, "progress not stored yet");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
        self.machine.stored(change);
        Ok(())
    }

    /// Hands an event to its handler.
    async fn outcome(&mut self, entry: Entry, attempt: u32) -> Result<Outcome, StoreError> {
        let position = entry.position;
        let mut entry = entry;
        if self.consumer.settings.only_verified && entry.trust != Trust::Listed {
            // It may be listed by now. Nothing comes between the look and the dead letter.
            let change = self.machine.given_up(position, journal::UNVERIFIED, now());
            let (name, lease, stored) = (self.consumer.name.clone(), self.lease.clone(), change.clone());
            let fresh = self.store.run(move |tables| {
                tables.lock_end()?;
                let fresh = tables.entry(position)?.filter(|entry| entry.trust == Trust::Listed);
                if fresh.is_none() {
                    consumers::commit(tables, &name, &lease, &stored)?;
                }
                Ok(fresh)
            });
            let Some(fresh) = fresh.await? else {
                tracing::warn!(position, "an event was given up: {}", journal::UNVERIFIED);
                return Ok(Outcome::Stored(change));
            };
            entry = fresh;
        }
        let settings = &self.consumer.settings;
        let raw = match &entry.content {
            Content::Whole(raw) => raw.clone(),
            Content::Expired => return Ok(Outcome::GivenUp("its content has expired".to_owned())),
            _ => return Ok(Outcome::GivenUp("its stored content is damaged".to_owned())),
        };
        let has_number = entry.identity.number.is_some();
        let delivery = Delivery { entry: Arc::new(entry), attempt, state: Arc::clone(&self.consumer.state) };
        if !has_number {
            let Some(handler) = self.consumer.unreadable_handler() else {
                tracing::warn!(position, "the service listed something that cannot be read");
                return Ok(Outcome::Handled);
            };
            self.begin(position).await?;
            let call = async move { handler(raw, delivery).await };
            return Ok(self.await_handler(Box::pin(call)).await);
        }
        let event: Event = match from_json(raw.as_str()) {
            Ok(event) => event,
            Err(_) => return Ok(Outcome::GivenUp("it cannot be read any more".to_owned())),
        };
        if settings.max_age.is_some_and(|max_age| age(&event, &delivery) > max_age) {
            return Ok(Outcome::Handled);
        }
        match self.consumer.handler(&event) {
            None => Ok(Outcome::Handled),
            Some(Handler::Async(handler)) => {
                self.begin(position).await?;
                // The call itself may panic as well.
                let call = async move { handler(event, delivery).await };
                Ok(self.await_handler(Box::pin(call)).await)
            }
            Some(Handler::InTransaction(handler)) => {
                self.begin(position).await?;
                let change = self.machine.handled(position);
                let (name, lease, stored) = (self.consumer.name.clone(), self.lease.clone(), change.clone());
                let result = self
                    .store
                    .run(move |tables| {
                        if !consumers::is_open(tables, &name, &lease, position)? {
                            return Ok(Ok(()));
                        }
                        if let Err(error) = handler(&mut tables.transaction(), event, delivery) {
                            return Err(StoreError::RolledBack(describe(&error)));
                        }
                        consumers::commit(tables, &name, &lease, &stored)?;
                        Ok::<Result<(), BoxError>, _>(Ok(()))
                    })
                    .await;
                match result {
                    Ok(_) => Ok(Outcome::Stored(change)),
                    Err(StoreError::RolledBack(reason)) => Ok(match reason.strip_prefix(GIVE_UP) {
                        Some(reason) => Outcome::GivenUp(reason.to_owned()),
                        None => Outcome::Failed(reason),
                    }),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Stores that the try begins, if tries are recorded.
    async fn begin(&mut self, position: Position) -> Result<(), StoreError> {
        match self.machine.begun(position, now()) {
            Some(begun) => self.commit(begun).await,
            None => Ok(()),
        }
    }

    async fn await_handler(&self, handling: crate::consumer::Handling) -> Outcome {
        let deadline = self.consumer.settings.deadline;
        match tokio::time::timeout(deadline, AssertUnwindSafe(handling).catch_unwind()).await {
            Ok(Ok(Ok(()))) => Outcome::Handled,
            Ok(Ok(Err(error))) if GiveUp::is_in(&error) => Outcome::GivenUp(error.to_string()),
            Ok(Ok(Err(error))) => Outcome::Failed(error.to_string()),
            Ok(Err(_)) => Outcome::Failed("the handler panicked".to_owned()),
            Err(_) => Outcome::Failed(format!("the handler took longer than {deadline:?}")),
        }
    }
}

const GIVE_UP: &str = "given up: ";

fn describe(error: &BoxError) -> String {
    if GiveUp::is_in(error) { format!("{GIVE_UP}{error}") } else { error.to_string() }
}

async fn stopped(stops: &[Stop; 2]) {
    let [one, other] = stops;
    tokio::select! {
        () = one.stopped() => {}
        () = other.stopped() => {}
    }
}

/// How old an event is: by the time of its message, which is exact, or by when it came, since dates of events are in a zone
/// that the service does not name.
fn age<S>(event: &Event, delivery: &Delivery<S>) -> Duration {
    let of_message = match &event.data {
        EventData::Message(message) => message.timestamp.map(|seconds| seconds.saturating_mul(1000)),
        _ => None,
    };
    let since = of_message.unwrap_or(delivery.received());
    Duration::from_millis(u64::try_from(now().saturating_sub(since)).unwrap_or_default())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
