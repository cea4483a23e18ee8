//! What has to be known of a subcommand before it runs, and of one that failed.

/// The advice of what keeps in a store how far it is.
pub(crate) const GOES_ON: &str = "Start it again: it goes on where it was.";

/// What a subcommand uses and does, by its arguments.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) uses: Uses,
    /// Whether it changes anything outside of this machine.
    pub(crate) changes: bool,
    /// What to do when it is not known whether the change took effect, where that is not to look at the gateway.
    pub(crate) advice: Option<&'static str>,
    /// Whether it sees to interruptions itself: it runs until one comes, or knows better what one means.
    pub(crate) handles_interrupts: bool,
    /// Whether it runs on after what goes wrong, so that warnings are shown.
    pub(crate) warns: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Uses {
    /// Neither key nor host.
    Nothing,
    /// The session's id, but neither key nor host.
    SessionId,
    /// Key and host.
    Account,
    /// Key, host and a session that exists.
    Session,
}

impl Facts {
    pub(crate) fn local() -> Self {
        Self { uses: Uses::Nothing, changes: false, advice: None, handles_interrupts: false, warns: false }
    }

    pub(crate) fn session_id() -> Self {
        Self { uses: Uses::SessionId, ..Self::local() }
    }

    pub(crate) fn account() -> Self {
        Self { uses: Uses::Account, ..Self::local() }
    }

    pub(crate) fn session() -> Self {
        Self { uses: Uses::Session, ..Self::local() }
    }

    pub(crate) fn changing(self) -> Self {
        Self { changes: true, ..self }
    }

    pub(crate) fn advising(self, advice: &'static str) -> Self {
        Self { advice: Some(advice), ..self }
    }

    pub(crate) fn handling_interrupts(self) -> Self {
        Self { handles_interrupts: true, ..self }
    }

    pub(crate) fn warning(self) -> Self {
        Self { warns: true, ..self }
    }
}
