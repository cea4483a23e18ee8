//! A store in memory: for tests, for the simulator, and for programs that need nothing after a restart.

mod outbox;
mod relay;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Identity, Known, Position, Trust};
use whatsgate_core::durable::outbox::{Key, State};
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_core::durable::rules::Rule;
use whatsgate_model::RawJson;

use crate::backend::Backend;
use crate::error::StoreError;
use crate::tables::{
    ConsumerRow, End, PartitionRow, Receipt, RelayTokenRow, SightingRow, Slice, Tables, Transaction,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The tables in memory. A transaction that is not committed is undone step by step.
#[derive(Default)]
pub struct Memory {
    clock: Clock,
    settings: BTreeMap<String, String>,
    end: End,
    journal: BTreeMap<Position, (Entry, u32)>,
    by_number: HashMap<(Option<i64>, String), Vec<Position>>,
    consumers: BTreeMap<String, ConsumerRow>,
    partitions: BTreeMap<(String, u32), PartitionRow>,
    workers: BTreeMap<(String, String), Millis>,
    parked: BTreeMap<(String, Position), (u32, Parked)>,
    receipts: HashMap<ReceiptKey, Receipt>,
    outbox: BTreeMap<u64, outbox::Row>,
    outbox_states: BTreeMap<State, BTreeSet<u64>>,
    outbox_keys: HashMap<Key, u64>,
    sightings: HashMap<ReceiptKey, SightingRow>,
    /// By session, chat and text.
    seen: BTreeMap<(String, String, u64), Vec<ReceiptKey>>,
    chat_names: BTreeMap<(String, String), Vec<String>>,
    relay_tokens: HashMap<String, RelayTokenRow>,
    undo: Vec<Undo>,
    savepoint: usize,
}

#[derive(Default)]
enum Clock {
    #[default]
    Wall,
    Set(Millis),
}

type Undo = Box<dyn FnOnce(&mut Memory) + Send>;

impl Memory {
    /// An empty store with the clock of the machine.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the store's clock, for simulations.
    ///
    /// ```
    /// use whatsgate_store::{Memory, Tables};
    ///
    /// let mut memory = Memory::new();
    /// memory.set_clock(1_795_863_600_000);
    /// assert_eq!(memory.now()?, 1_795_863_600_000);
    /// # Ok::<(), whatsgate_store::StoreError>(())
    /// ```
    pub fn set_clock(&mut self, now: Millis) {
        self.clock = Clock::Set(now);
    }

    fn on_undo(&mut self, undo: impl FnOnce(&mut Self) + Send + 'static) {
        self.undo.push(Box::new(undo));
    }

    fn unwind(&mut self, to: usize) {
        while self.undo.len() > to {
            let undo = self.undo.pop().expect("there is one more than that");
            undo(self);
        }
    }

    fn set_parked(&mut self, consumer: &str, position: Position, parked: Option<(u32, Parked)>) {
        let key = (consumer.to_owned(), position);
        let before = match parked {
            Some(parked) => self.parked.insert(key.clone(), parked),
            None => self.parked.remove(&key),
        };
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.parked.insert(key, before),
                None => memory.parked.remove(&key),
            };
        });
    }

    fn index_key(identity: &Identity) -> (Option<i64>, String) {
        let text = if identity.number.is_some() { String::new() } else { identity.message.clone() };
        (identity.number, text)
    }
}

impl Backend for Memory {
    fn begin(&mut self) -> Result<()> {
        self.undo.clear();
        Ok(())
    }

    fn savepoint(&mut self) -> Result<()> {
        self.savepoint = self.undo.len();
        Ok(())
    }

    fn rollback_to_savepoint(&mut self) -> Result<()> {
        self.unwind(self.savepoint);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.undo.clear();
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        self.unwind(0);
        Ok(())
    }

    fn tables(&mut self) -> &mut dyn Tables {
        self
    }
}

impl Tables for Memory {
    fn now(&mut self) -> Result<Millis> {
        Ok(match self.clock {
            Clock::Wall => crate::clock::now(),
            Clock::Set(now) => now,
        })
    }

    fn setting(&mut self, name: &str) -> Result<Option<String>> {
        Ok(self.settings.get(name).cloned())
    }

    fn settings(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let settings = self.settings.iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(settings.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        let name = name.to_owned();
        let before = match value {
            Some(value) => self.settings.insert(name.clone(), value.to_owned()),
            None => self.settings.remove(&name),
        };
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.settings.insert(name, before),
                None => memory.settings.remove(&name),
            };
        });
        Ok(())
    }

    fn end(&mut self) -> Result<End> {
        Ok(self.end)
    }

    fn lock_end(&mut self) -> Result<End> {
        Ok(self.end)
    }

    fn set_end(&mut self, end: End) -> Result<()> {
        let before = std::mem::replace(&mut self.end, end);
        self.on_undo(move |memory| memory.end = before);
        Ok(())
    }

    fn known(&mut self, numbers: &[i64], unnumbered: &[String]) -> Result<Vec<Known>> {
        let numbered = numbers.iter().map(|number| (Some(*number), String::new()));
        let keys = numbered.chain(unnumbered.iter().map(|text| (None, text.clone())));
        let mut known = Vec::new();
        for key in keys {
            for position in self.by_number.get(&key).into_iter().flatten() {
                let (entry, _) = &self.journal[position];
                known.push(Known {
                    position: *position,
                    identity: entry.identity.clone(),
                    trust: entry.trust,
                });
            }
        }
        known.dedup();
        Ok(known)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            let key = Self::index_key(&entry.identity);
            self.by_number.entry(key.clone()).or_default().push(entry.position);
            let position = entry.position;
            self.journal.insert(position, (entry.clone(), entry.lane()));
            self.on_undo(move |memory| {
                memory.journal.remove(&position);
                if let Some(positions) = memory.by_number.get_mut(&key) {
                    positions.retain(|known| *known != position);
                }
            });
        }
        Ok(())
    }

    fn set_trust(&mut self, position: Position, trust: Trust, raw: Option<&RawJson>) -> Result<()> {
        let Some((entry, _)) = self.journal.get_mut(&position) else { return Ok(()) };
        let before = (std::mem::replace(&mut entry.trust, trust), entry.content.clone());
        // What was removed as too old stays removed.
        if let Some(raw) = raw.filter(|_| entry.content != Content::Expired) {
            entry.content = Content::Whole(raw.clone());
        }
        self.on_undo(move |memory| {
            if let Some((entry, _)) = memory.journal.get_mut(&position) {
                (entry.trust, entry.content) = before;
            }
        });
        Ok(())
    }

    fn read(
        &mut self,
        slice: Slice,
        after: Position,
        most: usize,
        _most_content: usize,
    ) -> Result<Vec<Entry>> {
        // Content in memory is shared, not copied: there is nothing to leave out.
        let later =
            self.journal.range(after + 1..).filter(|(_, (_, lane))| lane % slice.of == slice.partition);
        Ok(later.take(most).map(|(_, (entry, _))| entry.clone()).collect())
    }

    fn entry(&mut self, position: Position) -> Result<Option<Entry>> {
        Ok(self.journal.get(&position).map(|(entry, _)| entry.clone()))
    }

    fn chat(&mut self, session: &str, chat: &str, after: Position) -> Result<Vec<Position>> {
        let later = self.journal.range(after + 1..).map(|(_, (entry, _))| entry);
        let same = later.filter(|entry| entry.identity.session == session && entry.chat == chat);
        Ok(same.map(|entry| entry.position).collect())
    }

    fn first_since(&mut self, date: i64) -> Result<Option<Position>> {
        let mut entries = self.journal.values().map(|(entry, _)| entry);
        Ok(entries.find(|entry| entry.date.is_some_and(|of| of >= date)).map(|entry| entry.position))
    }

    fn pending(&mut self, most: usize) -> Result<Vec<Entry>> {
        let entries = self.journal.values().map(|(entry, _)| entry);
        Ok(entries.filter(|entry| entry.trust == Trust::Pending).take(most).cloned().collect())
    }

    fn expire(&mut self, received_before: Millis, up_to: Position) -> Result<u64> {
        let old: Vec<_> = self
            .journal
            .range(..=up_to)
            .filter(|(_, (entry, _))| entry.content != Content::Expired && entry.received < received_before)
            .map(|(position, _)| *position)
            .collect();
        let count = old.len() as u64;
        for position in old {
            if Rule::NumbersAreKept.holds() {
                let (entry, _) = self.journal.get_mut(&position).expect("it was found just now");
                let before = std::mem::replace(&mut entry.content, Content::Expired);
                self.on_undo(move |memory| {
                    if let Some((entry, _)) = memory.journal.get_mut(&position) {
                        entry.content = before;
                    }
                });
            } else if let Some((entry, _)) = self.journal.remove(&position)
                && let Some(positions) = self.by_number.get_mut(&Self::index_key(&entry.identity))
            {
                positions.retain(|known| *known != position);
            }
        }
        Ok(count)
    }

    fn consumers(&mut self) -> Result<Vec<ConsumerRow>> {
        Ok(self.consumers.values().cloned().collect())
    }

    fn consumer(&mut self, name: &str) -> Result<Option<ConsumerRow>> {
        Ok(self.consumers.get(name).cloned())
    }

    fn put_consumer(&mut self, row: &ConsumerRow) -> Result<()> {
        let name = row.name.clone();
        let before = self.consumers.insert(name.clone(), row.clone());
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.consumers.insert(name, before),
                None => memory.consumers.remove(&name),
            };
        });
        Ok(())
    }

    fn remove_consumer(&mut self, name: &str) -> Result<()> {
        let before =
            (self.consumers.clone(), self.partitions.clone(), self.workers.clone(), self.parked.clone());
        self.consumers.remove(name);
        self.partitions.retain(|(consumer, _), _| consumer != name);
        self.workers.retain(|(consumer, _), _| consumer != name);
        self.parked.retain(|(consumer, _), _| consumer != name);
        self.on_undo(move |memory| {
            (memory.consumers, memory.partitions, memory.workers, memory.parked) = before;
        });
        Ok(())
    }

    fn partitions(&mut self, consumer: &str) -> Result<Vec<PartitionRow>> {
        let range = (consumer.to_owned(), 0)..=(consumer.to_owned(), u32::MAX);
        Ok(self.partitions.range(range).map(|(_, row)| row.clone()).collect())
    }

    fn partition(&mut self, consumer: &str, partition: u32) -> Result<Option<PartitionRow>> {
        Ok(self.partitions.get(&(consumer.to_owned(), partition)).cloned())
    }

    fn put_partition(&mut self, consumer: &str, row: &PartitionRow) -> Result<()> {
        let key = (consumer.to_owned(), row.lease.partition);
        let before = self.partitions.insert(key.clone(), row.clone());
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.partitions.insert(key, before),
                None => memory.partitions.remove(&key),
            };
        });
        Ok(())
    }

    fn put_worker(&mut self, consumer: &str, worker: &str, expires: Millis) -> Result<()> {
        let key = (consumer.to_owned(), worker.to_owned());
        let before =
            if expires > 0 { self.workers.insert(key.clone(), expires) } else { self.workers.remove(&key) };
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.workers.insert(key, before),
                None => memory.workers.remove(&key),
            };
        });
        Ok(())
    }

    fn count_workers(&mut self, consumer: &str, now: Millis) -> Result<usize> {
        let alive = self.workers.iter().filter(|((of, _), expires)| of == consumer && **expires > now);
        Ok(alive.count())
    }

    fn parked(&mut self, consumer: &str, partition: u32) -> Result<Vec<Parked>> {
        let range = (consumer.to_owned(), 0)..=(consumer.to_owned(), Position::MAX);
        let parked = self.parked.range(range).map(|(_, parked)| parked);
        let living = parked.filter(|(of, parked)| *of == partition && !parked.dead);
        Ok(living.map(|(_, parked)| parked.clone()).collect())
    }

    fn dead_letters(&mut self, consumer: &str, after: Position, most: usize) -> Result<Vec<Parked>> {
        let range = (consumer.to_owned(), after + 1)..=(consumer.to_owned(), Position::MAX);
        let dead = self.parked.range(range).map(|(_, (_, parked))| parked).filter(|parked| parked.dead);
        Ok(dead.take(most).cloned().collect())
    }

    fn count_parked(&mut self, consumer: &str) -> Result<(u64, u64)> {
        let range = (consumer.to_owned(), 0)..=(consumer.to_owned(), Position::MAX);
        let (dead, living): (Vec<_>, Vec<_>) =
            self.parked.range(range).partition(|(_, (_, parked))| parked.dead);
        Ok((living.len() as u64, dead.len() as u64))
    }

    fn park(&mut self, consumer: &str, partition: u32, parked: &[Parked]) -> Result<()> {
        for parked in parked {
            self.set_parked(consumer, parked.position, Some((partition, parked.clone())));
        }
        Ok(())
    }

    fn release(&mut self, consumer: &str, positions: &[Position]) -> Result<()> {
        for position in positions {
            self.set_parked(consumer, *position, None);
        }
        Ok(())
    }

    fn release_after(&mut self, consumer: &str, position: Position) -> Result<()> {
        let range = (consumer.to_owned(), position + 1)..=(consumer.to_owned(), Position::MAX);
        let later: Vec<_> = self.parked.range(range).map(|((_, position), _)| *position).collect();
        self.release(consumer, &later)
    }

    fn receipt(&mut self, key: &ReceiptKey) -> Result<Option<Receipt>> {
        Ok(self.receipts.get(key).copied())
    }

    fn put_receipt(&mut self, key: &ReceiptKey, receipt: Receipt) -> Result<()> {
        let key = key.clone();
        let before = self.receipts.insert(key.clone(), receipt);
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.receipts.insert(key, before),
                None => memory.receipts.remove(&key),
            };
        });
        Ok(())
    }

    fn transaction(&mut self) -> Transaction<'_> {
        Transaction::Memory(PhantomData)
    }
}
