//! Recipients and chats (wire reference, sections 2.1 and 4).

use whatsgate_model::{Chat, ChatId, ChatKind, GroupMetadata, GroupNumber, Participant};

use super::answer::Answer;
use super::clock::unix_seconds;
use super::fields::Fields;
use super::session::Session;
use crate::settings::{Group, Settings};

/// Reads a `recipient` object.
pub(crate) fn recipient(fields: &Fields<'_>) -> Result<ChatId, Answer> {
    if let Some(id) = fields.text("id")? {
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

/// Whether the phone number of a contact is on WhatsApp.
pub(crate) fn is_registered(settings: &Settings, number: &str) -> bool {
    settings.unregistered_suffix.is_empty() || !number.ends_with(&settings.unregistered_suffix)
}

/// Why a session cannot reach a chat, if it cannot.
pub(crate) fn unreachable(settings: &Settings, session: &Session, chat: &ChatId) -> Option<&'static str> {
    if chat.is_group() {
        let known = session.chats.contains_key(chat.as_str());
        return (!known).then_some("recipient: the account is not a member of this group");
    }
    match chat.as_str().strip_suffix("@c.us") {
        Some(number) if is_registered(settings, number) => None,
        _ => Some("recipient: this number is not registered on WhatsApp"),
    }
}

/// Fills the address book of an account that was just linked.
pub(crate) fn preset(settings: &Settings, session: &mut Session, now: u64) {
    let ids = settings.contacts.iter().filter_map(|contact| {
        let id = ChatId::new(format!("{}@c.us", contact.number)).ok()?;
        Some((id, contact.name.as_str()))
    });
    for (id, name) in ids {
        session.chats.insert(id.to_string(), new_chat(id, name, now));
    }
    for group in &settings.groups {
        join(settings, session, group, now);
    }
}

/// Makes the account a member of a group; none if the number cannot be one.
pub(crate) fn join(settings: &Settings, session: &mut Session, group: &Group, now: u64) -> Option<()> {
    let number = GroupNumber::new(&group.number).ok()?;
    let metadata = metadata(&ChatId::group(&number), group, session, now);
    let chat = touch(settings, session, &ChatId::group(&number), now);
    chat.name.clone_from(&group.name);
    chat.is_read_only = group.read_only;
    chat.kind = ChatKind::Group(Some(Box::new(metadata)));
    Some(())
}

/// The chat, made if it is new, with its last activity now.
pub(crate) fn touch<'a>(
    settings: &Settings,
    session: &'a mut Session,
    id: &ChatId,
    now: u64,
) -> &'a mut Chat {
    if !session.chats.contains_key(id.as_str()) && session.chats.len() >= settings.kept_chats.max(1) {
        let oldest = session.chats.values().min_by_key(|chat| chat.timestamp).map(|chat| chat.id.to_string());
        if let Some(oldest) = oldest {
            session.chats.remove(&oldest);
        }
    }
    let chat = session
        .chats
        .entry(id.to_string())
        .or_insert_with(|| new_chat(id.clone(), &contact_name(settings, id), now));
    chat.timestamp = Some(unix_seconds(now));
    chat
}

/// The name that an account shows for a contact.
pub(crate) fn contact_name(settings: &Settings, id: &ChatId) -> String {
    let number = id.as_str().split('@').next().unwrap_or_default();
    let known = settings.contacts.iter().find(|contact| contact.number == number);
    known.map_or_else(|| format!("+{number}"), |contact| contact.name.clone())
}

fn new_chat(id: ChatId, name: &str, now: u64) -> Chat {
    let mut chat = Chat::new(id, name);
    chat.timestamp = Some(unix_seconds(now));
    chat.mute_expiration = Some(whatsgate_model::MuteExpiration::Integer(0));
    chat
}

fn metadata(id: &ChatId, group: &Group, session: &Session, now: u64) -> GroupMetadata {
    let mut metadata = GroupMetadata::default();
    let member = |number: &str| ChatId::new(format!("{number}@c.us")).ok();
    metadata.id = Some(id.clone());
    metadata.creation = Some(unix_seconds(now));
    metadata.owner = group.participants.first().and_then(|number| member(number));
    let others = group.participants.iter().filter(|number| **number != session.phone);
    let numbers = others.map(String::as_str).chain([session.phone.as_str()]);
    for (place, id) in numbers.filter_map(member).enumerate() {
        let mut participant = Participant::new(id);
        participant.is_admin = place == 0;
        metadata.participants.push(participant);
    }
    metadata.size = u32::try_from(metadata.participants.len()).ok();
    metadata
}
