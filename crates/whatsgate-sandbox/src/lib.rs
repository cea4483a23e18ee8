#![doc = include_str!("../README.md")]

pub mod gateway;
mod server;
mod settings;

pub use gateway::{
    ADMIN_OPENAPI, Answer, Delivery, DeliveryOutcome, DeliveryRecord, ErrorForm, Fault, FaultPlan, FaultRule,
    Gateway, Incoming, LinkingCode, PhoneError, PlannedReply, RequestBody, SessionState,
};
pub use server::{Sandbox, StartError};
pub use settings::{Contact, DateFilter, Echo, EventOrder, Group, Language, Reading, Scan, Settings};
pub use whatsgate_model as model;
