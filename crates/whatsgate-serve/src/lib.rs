#![doc = include_str!("../README.md")]

mod app;
mod auth;
mod chats;
mod counters;
mod dead_letters;
mod events;
mod folders;
mod health;
mod limits;
mod media;
mod messages;
mod metrics;
mod openapi;
mod problem;
mod query;
mod relay_tokens;
mod request;
mod server;
mod service;
mod sessions;
pub mod tokens;
mod upload;

pub use counters::GatewayMetrics;
pub use folders::{FolderError, Folders};
pub use limits::Limits;
pub use openapi::openapi;
pub use relay_tokens::RELAY_PATH;
pub use service::{Service, ServiceBuilder};
