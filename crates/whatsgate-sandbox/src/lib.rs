#![doc = include_str!("../README.md")]

mod faults;
mod gateway;
mod members;
mod open_questions;
mod server;
mod settings;

pub use faults::{ErrorForm, Fault, FaultPlan, FaultRule, InvalidRules, PlannedReply, Rewriting};
pub use gateway::{
    ADMIN_OPENAPI, Answer, Delivery, DeliveryOutcome, DeliveryRecord, Gateway, Incoming, LinkingCode,
    PhoneError, RequestBody, SessionState,
};
pub use open_questions::InvalidSetting;
pub use server::{Sandbox, Scene, SeenRequest, Stage, StartError};
pub use settings::{
    BothMembers, Contact, DateFilter, Echo, EventOrder, Group, Language, Reading, Scan, Settings,
};
pub use whatsgate_model as model;
