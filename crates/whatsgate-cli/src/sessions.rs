//! `whatsgate sessions`.

use std::time::Duration;

use anyhow::anyhow;
use futures_util::StreamExt;
use serde_json::json;
use whatsgate_native::model::{self, SessionCreateRequest, SessionsGetRequest};
use whatsgate_native::{Session, WaitOptions};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::output::{self, Output};
use crate::text;

pub(crate) async fn run(context: &Context, command: args::Sessions) -> Result<(), Failure> {
    let output = &context.output;
    match command {
        args::Sessions::List => {
            let mut sessions = Vec::new();
            let mut stream = context.client()?.sessions(SessionsGetRequest::new());
            while let Some(session) = stream.next().await {
                sessions.push(session?);
            }
            output.result(&json!({ "sessions": sessions }), output::sessions(&sessions))
        }
        args::Sessions::Create { name, pair, hook, wait: wait_for_it, deadline } => {
            let mut request = SessionCreateRequest::new(name);
            if let Some(number) = pair {
                request = request.with_pairing_code(number);
            }
            if let Some(hook) = hook {
                request = request.with_callback(hook);
            }
            let client = context.client()?;
            let interrupted = interrupted()?;
            let created = client.create_session(request).await?;
            let id = created.unique_id.clone();
            if wait_for_it {
                let waited = async {
                    output.say(format!("created session {id}"))?;
                    wait(output, &client.session(id.clone()), deadline).await
                };
                let waited = tokio::select! {
                    waited = waited => waited,
                    () = interrupted => Err(Failure::interrupted()),
                };
                return waited.map_err(|failure| failure.leaving(&id));
            }
            let mut text = format!("created session {id}");
            if let Some(link) = &created.qr_link {
                text.push_str(&format!(
                    "\nopen {link}\nand scan the code, then: whatsgate sessions wait -s {id}"
                ));
            }
            output.result(&json!({ "session": created }), text)
        }
        args::Sessions::Rename { name } => {
            context.session()?.rename(name).await?;
            output.result(&json!({ "done": true }), "renamed")
        }
        args::Sessions::Delete => {
            let deleted = context.session()?.delete().await?;
            output.result(&json!({ "session": deleted }), "deleted")
        }
        args::Sessions::Wait { deadline } => {
            let session = context.session()?;
            // One that has just been created may not be listed yet, but then nobody would know its id.
            if session.info().await?.is_none() {
                return Err(Failure::local(anyhow!(
                    "there is no such session; `whatsgate sessions list` shows the ids"
                )));
            }
            wait(output, &session, deadline).await
        }
    }
}

async fn wait(output: &Output, session: &Session, deadline: u64) -> Result<(), Failure> {
    let options = WaitOptions::default().with_deadline(Duration::from_secs(deadline));
    let ready = until_linked(output, session, options).await?;
    let account = text::plain(ready.pushname.as_deref().unwrap_or("the account"));
    output.result(&json!({ "session": ready }), format!("ready: {account} is linked to {}", session.id()))
}

/// Waits until a session is linked, saying what has to be done for it.
pub(crate) async fn until_linked(
    output: &Output,
    session: &Session,
    options: WaitOptions,
) -> Result<model::SessionInfo, Failure> {
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
    fn show(&self, output: &Output) -> Result<(), Failure> {
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
    let code = session.qr.as_deref().filter(|text| !text.starts_with("data:")).and_then(output::qr);
    code.map(Instruction::Scan).or_else(|| session.qr_link.clone().map(Instruction::Open))
}
