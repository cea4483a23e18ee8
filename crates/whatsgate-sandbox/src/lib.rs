#![doc = include_str!("../README.md")]

mod faults;
mod gateway;
mod server;
mod settings;

pub use faults::{ErrorForm, Fault, FaultPlan, FaultRule, PlannedReply};
pub use gateway::{
    ADMIN_OPENAPI, Answer, Delivery, DeliveryOutcome, DeliveryRecord, Gateway, Incoming, LinkingCode,
    PhoneError, RequestBody, SessionState,
};
pub use server::{Sandbox, StartError};
pub use settings::{Contact, DateFilter, Echo, EventOrder, Group, Language, Reading, Scan, Settings};
pub use whatsgate_model as model;
