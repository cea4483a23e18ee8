//! The one list of event actions.

/// Hands the list to a macro. A row is: the action's documentation, variant and word; the Rust type of its data; the name of
/// its schema, the schema of its data and what is to be said of them; and the 1C library's handler, if it has one.
macro_rules! event_actions {
    ($callback:ident) => {
        $callback! {
            /// A message came in.
            Message = "message": Box<Message>;
                MessageEvent: MessageData, "", Some("ОбработатьВходящееСообщение");
            /// An asynchronous send is done.
            Sent = "sent": Box<Message>;
                SentEvent: Option<MessageData>, LIKE_MESSAGE, Some("ОбработатьДоставкуСообщения");
            /// A message's delivery state changed.
            Ack = "ack": Box<Message>;
                AckEvent: Option<MessageData>, LIKE_MESSAGE, Some("ОбработатьЧтениеСообщения");
            /// A file came in.
            Media = "media": Box<Message>;
                MediaEvent: Option<MessageData>, LIKE_MESSAGE, None;
            /// A message went out, by the words of the documentation's list of filters.
            Create = "create": Box<Message>;
                CreateEvent: Option<MessageData>, LIKE_MESSAGE, None;
            /// The session was linked and is usable.
            Ready = "ready": Ready;
                ReadyEvent: Option<Ready>, "The names of the data are documented, their nesting is not.", None;
            /// Something went wrong.
            Error = "error": ErrorReport;
                ErrorEvent: Option<ErrorReport>, "The data are not documented.", Some("ОбработатьОшибку");
            /// WhatsApp disconnected the session, which is gone.
            Disconnect = "disconnect": Disconnect;
                DisconnectEvent: Option<Disconnect>, "The data are not documented.", Some("ОбработатьОтключениеКлиента");
        }
    };
}
pub(crate) use event_actions;
