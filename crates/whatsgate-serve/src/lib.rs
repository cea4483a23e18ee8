#![doc = include_str!("../README.md")]

mod auth;
mod chats;
mod dead_letters;
mod events;
mod folders;
mod health;
mod media;
mod messages;
mod metrics;
mod openapi;
mod problem;
mod query;
mod request;
mod server;
mod service;
mod sessions;
pub mod tokens;
mod upload;

pub use folders::{FolderError, Folders};
pub use openapi::openapi;
pub use service::{Limits, Service, ServiceBuilder};
