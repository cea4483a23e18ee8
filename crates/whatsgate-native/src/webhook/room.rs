//! Room for connections: how many there may be, and how many bytes they may hold.
//!
//! When there is no room left, whoever has kept the server waiting for longest makes room. So the slow and the still cannot
//! keep out the quick, however many they are.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

pub(super) struct Room {
    connections: usize,
    bytes: usize,
    state: Mutex<State>,
    left: Notify,
}

#[derive(Default)]
struct State {
    seats: BTreeMap<u64, Taken>,
    bytes: usize,
    /// Numbers seats, and the moments since which they wait.
    next: u64,
}

struct Taken {
    /// Dropped when the connection has to make room.
    _stay: oneshot::Sender<Infallible>,
    /// Since when the other side has kept the server waiting; none while a handler is at work.
    since: Option<u64>,
    bytes: usize,
}

/// Ready when the connection has to make room.
pub(super) type TurnedOut = oneshot::Receiver<Infallible>;

impl Room {
    pub(super) fn new(connections: usize, bytes: usize) -> Arc<Self> {
        Arc::new(Self { connections, bytes, state: Mutex::default(), left: Notify::new() })
    }

    /// A seat for a new connection. Waits only if all connections have handlers at work. One task may call this at a time.
    pub(super) async fn enter(self: &Arc<Self>) -> (Seat, TurnedOut) {
        loop {
            if let Some(entered) = self.try_enter() {
                return entered;
            }
            self.left.notified().await;
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<(Seat, TurnedOut)> {
        let mut state = self.state();
        if state.seats.len() >= self.connections && !state.turn_out(|_, _| true) {
            return None;
        }
        let (stay, turned_out) = oneshot::channel();
        let id = state.moment();
        state.seats.insert(id, Taken { _stay: stay, since: Some(id), bytes: 0 });
        Some((Seat { room: Arc::clone(self), id }, turned_out))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn moment(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Turns out the one among `those` that has kept the server waiting for longest. False if there is none.
    fn turn_out(&mut self, those: impl Fn(u64, &Taken) -> bool) -> bool {
        let waiting = self.seats.iter().filter(|(id, seat)| those(**id, seat));
        let longest = waiting.filter_map(|(id, seat)| Some((seat.since?, *id))).min();
        let Some((_, id)) = longest else { return false };
        self.leave(id);
        true
    }

    fn leave(&mut self, id: u64) {
        if let Some(seat) = self.seats.remove(&id) {
            self.bytes -= seat.bytes;
        }
    }
}

/// A connection's place in the room, until it is dropped.
pub(super) struct Seat {
    room: Arc<Room>,
    id: u64,
}

impl Seat {
    /// Room for so many bytes more. False if there is none, even if all others that wait make room.
    pub(super) fn claim(&self, bytes: usize) -> bool {
        let mut state = self.room.state();
        while state.bytes.saturating_add(bytes) > self.room.bytes {
            if !state.turn_out(|id, seat| id != self.id && seat.bytes > 0) {
                return false;
            }
        }
        let State { seats, bytes: all, .. } = &mut *state;
        let Some(own) = seats.get_mut(&self.id) else { return false };
        own.bytes += bytes;
        *all += bytes;
        true
    }

    /// The other side has done its part: the connection need not make room. What it holds is the handler's now.
    pub(super) fn attend(&self) -> Held {
        let mut bytes = 0;
        if let Some(own) = self.room.state().seats.get_mut(&self.id) {
            own.since = None;
            bytes = std::mem::take(&mut own.bytes);
        }
        Held { room: Arc::clone(&self.room), bytes }
    }

    /// The other side is waited for again.
    pub(super) fn wait(&self) {
        let mut state = self.room.state();
        let now = state.moment();
        let State { seats, bytes: all, .. } = &mut *state;
        if let Some(own) = seats.get_mut(&self.id) {
            own.since = Some(now);
            *all -= std::mem::take(&mut own.bytes);
        }
        drop(state);
        self.room.left.notify_one();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.state().leave(self.id);
        self.room.left.notify_one();
    }
}

/// The bytes of an event that is handled, until it is dropped.
pub(super) struct Held {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.state().bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_turned_out(turned_out: &mut TurnedOut) -> bool {
        turned_out.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn the_one_that_has_waited_longest_makes_room() {
        let room = Room::new(2, 0);
        let (first, mut first_out) = room.try_enter().unwrap();
        let (_second, mut second_out) = room.try_enter().unwrap();
        drop(first.attend());
        first.wait();
        let (_third, mut third_out) = room.try_enter().unwrap();
        assert!(is_turned_out(&mut second_out), "the first has sent something since");
        assert!(!is_turned_out(&mut first_out) && !is_turned_out(&mut third_out));
    }

    #[test]
    fn handlers_at_work_keep_their_places() {
        let room = Room::new(1, 0);
        let (seat, mut out) = room.try_enter().unwrap();
        let _held = seat.attend();
        assert!(room.try_enter().is_none());
        assert!(!is_turned_out(&mut out));
        drop(seat);
        assert!(room.try_enter().is_some());
    }

    #[test]
    fn bytes_are_claimed_from_those_that_wait_and_hold_some() {
        let room = Room::new(9, 100);
        let (_still, mut still_out) = room.try_enter().unwrap();
        let (slow, mut slow_out) = room.try_enter().unwrap();
        let (quick, mut quick_out) = room.try_enter().unwrap();
        assert!(slow.claim(60) && quick.claim(40));
        assert!(quick.claim(1), "the slow one makes room");
        assert!(is_turned_out(&mut slow_out));
        assert!(!slow.claim(1), "and has none left itself");
        assert!(!is_turned_out(&mut still_out), "who holds nothing cannot make room");
        assert!(quick.claim(59) && !quick.claim(1));
        assert!(!is_turned_out(&mut quick_out));
        assert_eq!(room.state().bytes, 100);
    }

    #[test]
    fn what_a_handler_holds_counts_until_it_is_done() {
        let room = Room::new(9, 100);
        let (first, _first_out) = room.try_enter().unwrap();
        assert!(first.claim(100));
        let held = first.attend();
        drop(first);
        let (second, _second_out) = room.try_enter().unwrap();
        assert!(!second.claim(1), "the handler goes on after its connection is gone");
        drop(held);
        assert!(second.claim(100));
        second.wait();
        assert_eq!(room.state().bytes, 0);
    }
}
