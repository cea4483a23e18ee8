//! What may go wrong in a schedule, and how chance decides it.

use fastrand::Rng;

macro_rules! troubles {
    ($( #[doc = $doc:literal] $name:ident, )+) => {
        /// A kind of trouble.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Trouble {
            $( #[doc = $doc] $name, )+
        }

        impl Trouble {
            /// All of them.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The name.
            pub fn name(self) -> &'static str {
                match self {
                    $( Self::$name => stringify!($name), )+
                }
            }

            /// What happens.
            pub fn says(self) -> &'static str {
                match self {
                    $( Self::$name => $doc.trim_ascii(), )+
                }
            }
        }
    };
}

troubles! {
    /// Posted events get lost.
    LostPushes,
    /// Posted events come twice.
    DoubledPushes,
    /// Posted events come late and in another order.
    DelayedPushes,
    /// Acknowledgements get lost.
    LostAcknowledgements,
    /// Somebody posts events that did not happen, or old ones once more.
    Forgeries,
    /// Many events happen within a second.
    Bursts,
    /// A phone was offline: its events come with the dates of hours ago.
    OldDates,
    /// Events have dates of years ahead, or none.
    WrongDates,
    /// Events are listed some time after they happened.
    LateListing,
    /// The service forgets events, also while they are being read.
    Forgetting,
    /// Elements of the list cannot be read.
    UnreadableElements,
    /// Requests to the service fail.
    FailedRequests,
    /// Requests to the service take minutes.
    SlowRequests,
    /// The client's clock is set forward or back.
    ClockSteps,
    /// A process is killed.
    Crashes,
    /// A process stands still for longer than its leases last.
    Pauses,
    /// The store has no room.
    FullStore,
    /// A commit fails without a word whether it took effect.
    DoubtfulCommits,
    /// Handlers fail some times, or for ever.
    FailingHandlers,
    /// Handlers take longer than a lease lasts.
    SlowHandlers,
    /// Consumers are set back or forward, and events are replayed.
    Replays,
    /// The journal's old content is removed.
    Expiry,
    /// Nothing of the client runs for hours.
    Absences,
    /// A message is sent, and the reply is lost.
    LostReplies,
    /// A send fails, and nothing is sent.
    LostRequests,
    /// The service refuses to send a message, in words of its own.
    Refusals,
    /// The service sends a message and answers with an error.
    FalseErrors,
    /// The service sends a message long after its client has gone.
    LateEffects,
    /// The service takes a message and does not tell its id.
    QueuedSends,
    /// A person types the same text on the phone.
    TypedTwins,
    /// What a person typed hours ago is reported now.
    OldSyncs,
    /// An equal message of long ago is read now.
    OldAcknowledgements,
    /// A session is disconnected for some minutes.
    Disconnects,
    /// People say what became of messages, take them back, or want them sent again.
    Decisions,
}

/// The chances of one schedule. Each kind of trouble draws for itself, so that without one the others stay as they were.
pub(crate) struct Chances {
    troubles: Vec<(Rng, u32)>,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
}

impl Chances {
    pub(crate) fn new(seed: u64, without: &[Trouble]) -> Self {
        let of = |trouble: &Trouble| {
            let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (*trouble as u64 + 1));
            // Half of the kinds are there in a schedule, some of them much.
            let strength = [0, 0, 0, 1, 1, 3][rng.usize(..6)];
            (rng, if without.contains(trouble) { 0 } else { strength })
        };
        Self { troubles: Trouble::ALL.iter().map(of).collect(), calm: false }
    }

    /// Whether this kind of trouble is in the schedule at all.
    pub(crate) fn has(&self, trouble: Trouble) -> bool {
        self.troubles[trouble as usize].1 > 0
    }

    /// Whether it happens now: so many times of a thousand, or more where there is much of it.
    pub(crate) fn hits(&mut self, trouble: Trouble, per_mille: u32) -> bool {
        let (rng, strength) = &mut self.troubles[trouble as usize];
        let drawn = rng.u32(..1000);
        !self.calm && drawn < per_mille * *strength
    }

    /// How much: a number of this range.
    pub(crate) fn draw(&mut self, trouble: Trouble, range: std::ops::Range<i64>) -> i64 {
        self.troubles[trouble as usize].0.i64(range)
    }
}
