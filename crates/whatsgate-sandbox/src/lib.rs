//! A local gateway that behaves like Whatsgate, for tests and demonstrations without a phone or an account.

pub mod gateway;
mod settings;

pub use gateway::{
    Answer, Delivery, DeliveryOutcome, DeliveryRecord, Gateway, Incoming, LinkingCode, PhoneError,
    SessionState,
};
pub use settings::{Contact, DateFilter, Echo, EventOrder, Group, Language, Scan, Settings};
pub use whatsgate_model as model;
