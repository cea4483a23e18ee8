//! Schedules of the outbox: callers who put, senders that may die between any two steps, and a gateway that knows what it
//! really sent.

mod checks;
mod feed;
mod gateway;
mod people;
mod plan;
mod reply;
mod sender;
mod world;

pub(crate) use self::world::World;
