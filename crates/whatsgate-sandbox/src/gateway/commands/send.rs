//! `send` (wire reference, section 2.1).

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::answer::Answer;
use super::super::clock::after;
use super::super::fields::Fields;
use super::super::outgoing::Draft;
use super::super::timeline::Task;
use super::{done, ready};

pub(super) fn send(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let text_limit = gateway.settings.text_limit;
    let session = ready(gateway, account, fields)?;
    let id = session.id.clone();
    let asynchronous = fields.flag("async")?.unwrap_or(false);
    let draft = Draft::read(fields, text_limit)?;
    if draft.quote.as_ref().is_some_and(|quoted| session.messages.get(quoted).is_none()) {
        return Err(Answer::refused("message.quote: there is no such message"));
    }
    if asynchronous {
        let at = after(gateway.now, gateway.settings.sending_delay);
        gateway.timeline.add(at, &id, Task::Send(Box::new(draft)));
        return Ok(done());
    }
    let message = gateway.send_now(&id, draft).map_err(Answer::refused)?;
    Ok(json!({ "result": message }))
}
