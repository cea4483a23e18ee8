//! The admin API: being the other side, and moving the clock. Same envelope and same keys as the gateway's own commands.

mod phone;
mod running;

use super::commands::Run;

/// The admin API as an `OpenAPI` 3.1 document.
pub const ADMIN_OPENAPI: &str = include_str!("../../../admin.openapi.json");

const COMMANDS: [(&str, Run); 19] = [
    ("sessions", phone::sessions),
    ("link", phone::link),
    ("disconnect", phone::disconnect),
    ("chats", phone::chats),
    ("messages", phone::messages),
    ("write", phone::write),
    ("type", phone::type_text),
    ("read", phone::read),
    ("react", phone::react),
    ("edit", phone::edit),
    ("revoke", phone::revoke),
    ("switch", phone::switch),
    ("join", phone::join),
    ("webhooks", running::webhooks),
    ("clock", running::clock),
    ("faults", running::faults),
    ("set-faults", running::set_faults),
    ("settings", running::settings),
    ("set-settings", running::set_settings),
];

/// The admin command with this name.
pub(crate) fn find(name: &str) -> Option<Run> {
    COMMANDS.iter().find(|(known, _)| *known == name).map(|(_, run)| *run)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{ADMIN_OPENAPI, COMMANDS};

    #[test]
    fn the_description_lists_exactly_the_commands() {
        let document: Value = serde_json::from_str(ADMIN_OPENAPI).unwrap();
        let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let commands: BTreeSet<String> = COMMANDS.iter().map(|(name, _)| format!("/{name}")).collect();
        assert_eq!(described, commands);
    }
}
