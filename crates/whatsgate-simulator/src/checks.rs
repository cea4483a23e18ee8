//! What must hold, whatever goes wrong.

use std::collections::{BTreeMap, HashMap};

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Identity, Position};

macro_rules! checks {
    ($( #[doc = $doc:literal] $name:ident, )+) => {
        /// What must hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Check {
            $( #[doc = $doc] $name, )+
        }

        impl Check {
            /// All of them.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The name.
            pub fn name(self) -> &'static str {
                match self {
                    $( Self::$name => stringify!($name), )+
                }
            }

            /// What must hold.
            pub fn says(self) -> &'static str {
                match self {
                    $( Self::$name => $doc.trim_ascii(), )+
                }
            }
        }
    };
}

checks! {
    /// What is acknowledged is stored.
    AcknowledgedIsStored,
    /// Every event that was acknowledged, taken from a page or is still listed stands in the journal.
    NothingIsLost,
    /// A whole round of the poll finds all that was listed from its beginning to its end.
    RoundsAreWhole,
    /// Two rounds after an event was listed it stands in the journal, if its date is right.
    PollIsPrompt,
    /// An event stands in the journal once, and its key is its own.
    OnceInTheJournal,
    /// The events of one commit stand in the order of their numbers.
    OrderOfACommit,
    /// Of what is listed the journal has the text that is listed.
    ListedTextCounts,
    /// Every event after a consumer's start is handled or a dead letter in the end.
    EverythingIsHandled,
    /// A consumer with the store's transaction does everything once.
    EffectsAreOnce,
    /// A consumer handles nothing from before its start.
    NothingFromBefore,
    /// The events of a chat take effect in their order.
    OrderOfAChat,
    /// Chats without a failure do not wait for those with one.
    OthersGoOn,
    /// Progress never goes back by itself.
    ProgressStays,
    /// Nobody works on a partition while another one has its lease.
    OneWorker,
    /// No more events wait for another try than the consumer allows.
    WaitingIsLimited,
    /// What a consumer has still to handle has its content.
    ContentIsThere,
    /// Old content that nobody waits for is removed.
    OldContentGoes,
    /// A receipt is the most that was reported.
    ReceiptsAreTheMost,
    /// Nothing fails that has no reason to.
    NothingFails,
    /// A message is sent once, but for what its owner's policy or a person sends again.
    SentOnce,
    /// Only the policy of the owner, or a person, has a message sent again that may have been sent.
    OnlyOwnersResend,
    /// Every message that was put is settled in the end, or unknown with a reason.
    NothingIsForgotten,
    /// What is taken for sent was sent; of messages that look the same, no more than were sent.
    SentWasSent,
    /// A message is evidence for one entry of the outbox.
    EvidenceCountsOnce,
    /// What shows a message that is being sent shows no other one meanwhile.
    EvidenceWaits,
    /// What shows a message to be sent was not known before its attempt, and is not older.
    EvidenceIsOfTheTime,
    /// What is taken for not sent was not, but for what the gateway carried out or told of later than the patience.
    NotSentWasNot,
    /// One message of a chat is under way at a time, in the order of their putting.
    OneAtATime,
    /// Later messages of a chat wait five minutes for one that is unknown.
    LaterOnesWait,
    /// A key has the message that was put first.
    KeysAreKept,
}

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub check: Check,
    /// What happened.
    pub detail: String,
    /// When, in milliseconds since the schedule began.
    pub at: Millis,
}

/// What is known of an entry of the journal, beside the store.
#[derive(Clone, Debug)]
pub(crate) struct Mirrored {
    pub(crate) order_key: String,
    pub(crate) lane: u32,
}

/// The journal as it was seen to grow.
#[derive(Default)]
pub(crate) struct Mirror {
    pub(crate) entries: BTreeMap<Position, Mirrored>,
    pub(crate) by_identity: HashMap<Identity, Position>,
    pub(crate) by_chat: HashMap<String, Vec<Position>>,
}

/// What became of an event for one consumer.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Fate {
    /// How often it took effect.
    pub(crate) effects: u32,
    /// How often it may, because it was handed over again.
    pub(crate) allowed: u32,
    /// It was handled, since it was last handed over from a position.
    pub(crate) is_done: bool,
    pub(crate) is_dead: bool,
    /// Somebody set the consumer past it.
    pub(crate) is_skipped: bool,
    /// Somebody handed it over again, out of its order.
    pub(crate) is_replayed: bool,
    /// Its content may be gone, because it was handled before, or because the consumer was suspended.
    pub(crate) may_be_empty: bool,
}
