//! What happens in a gateway, whoever lets it happen: each act moves several parts of the state at once.

pub(crate) mod changing;
pub(crate) mod linking;
mod message;
mod phone_error;
pub(crate) mod progress;
pub(crate) mod receiving;
pub(crate) mod sending;

pub use phone_error::PhoneError;
