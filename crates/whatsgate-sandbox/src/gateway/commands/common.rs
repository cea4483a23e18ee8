//! What commands have in common.

use serde_json::{Value, json};

use crate::gateway::answer::{Answer, Handled};
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, Session, SessionState, Sessions, State};

/// What runs a command for an account.
pub(crate) type Run = fn(&mut State, AccountIndex, &Fields<'_>) -> Handled;

pub(crate) fn done() -> Value {
    json!({ "result": "OK" })
}

/// The account's session that `WhatsappID` names.
pub(crate) fn session<'s>(
    sessions: &'s mut Sessions,
    account: AccountIndex,
    fields: &Fields<'_>,
) -> Result<&'s mut Session, Answer> {
    let id = fields.required_text("WhatsappID")?;
    sessions
        .get_mut(id)
        .filter(|session| session.account == account)
        .ok_or_else(|| fields.refuse("WhatsappID", "there is no such session"))
}

/// The same, linked.
pub(crate) fn ready<'s>(
    sessions: &'s mut Sessions,
    account: AccountIndex,
    fields: &Fields<'_>,
) -> Result<&'s mut Session, Answer> {
    let session = session(sessions, account, fields)?;
    if session.state == SessionState::Ready {
        Ok(session)
    } else {
        Err(fields.refuse("WhatsappID", "the session is not linked yet"))
    }
}
