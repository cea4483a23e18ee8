//! The native client against the sandbox, against servers that misbehave, and the webhook receiver.

mod commands;
mod files;
mod hostile;
mod receiver;
mod secrets;
mod support;
