//! `whatsgate sessions`.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use whatsgate_native::model::{self, SessionCreateRequest, SessionsGetRequest};
use whatsgate_native::{Session, WaitOptions};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Output};

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
            let created = client.create_session(&request).await?;
            let id = created.unique_id.clone();
            if wait_for_it {
                output.say(format!("created session {id}"))?;
                return wait(output, &client.session(id), deadline).await;
            }
            let mut text = format!("created session {id}");
            if let Some(link) = &created.qr_link {
                text.push_str(&format!(
                    "\nopen {link} and scan the code, then: whatsgate sessions wait -s {id}"
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
        args::Sessions::Wait { deadline } => wait(output, &context.session()?, deadline).await,
    }
}

async fn wait(output: &Output, session: &Session, deadline: u64) -> Result<(), Failure> {
    let options = WaitOptions::default().with_deadline(Duration::from_secs(deadline));
    let spinner = output.spinner("waiting for the account to be linked");
    let mut shown = Ok(());
    let ready = session
        .wait_until_ready(&options, |session| {
            if shown.is_ok() {
                shown = how_to_link(session).map_or(Ok(()), |text| output.say(text));
            }
        })
        .await;
    drop(spinner);
    shown?;
    let ready = ready?;
    let account = output::plain(ready.pushname.as_deref().unwrap_or("the account"));
    output.result(&json!({ "session": ready }), format!("ready: {account} is linked to {}", session.id()))
}

/// What a person has to do to link the account, if anything can be done yet.
pub(crate) fn how_to_link(session: &model::Session) -> Option<String> {
    if let Some(code) = &session.code {
        return Some(format!(
            "On the phone choose Linked devices, Link with phone number, and type in {code}"
        ));
    }
    // The documentation leaves open whether this is the text of the code or a picture of it.
    let text = session.qr.as_deref().filter(|text| !text.starts_with("data:"));
    if let Some(code) = text.and_then(output::qr) {
        return Some(format!("Scan this with WhatsApp, Linked devices:\n\n{code}"));
    }
    session
        .qr_link
        .as_ref()
        .map(|link| format!("Open {link} and scan the code with WhatsApp, Linked devices"))
}
