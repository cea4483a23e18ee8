//! The course of time: what happens by itself, each at its own time.

use std::time::Duration;

use super::acts::{linking, progress, receiving, sending};
use super::answer::Answer;
use super::commands;
use super::state::{SessionKey, State, Task};

/// How far the clock can be moved at once. All that happens in between is computed, so this must have an end.
pub(crate) const LONGEST_MOVE_MS: u64 = 366 * 24 * 3600 * 1000;

/// Lets everything happen that is due by then, and says whether anything did; the time is as told from outside.
pub(crate) fn advance(state: &mut State, told: u64) -> bool {
    let now = state.clock.own(told);
    let mut happened = false;
    while let Some(at) = next_due(state).filter(|at| *at <= now) {
        state.clock.reach(at);
        happened = true;
        if state.timeline.next_due() == Some(at) {
            if let Some((_, session, task)) = state.timeline.take_due(at) {
                perform(state, &session, task);
            }
        } else if state.news.next_postponed() == Some(at) {
            state.news.tell_postponed(&state.settings);
        } else {
            answer_late(state);
        }
    }
    state.clock.reach(now);
    happened
}

/// When something happens next by itself, in the gateway's own time.
pub(crate) fn next_due(state: &State) -> Option<u64> {
    let due = [state.timeline.next_due(), state.news.next_postponed(), state.late.next_due()];
    due.into_iter().flatten().min()
}

/// Puts the gateway's time ahead, by a year at most; what becomes due by that happens at once.
pub(crate) fn move_clock(state: &mut State, by: Duration) {
    let told = state.clock.told(state.clock.now());
    state.clock.put_ahead(by.min(Duration::from_millis(LONGEST_MOVE_MS)));
    advance(state, told);
}

fn perform(state: &mut State, session: &SessionKey, task: Task) {
    match task {
        Task::Authorize => linking::authorize(state, session),
        Task::RefreshCode(shown) => linking::refresh_code(state, session, shown),
        Task::Scan => linking::link(state, session),
        Task::Send(draft) => sending::send_queued(state, session, *draft),
        Task::Ack(message, ack) => progress::reach_ack(state, session, &message, ack),
        // The session may have lost the chat by now; then nobody writes.
        Task::Type(chat, text) => drop(sending::type_on_phone(state, session, chat, text)),
        Task::Receive(incoming) => drop(receiving::receive(state, session, *incoming)),
    }
}

fn answer_late(state: &mut State) {
    let Some((number, request)) = state.late.take_next() else { return };
    let answer = match (commands::find(&request.command), request.body.fields()) {
        (None, _) => Answer::not_found(),
        (_, Err(refusal)) => refusal,
        (Some(run), Ok(fields)) => {
            run(state, request.account, &fields).map_or_else(|refusal| refusal, Answer::ok)
        }
    };
    state.late.answered(number, answer);
}
