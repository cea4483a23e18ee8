//! What was found: an id for scripts, a state, and what the texts are filled with.

use serde_json::{Map, Value, json};

use super::texts::Language;

/// What a group of findings is about, in the order of their telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Program,
    Key,
    Host,
    Clock,
    Limits,
    Sessions,
    Callbacks,
    Events,
    Store,
    Disk,
}

impl Group {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Program,
        Self::Key,
        Self::Host,
        Self::Clock,
        Self::Limits,
        Self::Sessions,
        Self::Callbacks,
        Self::Events,
        Self::Store,
        Self::Disk,
    ];

    /// The name for scripts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Key => "key",
            Self::Host => "host",
            Self::Clock => "clock",
            Self::Limits => "limits",
            Self::Sessions => "sessions",
            Self::Callbacks => "callbacks",
            Self::Events => "events",
            Self::Store => "store",
            Self::Disk => "disk",
        }
    }
}

/// How good or bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Ok,
    Note,
    Problem,
    NotChecked,
}

impl State {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Note, Self::Problem, Self::NotChecked];

    /// The name for scripts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
            Self::NotChecked => "notChecked",
        }
    }
}

/// Everything that can be found: its id, what it is about, and how good or bad it is.
macro_rules! ids {
    ($( $id:ident = $name:literal $group:ident $state:ident, )+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Id { $( $id, )+ }

        impl Id {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[ $( Self::$id, )+ ];

            /// The id for scripts.
            pub(crate) fn name(self) -> &'static str {
                match self { $( Self::$id => $name, )+ }
            }

            /// What it is about.
            pub(crate) fn group(self) -> Group {
                match self { $( Self::$id => Group::$group, )+ }
            }

            fn state(self) -> State {
                match self { $( Self::$id => State::$state, )+ }
            }
        }
    };
}

ids! {
    ProgramVersion = "program-version" Program Ok,
    ProgramOld = "program-old" Program Note,

    KeyMissing = "key-missing" Key Problem,
    KeyQuoted = "key-quoted" Key Problem,
    KeyMalformed = "key-malformed" Key Problem,
    KeyPadded = "key-padded" Key Note,
    KeyRefused = "key-refused" Key Problem,
    KeyWorks = "key-works" Key Ok,
    KeyUnchecked = "key-unchecked" Key NotChecked,

    UrlMalformed = "url-malformed" Host Problem,
    UrlPlain = "url-plain-http" Host Note,
    ProxyUsed = "proxy-used" Host Note,
    ProxyFailed = "proxy-failed" Host Problem,
    DnsFailed = "dns-failed" Host Problem,
    PortClosed = "port-closed" Host Problem,
    PortClosedHere = "port-closed-here" Host Problem,
    Unreachable = "host-unreachable" Host Problem,
    CertificateExpired = "certificate-expired" Host Problem,
    CertificateEarly = "certificate-not-yet-valid" Host Problem,
    CertificateName = "certificate-name" Host Problem,
    CertificateIssuer = "certificate-issuer" Host Problem,
    TlsFailed = "tls-failed" Host Problem,
    ConnectionBroken = "connection-broken" Host Problem,
    NoReply = "no-reply" Host Problem,
    GatewayDown = "gateway-down" Host Problem,
    PathWrong = "path-wrong" Host Problem,
    PathUnknown = "path-unknown" Host Problem,
    NotGateway = "not-gateway-html" Host Problem,
    Redirected = "host-redirects" Host Problem,
    RequestRefused = "request-refused" Host Problem,
    ReplyStrange = "reply-strange" Host Problem,
    HostSlow = "host-slow" Host Note,
    HostAnswers = "host-answers" Host Ok,

    ClockAhead = "clock-ahead" Clock Problem,
    ClockBehind = "clock-behind" Clock Problem,
    ClockRight = "clock-right" Clock Ok,
    ClockUnchecked = "clock-unchecked" Clock NotChecked,

    RateLimited = "rate-limited" Limits Problem,
    LimitsTold = "limits-told" Limits Ok,
    LimitsNone = "limits-none" Limits Ok,
    LimitsUnchecked = "limits-unchecked" Limits NotChecked,

    SessionMalformed = "session-malformed" Sessions Problem,
    SessionMissing = "session-missing" Sessions Problem,
    SessionsNone = "sessions-none" Sessions Problem,
    SessionReady = "session-ready" Sessions Ok,
    SessionUnlinked = "session-not-linked" Sessions Problem,
    SessionPending = "session-pending" Sessions Problem,
    SessionEnding = "session-ending" Sessions Problem,
    SessionOther = "session-state-unknown" Sessions Problem,
    SessionsMore = "sessions-more" Sessions NotChecked,
    AccountTwice = "account-twice" Sessions Problem,
    SessionsUnchecked = "sessions-unchecked" Sessions NotChecked,

    CallbackNone = "callback-none" Callbacks Ok,
    CallbackSet = "callback-set" Callbacks Ok,
    CallbackOurs = "callback-ours" Callbacks Ok,
    CallbackOfOther = "callback-of-other-session" Callbacks Problem,
    CallbackForeign = "callback-foreign" Callbacks Note,
    CallbackMalformed = "callback-malformed" Callbacks Problem,
    CallbackPrivate = "callback-private" Callbacks Problem,
    CallbackPlain = "callback-plain-http" Callbacks Note,
    CallbackShared = "callback-shared" Callbacks Note,
    CallbackAnswers = "callback-answers" Callbacks Ok,
    CallbackUnreachable = "callback-unreachable" Callbacks Problem,
    CallbackTls = "callback-tls" Callbacks Problem,
    CallbackSilent = "callback-silent" Callbacks Problem,
    CallbackRedirects = "callback-redirects" Callbacks Problem,
    CallbackRefuses = "callback-refuses" Callbacks Problem,
    CallbackFails = "callback-fails" Callbacks Problem,
    CallbackSlow = "callback-slow" Callbacks Problem,
    CallbackHtml = "callback-html" Callbacks Problem,
    CallbackUnprobed = "callback-unprobed" Callbacks NotChecked,

    EventsRead = "events-read" Events Ok,
    EventsDoubled = "events-doubled" Events Problem,
    DatesUtc = "dates-utc" Events Ok,
    DatesShifted = "dates-shifted" Events Note,
    DatesMixed = "dates-mixed" Events Note,
    DatesUnchecked = "dates-unchecked" Events NotChecked,
    EventsFailed = "events-failed" Events Problem,
    EventsUnchecked = "events-unchecked" Events NotChecked,

    StoreNone = "store-none" Store NotChecked,
    StoreMemory = "store-in-memory" Store NotChecked,
    StoreMalformed = "store-malformed" Store Problem,
    StoreMissing = "store-missing" Store Problem,
    StoreOpens = "store-opens" Store Ok,
    StoreEmpty = "store-empty" Store Note,
    StoreCopy = "store-unused-copy" Store NotChecked,
    StoreOlder = "store-older" Store Note,
    StoreNewer = "store-newer" Store Problem,
    StoreForeign = "store-foreign" Store Problem,
    StoreCorrupt = "store-corrupt" Store Problem,
    StoreLocked = "store-locked" Store Problem,
    StoreReadOnly = "store-read-only" Store Problem,
    StoreFull = "store-full" Store Problem,
    StoreUnavailable = "store-unavailable" Store Problem,
    StoreFailed = "store-failed" Store Problem,
    StoreTooSlow = "store-too-slow" Store Problem,
    StoreNetwork = "store-on-network" Store Problem,
    StoreTemporary = "store-temporary" Store Note,
    StoreOwned = "store-owned" Store Ok,
    StoreConflicts = "store-conflicts" Store Note,
    EventsHandled = "events-handled" Store Ok,
    EventsWaiting = "events-waiting" Store Problem,
    DeadLetters = "dead-letters" Store Problem,
    ConsumerUnseen = "consumer-unseen" Store Note,
    ConsumerSuspended = "consumer-suspended" Store Problem,
    OutboxQueued = "outbox-queued" Store Ok,
    OutboxStuck = "outbox-stuck" Store Problem,
    OutboxUnknown = "outbox-unknown" Store Problem,

    DiskFree = "disk-free" Disk Ok,
    DiskLow = "disk-low" Disk Problem,
    DiskFull = "disk-full" Disk Problem,
    DiskReadOnly = "disk-read-only" Disk Problem,
    DiskQuota = "disk-quota" Disk Problem,
    DiskUnchecked = "disk-unchecked" Disk NotChecked,
    FilesLimit = "open-files" Disk Ok,
    FilesLimitLow = "open-files-low" Disk Problem,
}

/// Something that a text is filled with.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    name: &'static str,
    shown: String,
    /// What stands for it in what is handed on.
    handed_on: Option<String>,
}

/// One finding.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) id: Id,
    pub(crate) state: State,
    facts: Vec<Fact>,
}

impl From<Id> for Finding {
    fn from(id: Id) -> Self {
        Self::new(id)
    }
}

/// For whom a finding is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Whoever called the program.
    Caller,
    /// Whoever is given a bundle.
    Support,
}

impl Finding {
    pub(crate) fn new(id: Id) -> Self {
        Self { id, state: id.state(), facts: Vec::new() }
    }

    /// With something that may be handed on.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike are written in place")]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.push(Fact { name, shown: value.to_string(), handed_on: None });
        self
    }

    /// With something that is the caller's own, and what stands for it elsewhere.
    pub(crate) fn with_own(
        mut self,
        name: &'static str,
        value: impl Into<String>,
        handed_on: impl Into<String>,
    ) -> Self {
        self.facts.push(Fact { name, shown: value.into(), handed_on: Some(handed_on.into()) });
        self
    }

    /// As something worth knowing only.
    pub(crate) fn into_note(self) -> Self {
        Self { state: State::Note, ..self }
    }

    /// What was seen, and what to do next, if there is anything to do.
    pub(crate) fn texts(&self, language: Language, reader: Reader) -> (String, Option<String>) {
        let (seen, next) = language.texts(self.id);
        let next = Some(next).filter(|next| !next.is_empty());
        (self.filled(seen, reader), next.map(|next| self.filled(next, reader)))
    }

    fn filled(&self, text: &str, reader: Reader) -> String {
        self.facts.iter().fold(text.to_owned(), |text, fact| {
            text.replace(&format!("{{{}}}", fact.name), fact.value(reader))
        })
    }

    /// The finding for scripts.
    pub(crate) fn members(&self, language: Language, reader: Reader) -> Value {
        let (seen, next) = self.texts(language, reader);
        let facts: Map<_, _> =
            self.facts.iter().map(|fact| (fact.name.to_owned(), fact.value(reader).into())).collect();
        json!({
            "id": self.id.name(),
            "group": self.id.group().name(),
            "state": self.state.name(),
            "seen": seen,
            "next": next,
            "facts": facts,
        })
    }
}

impl Fact {
    fn value(&self, reader: Reader) -> &str {
        match (&self.handed_on, reader) {
            (Some(other), Reader::Support) => other,
            _ => &self.shown,
        }
    }
}
