//! Waiting until an account is linked to a session, and what a person has to do for it.

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
    TypeIn(String),
    Scan(String),
    Open(String),
}

impl Instruction {
    fn show(&self, output: &Output) -> Result<(), CommandError> {
        match self {
            Self::TypeIn(code) => output.say(format!(
                "On the phone choose Linked devices, Link with phone number, and type in:\n  {}",
                text::plain(code)
            )),
            Self::Scan(code) => {
                output.say("Scan this with WhatsApp, Linked devices:\n")?;
                output.picture(code)
            }
            Self::Open(link) => output.say(format!(
                "Open this page and scan the code on it with WhatsApp, Linked devices:\n  {}",
                text::plain(link)
            )),
        }
    }
}

/// The instruction, if anything can be done yet.
fn how_to_link(session: &model::SessionInfo) -> Option<Instruction> {
    if let Some(code) = &session.code {
        return Some(Instruction::TypeIn(code.clone()));
    }
    // The documentation leaves open whether this is the text of the code or a picture of it.
    let code = session.qr.as_deref().filter(|text| !text.starts_with("data:")).and_then(qr::picture);
    code.map(Instruction::Scan).or_else(|| session.qr_link.clone().map(Instruction::Open))
}
