//! The course of time: what happens by itself, each at its own time.

use std::time::Duration;

use super::acts::{linking, progress, receiving, sending};
use super::state::{SessionKey, State, Task};

/// How far the clock can be moved at once. All that happens in between is computed, so this must have an end.
const LONGEST_MOVE: Duration = Duration::from_secs(366 * 24 * 3600);

/// Lets everything happen that is due by then; the time is as told from outside.
pub(crate) fn advance(state: &mut State, told: u64) {
    let now = state.clock.own(told);
    while let Some((at, session, task)) = state.timeline.take_due(now) {
        state.clock.reach(at);
        perform(state, &session, task);
    }
    state.clock.reach(now);
}

/// Puts the gateway's time ahead, by a year at most; what becomes due by that happens at once.
pub(crate) fn move_clock(state: &mut State, by: Duration) {
    let told = state.clock.told(state.clock.now());
    state.clock.put_ahead(by.min(LONGEST_MOVE));
    advance(state, told);
}

fn perform(state: &mut State, session: &SessionKey, task: Task) {
    match task {
        Task::Authorize => linking::authorize(state, session),
        Task::RefreshCode(shown) => linking::refresh_code(state, session, shown),
        Task::Scan => linking::link(state, session),
        Task::Send(draft) => sending::send_queued(state, session, *draft),
        Task::Ack(message, ack) => progress::reach_ack(state, session, &message, ack),
        Task::Receive(incoming) => {
            // The session may be gone by now; then nobody is there to receive.
            let _ = receiving::receive(state, session, *incoming);
        }
    }
}
