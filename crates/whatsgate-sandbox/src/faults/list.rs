//! Lists of rules as people write them, without rules that can never do anything.

use axum::http::{HeaderName, HeaderValue, header};
use serde_json::Value;
use whatsgate_model::{COMMANDS, ChatId, EventAction, SessionId};

use super::rules::{Befalls, Fault, FaultRule};

/// Why a list of rules cannot be used; begins with the place of a member, such as `rules[2].ms`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRules(String);

/// The events that the service's documentation does not know.
const GUESSED_ACTIONS: [&str; 3] = ["reaction", "edit", "revoke_everyone"];

/// Headers that say where a reply ends; with others it would be none of HTTP.
const FRAMING: [HeaderName; 2] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

impl FaultRule {
    /// Reads a list of rules in JSON, and refuses it if one of them can never do anything.
    ///
    /// ```
    /// use whatsgate_sandbox::FaultRule;
    ///
    /// let error = FaultRule::list_from_json(br#"[{"on":"sned","kind":"close_after"}]"#).unwrap_err();
    /// assert_eq!(error.to_string(), "rules[0].on: there is no such command");
    /// ```
    ///
    /// # Errors
    /// [`InvalidRules`] names the first rule that is wrong, and its member.
    pub fn list_from_json(json: &[u8]) -> Result<Vec<Self>, InvalidRules> {
        let rules = serde_json::from_slice(json).map_err(|error| InvalidRules(format!("rules: {error}")))?;
        Self::list(&rules)
    }

    /// The same for JSON that is read already.
    pub(crate) fn list(rules: &Value) -> Result<Vec<Self>, InvalidRules> {
        let rules = rules.as_array().ok_or_else(|| InvalidRules("rules: must be a list".to_owned()))?;
        let read = |(place, rule): (usize, &Value)| {
            let at = format!("rules[{place}]");
            let members = rule.as_object().ok_or_else(|| InvalidRules(format!("{at}: must be an object")))?;
            let read = Self::read(members.clone()).and_then(|rule| rule.can_happen().map(|()| rule));
            read.map_err(|why| InvalidRules(format!("{at}.{why}")))
        };
        rules.iter().enumerate().map(read).collect()
    }

    /// Whether there is anything that the rule can befall; an error begins with the name of the member.
    fn can_happen(&self) -> Result<(), String> {
        let befalls = self.fault.befalls();
        if let Some(on) = &self.on {
            let (is_known, why) = match befalls {
                Befalls::Requests => {
                    (COMMANDS.iter().any(|command| command.name == on), "there is no such command")
                }
                Befalls::Sends => (on == "send", "must be send, or absent: this befalls no other command"),
                Befalls::Lists => {
                    (on == "events-get", "must be events-get, or absent: this befalls no other command")
                }
                Befalls::Events | Befalls::Webhooks => {
                    (is_action(on), "must be the action of an event: this befalls events")
                }
            };
            refuse_unless(is_known, "on", why)?;
        }
        if let Some(session) = &self.session {
            SessionId::new(session.as_str()).map_err(|error| format!("session: {}", error.why()))?;
        }
        if let Some(chat) = &self.chat {
            ChatId::new(chat.as_str()).map_err(|error| format!("chat: {}", error.why()))?;
            refuse_unless(
                befalls != Befalls::Lists,
                "chat",
                "must be absent: lists of events are of no chat",
            )?;
        }
        match &self.fault {
            Fault::Header { name, value } => {
                let header = HeaderName::try_from(name.as_str()).ok();
                let header = header.ok_or("name: must be a name that HTTP allows")?;
                refuse_unless(!FRAMING.contains(&header), "name", "must not say where the reply ends")?;
                refuse_unless(is_header_value(value), "value", "must be a value that HTTP allows")
            }
            Fault::Reply { content_type, .. } => refuse_unless(
                is_header_value(content_type),
                "content_type",
                "must be a value that HTTP allows",
            ),
            _ => Ok(()),
        }
    }
}

fn refuse_unless(can_be: bool, member: &str, why: &str) -> Result<(), String> {
    if can_be { Ok(()) } else { Err(format!("{member}: {why}")) }
}

fn is_action(name: &str) -> bool {
    EventAction::KNOWN.iter().any(|action| action.as_str() == name) || GUESSED_ACTIONS.contains(&name)
}

fn is_header_value(text: &str) -> bool {
    HeaderValue::from_str(text).is_ok()
}
