//! Recipients (wire reference, section 2.1).

use whatsgate_model::ChatId;

use crate::gateway::answer::Answer;
use crate::gateway::fields::Fields;
use crate::settings::BothMembers;

/// Reads a `recipient` object.
pub(super) fn recipient(fields: &Fields<'_>, both: BothMembers) -> Result<ChatId, Answer> {
    if let Some(id) = fields.text("id")? {
        if both == BothMembers::Refused && fields.text("number")?.is_some() {
            return Err(fields.refuse("number", "a recipient has an id or a number, not both"));
        }
        return ChatId::new(id).map_err(|error| fields.refuse("id", error.why()));
    }
    let group = match fields.text("type")? {
        None | Some("contact") => false,
        Some("group") => true,
        Some(_) => return Err(fields.refuse("type", "must be contact or group")),
    };
    let Some(number) = fields.text("number")? else {
        return Err(fields.refuse("number", "a recipient needs an id or a number"));
    };
    // One working client puts a whole WhatsApp id here.
    let suffix = if group { "@g.us" } else { "@c.us" };
    let number = number.strip_suffix(suffix).unwrap_or(number);
    let valid = if group {
        number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    } else {
        number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let id = format!("{number}{suffix}");
    match ChatId::new(&id) {
        Ok(id) if valid => Ok(id),
        _ => Err(fields.refuse("number", "must have digits only")),
    }
}
