//! Faults: what goes wrong, how often, decided by a seed.

mod error_form;
mod list;
mod plan;
mod rules;

pub use error_form::ErrorForm;
pub use list::InvalidRules;
pub use plan::{FaultPlan, PlannedReply};
pub(crate) use plan::{Faults, Subject};
pub use rules::{Fault, FaultRule, Rewriting};
