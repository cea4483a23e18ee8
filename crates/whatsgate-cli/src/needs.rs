//! What a command needs and does, by its arguments.

use crate::args::{Command, Sessions};

impl Command {
    /// Whether it needs key and host.
    pub(crate) fn uses_account(&self) -> bool {
        match self {
            Self::Demo(demo) => demo.to.is_some(),
            Self::Listen(_) | Self::Sandbox(_) | Self::Completions { .. } => false,
            _ => true,
        }
    }

    /// Whether it needs a session that exists.
    pub(crate) fn uses_session(&self) -> bool {
        match self {
            Self::Sessions(sessions) => !matches!(sessions, Sessions::List | Sessions::Create { .. }),
            Self::Events(events) => !events.all_sessions,
            _ => self.uses_account(),
        }
    }

    /// Whether it changes anything outside of this machine.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Demo(demo) => demo.to.is_some(),
            Self::Sessions(sessions) => !matches!(sessions, Sessions::List | Sessions::Wait { .. }),
            Self::Send(_) | Self::Seen(_) | Self::Typing(_) | Self::Hook(_) => true,
            _ => false,
        }
    }
}
