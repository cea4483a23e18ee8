#![doc = include_str!("../README.md")]

mod allowed;
mod call;
mod caller;
mod commands;
mod events;
mod gate;
mod grant;
mod listed;
mod origins;
mod refusal;
mod relay;
mod renewal;
mod standing;
mod stream;
mod tail;
mod tokens;

pub use self::call::{Call, CallOutcome};
pub use self::grant::{Chats, Grant, InvalidGrant, RelayCommand};
pub use self::origins::InvalidOrigin;
pub use self::relay::{Limits, Relay, RelayBuilder};
pub use self::tokens::{MintError, Minted, Renewed, TokenInfo};
pub use whatsgate_store::RelayTokens;
