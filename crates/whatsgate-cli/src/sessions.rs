//! `whatsgate sessions`.

use std::time::Duration;

use anyhow::anyhow;
use clap::Subcommand as Subcommands;
use futures_util::StreamExt;
use serde_json::json;
use whatsgate_native::model::{SessionCreateRequest, SessionsGetRequest};
use whatsgate_native::{Session, WaitOptions};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::interrupt::interrupted;
use crate::linking::{is_page, until_linked};
use crate::number::NumberArgs;
use crate::output::Output;
use crate::subcommand::Subcommand;
use crate::{tables, text};

/// List, create, rename, delete or wait for sessions
#[derive(Debug, Subcommands)]
pub(crate) enum Sessions {
    /// List the account's active sessions
    List,
    /// Create a session and start linking an account to it
    #[command(after_help = "\
Examples:
  whatsgate sessions create Shop --wait
  whatsgate sessions create Shop --pair 79999999999 --wait")]
    Create {
        /// A label
        name: String,
        /// Link by a pairing code on the phone with this number instead of a QR code
        #[arg(long, value_name = "NUMBER")]
        pair: Option<String>,
        #[command(flatten)]
        form: NumberArgs,
        /// Post events to this URL
        #[arg(long, value_name = "URL")]
        hook: Option<String>,
        /// Wait until the account is linked
        #[arg(long, short)]
        wait: bool,
        /// How many seconds to wait
        #[arg(long, default_value_t = 300, value_name = "SECONDS", requires = "wait")]
        deadline: u64,
    },
    /// Change the session's label
    Rename {
        /// The new label
        name: String,
    },
    /// Unlink the account and delete the session
    Delete,
    /// Wait until the session is ready, showing what to scan or type in
    Wait {
        /// How many seconds to wait
        #[arg(long, default_value_t = 300, value_name = "SECONDS")]
        deadline: u64,
    },
}

impl Subcommand for Sessions {
    fn facts(&self) -> Facts {
        match self {
            Self::List => Facts::account(),
            Self::Create { wait: false, .. } => Facts::account().changing(),
            Self::Create { wait: true, .. } => Facts::account().changing().handling_interrupts(),
            Self::Rename { .. } | Self::Delete => Facts::session().changing(),
            Self::Wait { .. } => Facts::session(),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let output = &context.output;
        match self {
            Self::List => {
                let mut sessions = Vec::new();
                let mut stream = context.client()?.sessions(SessionsGetRequest::new());
                while let Some(session) = stream.next().await {
                    sessions.push(session?);
                }
                output.result(&json!({ "sessions": sessions }), tables::sessions(&sessions))
            }
            Self::Create { name, pair, form, hook, wait: wait_for_it, deadline } => {
                let mut request = SessionCreateRequest::new(name);
                match pair {
                    Some(number) => request = request.with_pairing_code(form.read(&number, output)?),
                    None if form.country.is_some() => {
                        return Err(CommandError::usage("--country: it is for the number of --pair"));
                    }
                    None => {}
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
                        output.tell(
                            &json!({ "session": id }),
                            format!("created session {}", text::word(id.as_str())),
                        )?;
                        wait(output, &client.session(id.clone()), deadline).await
                    };
                    let waited = tokio::select! {
                        waited = waited => waited,
                        () = interrupted => Err(CommandError::interrupted()),
                    };
                    return waited.map_err(|failure| failure.leaving(&id));
                }
                let word = text::word(id.as_str());
                let mut text = format!("created session {word}");
                if let Some(link) = created.qr_link.as_deref().filter(|link| is_page(link)) {
                    text.push_str(&format!(
                        "\nopen {}\nand scan the code, then: whatsgate sessions wait -s {word}",
                        text::plain(link)
                    ));
                }
                output.result(&json!({ "session": created }), text)
            }
            Self::Rename { name } => output.done(context.session()?.rename(name).await, "renamed"),
            Self::Delete => {
                let deleted = context.session()?.delete().await?;
                output.result(&json!({ "session": deleted }), "deleted")
            }
            Self::Wait { deadline } => {
                let session = context.session()?;
                // One that has just been created may not be listed yet, but then nobody would know its id.
                if session.info().await?.is_none() {
                    return Err(CommandError::local(anyhow!(
                        "there is no such session; `whatsgate sessions list` shows the ids"
                    )));
                }
                wait(output, &session, deadline).await
            }
        }
    }
}

async fn wait(output: &Output, session: &Session, deadline: u64) -> Result<(), CommandError> {
    let options = WaitOptions::default().with_deadline(Duration::from_secs(deadline));
    let ready = until_linked(output, session, options).await?;
    let account = text::plain(ready.pushname.as_deref().unwrap_or("the account"));
    output.result(
        &json!({ "session": ready }),
        format!("ready: {account} is linked to {}", text::word(session.id().as_str())),
    )
}
