//! The commands: one file each, with its request, its reply and everything else that is known of it.

mod check;
mod events_get;
mod get_chats;
mod get_media;
mod get_messagemedia;
mod mistakes;
mod outgoing;
mod prelude;
mod seen;
mod send;
mod session_create;
mod session_delete;
mod sessions_get;
mod set_hook;
mod set_name;
mod typing;

pub use check::*;
pub use events_get::*;
pub use get_chats::*;
pub use get_media::*;
pub use get_messagemedia::*;
pub use outgoing::*;
pub use seen::*;
pub use send::*;
pub use session_create::*;
pub use session_delete::*;
pub use sessions_get::*;
pub use set_hook::*;
pub use set_name::*;
pub use typing::*;

use crate::command::{Command, CommandInfo, CommandVisitor};

/// The one list of all commands.
macro_rules! commands {
    ($($request:ident),+ $(,)?) => {
        /// All commands in the order of the reference (wire reference, section 2).
        ///
        /// ```
        /// use whatsgate_model::{COMMANDS, Safety};
        ///
        /// let once: Vec<_> =
        ///     COMMANDS.iter().filter(|command| command.safety == Safety::Once).map(|command| command.name).collect();
        /// assert_eq!(once, ["send", "session-create", "session-delete"]);
        /// ```
        pub const COMMANDS: [CommandInfo; [$(stringify!($request)),+].len()] =
            [$(CommandInfo::of::<$request>()),+];

        /// Visits the types of all commands in the order of the reference, and returns what comes of each.
        ///
        /// ```
        /// use whatsgate_model::{Command, CommandVisitor, visit_commands};
        ///
        /// struct Functions;
        ///
        /// impl CommandVisitor for Functions {
        ///     type Output = &'static str;
        ///
        ///     fn visit<C: Command>(&mut self) -> &'static str {
        ///         C::FUNCTIONS_1C[0]
        ///     }
        /// }
        ///
        /// assert_eq!(visit_commands(&mut Functions)[0], "ОтправитьСообщение");
        /// ```
        pub fn visit_commands<V: CommandVisitor>(visitor: &mut V) -> [V::Output; COMMANDS.len()] {
            [$(visitor.visit::<$request>()),+]
        }

        /// Visits the type of the command with this name, if there is one.
        ///
        /// ```
        /// use whatsgate_model::{Command, CommandVisitor, Safety, visit_command};
        ///
        /// struct Repeats;
        ///
        /// impl CommandVisitor for Repeats {
        ///     type Output = bool;
        ///
        ///     fn visit<C: Command>(&mut self) -> bool {
        ///         C::SAFETY != Safety::Once
        ///     }
        /// }
        ///
        /// assert_eq!(visit_command("check", &mut Repeats), Some(true));
        /// assert_eq!(visit_command("send", &mut Repeats), Some(false));
        /// assert_eq!(visit_command("call", &mut Repeats), None);
        /// ```
        pub fn visit_command<V: CommandVisitor>(name: &str, visitor: &mut V) -> Option<V::Output> {
            match name {
                $($request::NAME => Some(visitor.visit::<$request>()),)+
                _ => None,
            }
        }
    };
}

commands![
    SendRequest,
    SeenRequest,
    TypingRequest,
    CheckRequest,
    GetChatsRequest,
    GetMediaRequest,
    GetMessageMediaRequest,
    EventsGetRequest,
    SessionCreateRequest,
    SessionDeleteRequest,
    SessionsGetRequest,
    SetNameRequest,
    SetHookRequest,
];
