//! The event cursor: its rules one by one, then all together against a simulated service.

mod position;
mod properties;
mod rules;
mod service;
