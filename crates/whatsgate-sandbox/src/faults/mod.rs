//! Faults: what goes wrong, how often, decided by a seed.

mod error_form;
mod plan;
mod rules;

pub use error_form::ErrorForm;
pub(crate) use plan::Faults;
pub use plan::{FaultPlan, PlannedReply};
pub use rules::{Fault, FaultRule};
