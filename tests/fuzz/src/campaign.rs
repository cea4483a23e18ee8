//! The list of a campaign, as the command reads it.

#[path = "../../../crates/whatsgate-cli/src/campaign/checked.rs"]
pub mod checked;
#[path = "../../../crates/whatsgate-cli/src/campaign/columns.rs"]
mod columns;
#[path = "../../../crates/whatsgate-cli/src/campaign/delimiter.rs"]
pub mod delimiter;
#[path = "../../../crates/whatsgate-cli/src/campaign/encoding.rs"]
pub mod encoding;
#[path = "../../../crates/whatsgate-cli/src/campaign/list.rs"]
mod list;
#[path = "../../../crates/whatsgate-cli/src/campaign/mistakes.rs"]
mod mistakes;
#[path = "../../../crates/whatsgate-cli/src/campaign/plan.rs"]
pub mod plan;
#[path = "../../../crates/whatsgate-cli/src/campaign/recipient.rs"]
pub mod recipient;
#[path = "../../../crates/whatsgate-cli/src/campaign/row.rs"]
mod row;
#[path = "../../../crates/whatsgate-cli/src/campaign/seen.rs"]
mod seen;
#[path = "../../../crates/whatsgate-cli/src/campaign/template.rs"]
pub mod template;
