//! The rules that keep events from being lost or handled twice, each with a name.
//!
//! In programs every rule holds and costs nothing. Built with the feature `simulation`, a rule can be switched off in the
//! calling thread, and a test that names the rule must then fail: a rule that nothing misses is none.

macro_rules! rules {
    ($( #[doc = $doc:literal] $name:ident, )+) => {
        /// A rule of the durable layer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $( #[doc = $doc] $name, )+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The name, as it stands in the table of rules.
            pub fn name(self) -> &'static str {
                match self {
                    $( Self::$name => stringify!($name), )+
                }
            }

            /// What the rule says.
            pub fn says(self) -> &'static str {
                match self {
                    $( Self::$name => $doc.trim_ascii(), )+
                }
            }
        }
    };
}

rules! {
    /// An event is stored before it is acknowledged.
    StoredBeforeAcknowledged,
    /// What a poll lists is stored page by page, not at the end of the round.
    PagesStoredAsTheyCome,
    /// A poll asks from the median date of the highest numbers, so that no single date moves it.
    MedianDate,
    /// A poll reads again from some time before where the last one ended.
    Overlap,
    /// A round of the poll reads on past what is known already.
    ReadsOnPastTheKnown,
    /// A round is read again when the list became shorter meanwhile.
    ReadAgainWhenShorter,
    /// At the start, once a day and after `ready` the poll goes 48 hours back.
    ReadBack,
    /// The position of a poll counts no date as later than the service's own clock.
    ServiceClock,
    /// An event with the number of another one gets a position of its own.
    SameNumberIsNotEnough,
    /// Of an event that was posted and listed, the listed version counts.
    ListedVersionCounts,
    /// Positions are given out within the commit, so that a reader never passes one that is not committed yet.
    PositionsWithinTheCommit,
    /// The events of one commit are numbered in the order of the service.
    OrderOfTheService,
    /// A new consumer begins with what comes new.
    BeginsWithNow,
    /// The progress of a partition is stored only by who holds its lease.
    EpochGuardsProgress,
    /// One worker at a time has a partition.
    OneWorkerPerPartition,
    /// When an event fails, the later ones of its chat wait for it.
    ChatWaitsForItsFailure,
    /// When an event fails, other chats go on.
    OtherChatsGoOn,
    /// An event that fails for ever becomes a dead letter.
    DeadLetters,
    /// The effect of a handler with the store's transaction is stored together with its progress.
    EffectWithProgress,
    /// Progress is stored after the event was handled, not before.
    ProgressAfterHandling,
    /// After a commit of which nobody knows whether it took effect, the partition is read anew.
    ReadAgainAfterDoubt,
    /// A partition takes no new events while too many of it wait for another try.
    WaitingEventsAreLimited,
    /// Retention removes the content of events, never their numbers.
    NumbersAreKept,
    /// Retention spares what a consumer has still to read.
    UnreadIsKept,
    /// A consumer that was long unseen holds nothing back.
    UnseenConsumersAreSuspended,
    /// The state of a sent message only goes forward.
    ReceiptsGoForward,
    /// A message is known by its session and its short id, whatever chat its long id names.
    ReceiptsByShortId,
    /// No window holds more starts than the rate and the caps allow.
    PaceKeepsWindows,
    /// For the pace, time never goes behind what is recorded.
    TimeNeverGoesBack,
    /// A pace that knows one day assumes that all allowance was used up before.
    UnknownPastCounts,
    /// Bulk leaves room below the caps for what is not bulk.
    BulkLeavesRoom,
    /// After an error nothing starts for a while, and without a connection nothing at all.
    ErrorsPause,
    /// After connecting, starts are rare at first.
    RampAfterConnecting,
    /// In quiet hours only what is urgent starts, and replies.
    QuietHoursHold,
    /// To who opted out goes no bulk.
    OptOutStopsBulk,
    /// An attempt to send is stored before its request leaves.
    AttemptStoredFirst,
    /// An attempt whose process is gone may have been carried out, and is not repeated.
    LostAttemptIsUnknown,
    /// A send of which nobody knows whether it took effect is not repeated.
    UnknownIsNotRepeated,
    /// The same key is the same message.
    KeyCountsOnce,
    /// Later messages of a chat wait while it is looked for one whose outcome is unknown.
    ChatWaitsForTheUnknown,
    /// One message of a chat is sent at a time, in the order of their putting.
    ChatInOrder,
    /// Only an event that is newer than the attempt shows that it was carried out.
    EvidenceIsNew,
    /// An event shows one attempt to be carried out, not two.
    EvidenceCountsOnce,
    /// Only a message in the same chat shows that an attempt was carried out.
    EvidenceOfTheChat,
    /// Only a message that was sent after the attempt began shows that it was carried out.
    EvidenceFitsTheClock,
    /// While a message is being sent, an event that looks like it shows no other one.
    SendingComesFirst,
    /// What names a message by its id outweighs what looks like it.
    IdOutweighsContent,
    /// An acknowledgement, which may be of an older equal message, shows nothing.
    AcknowledgementsProveNothing,
    /// Absence shows nothing unless messages of the kind were found by their content before.
    AbsenceNeedsCalibration,
    /// Absence shows nothing before a complete round of the poll, begun long enough after the attempt.
    AbsenceNeedsTheList,
    /// Absence shows nothing before a message of the session was seen that was sent long enough after the attempt.
    AbsenceNeedsALaterMessage,
    /// Absence shows nothing while a message is there that may be the one, but for its time or an unknown name of its chat.
    AbsenceNeedsNothingAlike,
    /// What was not sent is sent again only if its owner said so beforehand.
    OnlyPolicyResends,
}

impl Rule {
    /// Whether the rule holds: always, but in a simulation that has switched it off.
    #[cfg(not(feature = "simulation"))]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a constant, whose other branch is to vanish")]
    #[allow(clippy::unused_self, reason = "only where the rules are private is it a mistake for clippy")]
    pub const fn holds(self) -> bool {
        true
    }

    /// Whether the rule holds: always, but in a simulation that has switched it off.
    #[cfg(feature = "simulation")]
    pub fn holds(self) -> bool {
        OFF.get() != Some(self)
    }

    /// Runs something in this thread without the rule.
    #[cfg(feature = "simulation")]
    pub fn without<R>(self, run: impl FnOnce() -> R) -> R {
        struct Restore(Option<Rule>);
        impl Drop for Restore {
            fn drop(&mut self) {
                OFF.set(self.0);
            }
        }
        let _restore = Restore(OFF.replace(Some(self)));
        run()
    }
}

#[cfg(feature = "simulation")]
thread_local! {
    static OFF: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
}
