//! What people do to a store at work, and the last look at everything.

use std::collections::BTreeSet;

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Position, Trust};
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_model::SessionId;
use whatsgate_store::consumers::{self, StartAt};
use whatsgate_store::{Slice, journal};

use crate::checks::Check;
use crate::stage::{HOUR, MINUTE, SECOND};
use crate::world::{Action, World};

/// How long before it is suspended a consumer must have been found unseen.
const NOTED: Millis = 10 * MINUTE;
/// How far before the clock of the round before the last one reaches who knows neither the zone nor right dates, with dates as
/// if they were in UTC: 48 hours, less the 14 by which the easternmost zone is ahead.
const REACH: Millis = 34 * HOUR;

/// Something that a person or a timer does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    /// Sets a consumer to a place: so many thousandths of the journal.
    Set { reader: usize, per_mille: u64 },
    /// Sets a consumer to now.
    SetToNow { reader: usize },
    /// Hands a chat over again, from so many thousandths of the journal on.
    ReplayChat { reader: usize, per_mille: u64 },
    /// Hands the first dead letter over again.
    ReplayDeadLetter { reader: usize },
    /// Drops the first dead letter.
    DropDeadLetter { reader: usize },
    /// Removes old content; and once more a little later, when whoever is unseen was noted for long enough.
    Expire { keep: Millis, unseen: Millis, again: bool },
}

impl Operation {
    pub(crate) fn replay(rng: &mut Rng) -> Self {
        let (reader, per_mille) = (rng.usize(..3), rng.u64(..1000));
        match rng.u8(..6) {
            0 => Self::Set { reader, per_mille },
            1 => Self::SetToNow { reader },
            2 => Self::ReplayChat { reader, per_mille },
            3 => Self::DropDeadLetter { reader },
            _ => Self::ReplayDeadLetter { reader },
        }
    }
}

impl World {
    pub(crate) fn operate(&mut self, operation: Operation) {
        let head = self.head();
        match operation {
            Operation::Expire { keep, unseen, again } => {
                self.expire(keep, unseen);
                if again {
                    let again = Operation::Expire { keep, unseen, again: false };
                    self.after(NOTED + MINUTE, Action::Operate(again));
                }
            }
            Operation::Set { reader, per_mille } => self.set(reader, head * per_mille / 1000, false),
            Operation::SetToNow { reader } => self.set(reader, head, true),
            Operation::ReplayChat { reader, per_mille } => self.replay_chat(reader, head * per_mille / 1000),
            Operation::ReplayDeadLetter { reader } => self.dead_letter(reader, true),
            Operation::DropDeadLetter { reader } => self.dead_letter(reader, false),
        }
    }

    fn set(&mut self, reader: usize, to: Position, is_now: bool) {
        if self.readers[reader].begun.is_none() {
            return;
        }
        let name = self.readers[reader].name;
        let from = if is_now { StartAt::Now } else { StartAt::After(to) };
        let parked: Vec<_> = (0..self.plan.partitions)
            .flat_map(|partition| self.look(|tables| tables.parked(name, partition)))
            .map(|parked| parked.position)
            .collect();
        let was_suspended = self.look(|tables| tables.consumer(name)).is_some_and(|row| row.suspended);
        let (_, is_stored) = self.transact(|tables| consumers::set_to(tables, name, from));
        if !is_stored {
            return;
        }
        let progress: Vec<_> =
            self.look(|tables| tables.partitions(name)).iter().map(|row| row.progress).collect();
        let to = progress.first().copied().unwrap_or(to);
        self.say(|| format!("the consumer {name} is set to position {to}"));
        let head = self.head();
        let reader = &mut self.readers[reader];
        reader.generation += 1;
        reader.progress.clear();
        for position in 1..=head {
            let fate = reader.fate(position);
            // Nothing was kept for it.
            fate.may_be_empty |= was_suspended;
            if position > to {
                // What was handled, or was before its start, may have no content; what was not, has.
                fate.may_be_empty |= fate.is_done || fate.allowed == 0 || fate.is_skipped || fate.is_dead;
                fate.allowed += 1;
                (fate.is_done, fate.is_dead, fate.is_skipped, fate.is_replayed) =
                    (false, false, false, false);
            } else if !fate.is_done && !parked.contains(&position) {
                fate.is_skipped = true;
                fate.may_be_empty = true;
            }
        }
        self.notify();
    }

    fn replay_chat(&mut self, reader: usize, after: Position) {
        let Some(entry) = self.mirror.entries.range(after + 1..).next().map(|(_, entry)| entry.clone())
        else {
            return;
        };
        if self.readers[reader].begun.is_none() {
            return;
        }
        let name = self.readers[reader].name;
        let Some((session, chat)) = entry.order_key.split_once('/') else { return };
        let rows = self.look(|tables| tables.partitions(name));
        let positions: Vec<_> = self.mirror.by_chat[&entry.order_key].clone();
        let of = self.plan.partitions;
        let (_, is_stored) =
            self.transact(|tables| consumers::replay_chat(tables, name, session, chat, after));
        if !is_stored {
            return;
        }
        self.say(|| format!("the consumer {name} handles a chat again after position {after}"));
        let reader = &mut self.readers[reader];
        for position in positions.into_iter().filter(|position| *position > after) {
            let partition = entry.lane % of;
            if rows.iter().any(|row| row.lease.partition == partition && position <= row.progress) {
                let fate = reader.fate(position);
                fate.may_be_empty |= fate.is_done || fate.allowed == 0 || fate.is_skipped || fate.is_dead;
                fate.allowed += 1;
                (fate.is_dead, fate.is_skipped, fate.is_replayed) = (false, false, true);
                reader.replayed += 1;
            }
        }
    }

    fn dead_letter(&mut self, reader: usize, is_replayed: bool) {
        let name = self.readers[reader].name;
        let Some(letter) = self.look(|tables| tables.dead_letters(name, 0, 1)).pop() else { return };
        let position = letter.position;
        let (_, is_stored) = self.transact(|tables| {
            if is_replayed {
                consumers::replay_dead_letter(tables, name, position)
            } else {
                consumers::drop_dead_letter(tables, name, position)
            }
        });
        if !is_stored {
            return;
        }
        let what = if is_replayed { "replayed" } else { "dropped" };
        self.say(|| format!("the dead letter {position} of {name} is {what}"));
        let reader = &mut self.readers[reader];
        let fate = reader.fate(position);
        fate.is_dead = false;
        if is_replayed {
            fate.is_replayed = true;
            fate.allowed += 1;
            reader.replayed += 1;
        } else {
            fate.is_skipped = true;
        }
    }

    /// A consumer was suspended because it was unseen: somebody says where it goes on.
    pub(crate) fn wake_suspended(&mut self, reader: usize) {
        let name = self.readers[reader].name;
        let Some(row) = self.look(|tables| tables.consumer(name)).filter(|row| row.suspended) else { return };
        self.say(|| format!("the consumer {} was suspended", row.name));
        let lowest = self.look(|tables| tables.partitions(name)).iter().map(|row| row.progress).min();
        let head = self.head();
        for position in 1..=head {
            self.readers[reader].fate(position).may_be_empty = true;
        }
        let is_now = self.rng.bool();
        self.set(reader, lowest.unwrap_or_default(), is_now);
    }

    fn expire(&mut self, keep: Millis, unseen: Millis) {
        let now = self.store_now();
        let (before, unseen_before) = (now - keep, now - unseen);
        let mut needed = self.head();
        let mut unseen = Vec::new();
        for row in self.look(|tables| tables.consumers()) {
            let is_unseen = !row.suspended && row.seen < unseen_before;
            let noted = self.noted.get(&row.name).filter(|(seen, at)| *seen == row.seen && *at <= now);
            let is_suspended = row.suspended || (is_unseen && noted.is_some_and(|(_, at)| now - at >= NOTED));
            if is_unseen && noted.is_none() {
                unseen.push((row.name.clone(), (row.seen, now)));
            }
            if is_suspended {
                continue;
            }
            let partitions = self.look(|tables| tables.partitions(&row.name));
            for partition in partitions {
                let parked = self.look(|tables| tables.parked(&row.name, partition.lease.partition));
                let first = parked.iter().map(|parked| parked.position - 1).min();
                needed = needed.min(partition.progress).min(first.unwrap_or(Position::MAX));
            }
            let dead = self.look(|tables| tables.dead_letters(&row.name, 0, 1));
            needed = needed.min(dead.first().map_or(Position::MAX, |dead| dead.position - 1));
        }
        let (_, is_stored) = self.transact(|tables| journal::expire(tables, before, unseen_before));
        if !is_stored {
            return;
        }
        self.say(|| {
            format!("what is older than {} min and not needed after position {needed} expires", keep / 60_000)
        });
        self.noted.extend(unseen);
        let all = self.look(|tables| tables.read(Slice { partition: 0, of: 1 }, 0, usize::MAX, 0));
        let left = all.iter().find(|entry| {
            entry.position <= needed && entry.received < before && entry.content != Content::Expired
        });
        if let Some(left) = left {
            self.fail(
                Check::OldContentGoes,
                format!("position {} is old, and nobody who was seen lately waits for it", left.position),
            );
        }
    }

    /// While failures are still waited for, all chats without one are up to date.
    pub(crate) fn look_at_others(&mut self) {
        for reader in 0..self.readers.len() {
            let Some(begun) = self.readers[reader].begun else { continue };
            let name = self.readers[reader].name;
            let full: Vec<_> = (0..self.plan.partitions)
                .map(|partition| {
                    self.look(|tables| tables.parked(name, partition)).len() >= self.plan.most_waiting
                })
                .collect();
            let entries: Vec<_> = self
                .mirror
                .entries
                .range(begun + 1..)
                .map(|(position, entry)| (*position, entry.clone()))
                .collect();
            let failing: BTreeSet<_> = self
                .mirror
                .by_chat
                .iter()
                .filter(|(_, positions)| positions.iter().any(|other| self.failures_of(reader, *other) > 0))
                .map(|(chat, _)| chat.clone())
                .collect();
            for (position, entry) in entries {
                let fails = failing.contains(&entry.order_key);
                let partition = entry.lane % self.plan.partitions;
                let is_full = full[partition as usize] || self.is_busy(reader, partition);
                let fate = self.readers[reader].fate(position);
                if !fails && !is_full && !fate.is_done && !fate.is_skipped && !fate.is_dead {
                    self.fail(
                        Check::OthersGoOn,
                        format!("position {position} waits for {name}, and nothing of its chat failed"),
                    );
                }
            }
        }
    }

    /// All that must hold in the end.
    pub(crate) fn look_at_all(&mut self) {
        self.gateway.forget(self.now);
        self.look_for_losses();
        self.look_at_journal();
        self.look_at_readers();
        let receipts: Vec<_> = self.receipts.iter().map(|(key, state)| (key.clone(), *state)).collect();
        for ((session, short), state) in receipts {
            let Ok(session) = SessionId::new(session) else { continue };
            let key = ReceiptKey { session: session.as_str().to_owned(), message: short.clone() };
            let stored = self.look(|tables| tables.receipt(&key)).map(|receipt| receipt.state);
            if stored != Some(state) {
                self.fail(
                    Check::ReceiptsAreTheMost,
                    format!("message {short} is {stored:?}, and {state:?} was reported"),
                );
            }
        }
    }

    fn look_for_losses(&mut self) {
        let mut lost = None;
        for happened in &self.gateway.happened {
            if self.mirror.by_identity.contains_key(&happened.identity) {
                continue;
            }
            let why = if happened.is_acknowledged {
                "it was acknowledged"
            } else if self.plan.polls && happened.is_taken {
                "a page with it was taken"
            } else if self.plan.polls
                && self.has_begun
                && happened.is_listed(self.now)
                && self.gateway.lets_through(happened.date, self.first_from)
                && self.is_in_reach(happened.date)
            {
                "it is still listed"
            } else {
                continue;
            };
            lost = Some(format!("event {:?} is lost: {why}", happened.identity.number));
            break;
        }
        if let Some(lost) = lost {
            self.fail(Check::NothingIsLost, lost);
        }
    }

    /// Whether the poll promises to go back to a date. Where most dates are ahead of the service's clock, and its zone is not
    /// known therefore, it reaches less far.
    fn is_in_reach(&self, date: Option<i64>) -> bool {
        let are_most_ahead = self.plan.future.1 > 0 && self.gateway.habits.tells_its_time;
        let (before, _) = self.rounds;
        !are_most_ahead || date.is_none_or(|date| date * SECOND >= before - REACH)
    }

    fn look_at_journal(&mut self) {
        let entries = self.look(|tables| tables.read(Slice { partition: 0, of: 1 }, 0, usize::MAX, 0));
        let mut keys = BTreeSet::new();
        let doubled = entries.iter().find(|entry| !keys.insert(entry.key()));
        let doubled = doubled.map(whatsgate_core::durable::journal::Entry::key);
        let mut wrong = None;
        for happened in self.gateway.happened.iter().filter(|happened| happened.is_taken) {
            let Some(position) = self.mirror.by_identity.get(&happened.identity) else { continue };
            let Ok(place) = entries.binary_search_by_key(position, |entry| entry.position) else { continue };
            let entry = &entries[place];
            let is_text = match &entry.content {
                Content::Whole(raw) => raw == happened.listed_raw(),
                _ => true,
            };
            if !is_text || entry.trust != Trust::Listed {
                wrong = Some(*position);
            }
        }
        if let Some(key) = doubled {
            self.fail(Check::OnceInTheJournal, format!("two entries have the key {key}"));
        }
        if let Some(position) = wrong {
            self.fail(
                Check::ListedTextCounts,
                format!("position {position} has not the text that is listed"),
            );
        }
    }

    fn look_at_readers(&mut self) {
        for reader in 0..self.readers.len() {
            let Some(begun) = self.readers[reader].begun else {
                self.fail(Check::NothingFails, "a consumer was never opened");
                continue;
            };
            let name = self.readers[reader].name;
            let positions: Vec<_> = self.mirror.entries.keys().copied().collect();
            for position in positions {
                let fate = self.readers[reader].fate(position).clone();
                let is_owed = position > begun || fate.allowed > 0;
                if is_owed && !fate.is_done && !fate.is_dead && !fate.is_skipped {
                    self.fail(
                        Check::EverythingIsHandled,
                        format!("position {position} was never handled by {name}"),
                    );
                }
                if self.readers[reader].is_transactional {
                    let stored = self.look(|tables| tables.setting(&format!("{name}/{position}")));
                    let stored: u32 = stored.and_then(|times| times.parse().ok()).unwrap_or_default();
                    if stored != fate.effects {
                        self.fail(
                            Check::EffectsAreOnce,
                            format!(
                                "position {position} took effect {} times, and {stored} are stored",
                                fate.effects
                            ),
                        );
                    }
                }
            }
        }
    }
}
