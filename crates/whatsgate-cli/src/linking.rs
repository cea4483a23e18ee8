//! Waiting until an account is linked to a session, and what a person has to do for it.

use serde_json::json;
use whatsgate_native::model;
use whatsgate_native::{Session, WaitOptions};

use crate::command_error::CommandError;
use crate::output::Output;
use crate::{qr, text};

/// Waits until a session is linked, saying what has to be done for it.
pub(crate) async fn until_linked(
    output: &Output,
    session: &Session,
    options: WaitOptions,
) -> Result<model::SessionInfo, CommandError> {
    let spinner = output.spinner("waiting for the account to be linked");
    let (mut shown, mut before) = (Ok(()), None);
    let ready = session
        .wait_until_ready(options, |session| {
            let now = how_to_link(session);
            if let (Ok(()), Some(instruction)) = (&shown, now.as_ref().filter(|_| now != before)) {
                shown = spinner.suspend(|| instruction.show(output));
            }
            before = now;
        })
        .await;
    drop(spinner);
    shown?;
    Ok(ready?)
}

/// What a person has to do to link the account.
#[derive(PartialEq)]
enum Instruction {
    TypeIn { code: String },
    Scan { qr: String, picture: String, link: Option<String> },
    Open { link: String },
}

impl Instruction {
    fn show(&self, output: &Output) -> Result<(), CommandError> {
        match self {
            Self::TypeIn { code } => output.tell(
                &json!({ "code": code }),
                format!(
                    "On the phone choose Linked devices, Link with phone number, and type in:\n  {}",
                    text::plain(code)
                ),
            ),
            Self::Scan { qr, picture, link } => {
                let members = json!({ "qr": qr, "qr_link": link });
                output.tell(&members, "Scan this with WhatsApp, Linked devices:\n")?;
                output.picture(picture)
            }
            Self::Open { link } => output.tell(
                &json!({ "qr_link": link }),
                format!(
                    "Open this page and scan the code on it with WhatsApp, Linked devices:\n  {}",
                    text::plain(link)
                ),
            ),
        }
    }
}

/// Whether it is the address of a page, which is opened without harm.
pub(crate) fn is_page(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

/// The instruction, if anything can be done yet.
fn how_to_link(session: &model::SessionInfo) -> Option<Instruction> {
    if let Some(code) = &session.code {
        return Some(Instruction::TypeIn { code: code.clone() });
    }
    let link = session.qr_link.clone().filter(|link| is_page(link));
    // The documentation leaves open whether this is the text of the code or a picture of it.
    if let Some(qr) = session.qr.clone().filter(|text| !text.starts_with("data:"))
        && let Some(picture) = qr::picture(&qr)
    {
        return Some(Instruction::Scan { qr, picture, link });
    }
    link.map(|link| Instruction::Open { link })
}
