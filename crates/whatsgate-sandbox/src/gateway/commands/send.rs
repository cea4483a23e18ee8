//! `send` (wire reference, section 2.1).

use serde_json::json;

use super::common::{done, ready};
use super::draft;
use crate::gateway::acts::sending;
use crate::gateway::answer::{Answer, Handled};
use crate::gateway::clock::after;
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, State, Task};

pub(super) fn send(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let session = ready(&mut state.sessions, account, fields)?;
    let asynchronous = fields.flag("async")?.unwrap_or(false);
    let draft = draft::read(fields, &state.settings)?;
    if draft.quote.as_ref().is_some_and(|quoted| session.messages.get(quoted).is_none()) {
        return Err(Answer::refused("message.quote: there is no such message"));
    }
    let id = session.id.clone();
    if asynchronous {
        let at = after(state.clock.now(), state.settings.sending_delay);
        state.timeline.add(at, &id, Task::Send(Box::new(draft)));
        return Ok(done());
    }
    let message = sending::send(state, &id, draft).map_err(Answer::refused)?;
    Ok(json!({ "result": message }))
}
