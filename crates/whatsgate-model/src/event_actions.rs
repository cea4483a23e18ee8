//! The one list of event actions.

/// Hands the list to a macro. A row is: the action's documentation, variant and word; the Rust type of its data; the name of
/// its schema, the schema of its data as an object and what is to be said of them; and the 1C library's handler, if it has one.
macro_rules! event_actions {
    ($callback:ident) => {
        $callback! {
            /// A message came in.
            Message = "message": Box<Message>;
                MessageEvent: MessageData, "", Some("ОбработатьВходящееСообщение");
            /// An asynchronous send is done.
            Sent = "sent": Box<Message>;
                SentEvent: MessageData, LIKE_MESSAGE, Some("ОбработатьДоставкуСообщения");
            /// A message's delivery state changed.
            Ack = "ack": Box<Message>;
                AckEvent: MessageData, LIKE_MESSAGE, Some("ОбработатьЧтениеСообщения");
            /// A file came in.
            Media = "media": Box<Message>;
                MediaEvent: MessageData, LIKE_MESSAGE, None;
            /// A message went out, by the words of the documentation's list of filters.
            Create = "create": Box<Message>;
                CreateEvent: MessageData, LIKE_MESSAGE, None;
            /// The session was linked and is usable.
            Ready = "ready": Ready;
                ReadyEvent: Ready, "The names of the data are documented, their nesting is not.", None;
            /// Something went wrong.
            Error = "error": ErrorReport;
                ErrorEvent: ErrorReport, "The data are not documented.", Some("ОбработатьОшибку");
            /// WhatsApp disconnected the session, which is gone.
            Disconnect = "disconnect": Disconnect;
                DisconnectEvent: Disconnect, "The data are not documented.", Some("ОбработатьОтключениеКлиента");
        }
    };
}
pub(crate) use event_actions;
