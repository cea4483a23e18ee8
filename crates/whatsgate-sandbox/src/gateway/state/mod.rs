//! What a gateway knows, in parts that each own their data and do not know of each other's.

mod chats;
mod drafts;
mod events;
mod keys;
mod late;
mod media;
mod messages;
mod news;
mod rewriting;
mod session;
mod sessions;
mod timeline;
mod webhooks;

pub(crate) use chats::{Chats, contact_name, is_registered};
pub(crate) use drafts::Draft;
pub use drafts::Incoming;
pub(crate) use events::{Event, EventLog};
pub(crate) use keys::{AccountIndex, SessionKey};
pub(crate) use late::{LateRequest, LateRequests};
pub(crate) use media::{File, MediaStore};
pub(crate) use messages::{Messages, StoredMessage};
pub(crate) use news::{News, Postponed};
pub(crate) use session::Session;
pub use session::{LinkingCode, SessionState};
pub(crate) use sessions::Sessions;
pub(crate) use timeline::{Task, Timeline};
pub(crate) use webhooks::Webhooks;
pub use webhooks::{Delivery, DeliveryOutcome, DeliveryRecord};

use super::clock::Clock;
use super::random::Random;
use crate::settings::Settings;

/// All parts. What concerns one part only is a method of that part; what moves several is a function of `acts`.
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) sessions: Sessions,
    pub(crate) media: MediaStore,
    pub(crate) timeline: Timeline,
    pub(crate) late: LateRequests,
    pub(crate) news: News,
}

impl State {
    /// A gateway without sessions.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            clock: Clock::default(),
            random: Random::new(settings.seed),
            sessions: Sessions::default(),
            media: MediaStore::default(),
            timeline: Timeline::default(),
            late: LateRequests::default(),
            news: News::new(&settings),
            settings,
        }
    }
}
