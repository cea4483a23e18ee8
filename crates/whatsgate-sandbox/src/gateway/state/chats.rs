//! The chats of a session (wire reference, section 4).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use whatsgate_model::{Chat, ChatId, ChatKind, GroupMetadata, GroupNumber, Participant};

use crate::gateway::clock::unix_seconds;
use crate::settings::{Group, Settings};

/// Chats by id.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Chats(BTreeMap<String, Chat>);

impl Chats {
    pub(crate) fn get(&self, id: &ChatId) -> Option<&Chat> {
        self.0.get(id.as_str())
    }

    pub(crate) fn get_mut(&mut self, id: &ChatId) -> Option<&mut Chat> {
        self.0.get_mut(id.as_str())
    }

    pub(crate) fn contains(&self, id: &ChatId) -> bool {
        self.get(id).is_some()
    }

    /// All of them, the last active one first.
    pub(crate) fn latest_first(&self) -> Vec<&Chat> {
        let mut chats: Vec<&Chat> = self.0.values().collect();
        chats.sort_by_key(|chat| Reverse(chat.timestamp));
        chats
    }

    /// Why a chat cannot be reached, if it cannot.
    pub(crate) fn unreachable(&self, settings: &Settings, chat: &ChatId) -> Option<&'static str> {
        if chat.is_group() {
            return (!self.contains(chat)).then_some("recipient: the account is not a member of this group");
        }
        match chat.as_str().strip_suffix("@c.us") {
            Some(number) if is_registered(settings, number) => None,
            _ => Some("recipient: this number is not registered on WhatsApp"),
        }
    }

    /// Fills the address book of an account that was just linked.
    pub(crate) fn preset(&mut self, settings: &Settings, own_phone: &str, now: u64) {
        let ids = settings.contacts.iter().filter_map(|contact| {
            let id = ChatId::new(format!("{}@c.us", contact.number)).ok()?;
            Some((id, contact.name.as_str()))
        });
        for (id, name) in ids {
            self.0.insert(id.to_string(), new_chat(id, name, now));
        }
        for group in &settings.groups {
            self.join(settings, group, own_phone, now);
        }
    }

    /// Makes the account a member of a group; none if the number cannot be one.
    pub(crate) fn join(
        &mut self,
        settings: &Settings,
        group: &Group,
        own_phone: &str,
        now: u64,
    ) -> Option<()> {
        let number = GroupNumber::new(&group.number).ok()?;
        let id = ChatId::group(&number);
        let chat = self.touch(settings, &id, now);
        chat.name.clone_from(&group.name);
        chat.is_read_only = group.read_only;
        chat.kind = ChatKind::Group(Some(Box::new(metadata(&id, group, own_phone, now))));
        Some(())
    }

    /// The chat, made if it is new, with its last activity now.
    pub(crate) fn touch(&mut self, settings: &Settings, id: &ChatId, now: u64) -> &mut Chat {
        if !self.contains(id) && self.0.len() >= settings.kept_chats.max(1) {
            let oldest = self.0.values().min_by_key(|chat| chat.timestamp).map(|chat| chat.id.to_string());
            if let Some(oldest) = oldest {
                self.0.remove(&oldest);
            }
        }
        let chat = self
            .0
            .entry(id.to_string())
            .or_insert_with(|| new_chat(id.clone(), &contact_name(settings, id), now));
        chat.timestamp = Some(unix_seconds(now));
        chat
    }
}

/// Whether the phone number of a contact is on WhatsApp.
pub(crate) fn is_registered(settings: &Settings, number: &str) -> bool {
    settings.unregistered_suffix.is_empty() || !number.ends_with(&settings.unregistered_suffix)
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

fn metadata(id: &ChatId, group: &Group, own_phone: &str, now: u64) -> GroupMetadata {
    let mut metadata = GroupMetadata::default();
    let member = |number: &str| ChatId::new(format!("{number}@c.us")).ok();
    metadata.id = Some(id.clone());
    metadata.creation = Some(unix_seconds(now));
    metadata.owner = group.participants.first().and_then(|number| member(number));
    let others = group.participants.iter().map(String::as_str).filter(|number| *number != own_phone);
    let numbers = others.chain([own_phone]);
    for (place, id) in numbers.filter_map(member).enumerate() {
        let mut participant = Participant::new(id);
        participant.is_admin = place == 0;
        metadata.participants.push(participant);
    }
    metadata.size = u32::try_from(metadata.participants.len()).ok();
    metadata
}
