//! `whatsgate demo`: the main job from linking to answering, in one command.

use std::fmt;
use std::io::IsTerminal;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use dialoguer::Confirm;
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use whatsgate_native::core::attach::attach;
use whatsgate_native::model::{
    Ack, Event, EventAction, EventData, EventsGetRequest, Message, OutgoingMessage, PhoneNumber, SendResult,
    SessionCreateRequest, WireDate,
};
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, Dispatcher, Receiver, Session, WaitOptions};
use whatsgate_sandbox::{Echo, Sandbox, Settings};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::interrupt::interrupted;
use crate::linking::until_linked;
use crate::output::Output;
use crate::subcommand::Subcommand;
use crate::{lines, qr, tables, text};

const FILE_NAME: &str = "Прайс-лист.csv";
const FILE: &str = "товар;цена\nчай;120\nкофе;250\n";
/// The sandbox's first contact.
const SANDBOX_CONTACT: &str = "79991112233";

/// Show the whole round from linking to answering, without an account
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate demo
  WHATSGATE_API_KEY=… whatsgate demo --to 79999999999")]
pub(crate) struct Demo {
    /// Use the gateway and the key of the environment, the real service unless a URL says otherwise, and write to this
    /// number
    #[arg(long, value_name = "NUMBER")]
    to: Option<PhoneNumber>,
    /// Do not ask before using it
    #[arg(long, short = 'y', requires = "to")]
    yes: bool,
}

impl Subcommand for Demo {
    fn facts(&self) -> Facts {
        match self.to {
            Some(_) => Facts::session().changing().handling_interrupts(),
            None => Facts::local(),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self.to {
            Some(to) => with_service(context, to, self.yes).await,
            None => with_sandbox(&context.output).await,
        }
    }
}

async fn with_sandbox(output: &Output) -> Result<(), CommandError> {
    let settings = Settings { echo: Some(Echo::default()), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.map_err(CommandError::local)?;
    output.say("This runs against a gateway inside this program: no account, phone or network.\n")?;
    output.say(format!("1. Started a local gateway at {}", sandbox.base_url()))?;
    let key = ApiKey::new(sandbox.api_key()).map_err(CommandError::local)?;
    let base_url = BaseUrl::new(sandbox.base_url()).map_err(CommandError::local)?;
    let client = ClientBuilder::new(key).base_url(base_url).build()?;

    let created = client.create_session(SessionCreateRequest::new("Demo")).await?;
    let session = client.session(created.unique_id);
    output.say(format!("2. Created session {}", text::word(session.id().as_str())))?;
    let options = WaitOptions::default().with_interval(Duration::from_millis(200));
    let mut shown = false;
    session
        .wait_until_ready(options, |_| {
            if let (false, Some(code)) = (shown, sandbox.qr(session.id()).as_deref().and_then(qr::picture)) {
                shown = true;
                // A terminal that goes away ends the program at the next line.
                let _ = output.say("   With the real service you would scan a code such as this one:\n");
                let _ = output.picture(&code);
            }
        })
        .await?;
    output.say("   The gateway's own phone scanned it: the session is ready")?;

    let (sender, events) = mpsc::channel(1000);
    let dispatcher = Dispatcher::new().on_other(move |event| {
        let sender = sender.clone();
        async move { sender.send(event).await }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let hook = format!("http://{}/hook", listener.local_addr()?);
    let server = tokio::spawn(Receiver::new(dispatcher).serve(listener, "/hook"));
    session.set_hook(&hook).await?;
    output.say(format!("3. Receiving events at {hook}"))?;

    let to = PhoneNumber::new(SANDBOX_CONTACT).map_err(CommandError::local)?;
    let round =
        Round { output, session: session.clone(), events, to, answer_within: Duration::from_secs(10) };
    let mut report = round.play().await?;
    session.delete().await?;
    output.say("11. Deleted the session")?;
    report["session_deleted"] = true.into();
    server.abort();
    sandbox.shutdown().await;
    output.result(
        &report,
        "\nThat was the whole round. Next: `whatsgate sandbox` to try the commands one by\n\
         one, or `whatsgate demo --to NUMBER` with a key of your own.",
    )
}

async fn with_service(context: &Context, to: PhoneNumber, yes: bool) -> Result<(), CommandError> {
    let output = &context.output;
    let client = context.client()?;
    let own = context.session_id()?;
    let plan = match &own {
        Some(_) => "use the session from the environment (and keep it)",
        None => "create a session, which takes a slot of your plan, delete it at the end",
    };
    let place = Place::of(client.base_url());
    output.say(format!(
        "This uses {place} at {}.\nIt will {plan},\nand send two messages and an answer to the number given.",
        client.base_url().as_str()
    ))?;
    let mut interrupted = interrupted()?;
    if !yes {
        let confirmed = tokio::select! {
            confirmed = confirmed() => confirmed?,
            () = &mut interrupted => return Err(CommandError::local(anyhow!("interrupted; nothing was done"))),
        };
        if !confirmed {
            return output.result(&json!({ "done": false }), "Nothing was done.");
        }
    }
    let ours = own.is_none();
    let session = if let Some(id) = own {
        client.session(id)
    } else {
        // Not broken off: a session whose id nobody knows could not be deleted.
        client.session(client.create_session(SessionCreateRequest::new("Whatsgate demo")).await?.unique_id)
    };
    let played = tokio::select! {
        played = play_with_service(output, &client, &session, to, ours, place) => played,
        () = &mut interrupted => Err(CommandError::interrupted()),
    };
    let mut report = match played {
        Err(failure) if ours => return Err(abandon(output, &session, failure).await),
        played => played?,
    };
    if ours {
        session.delete().await.map_err(|error| CommandError::from(error).leaving(session.id()))?;
        output.say("11. Deleted the session")?;
        report["session_deleted"] = true.into();
    }
    output.result(
        &report,
        format!("\nThat was the whole round, with {}.", place.to_string().trim_end_matches(',')),
    )
}

/// What stands at the URL, as far as the URL tells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Service,
    ThisMachine,
    Elsewhere,
}

impl Place {
    fn of(url: &BaseUrl) -> Self {
        let host =
            url.as_str().split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        if name == "localhost" || address.is_ok_and(|address| address.is_loopback()) {
            Self::ThisMachine
        } else if ["whatsgate.ru", "whatsgate.org"].iter().any(|own| host.eq_ignore_ascii_case(own)) {
            Self::Service
        } else {
            Self::Elsewhere
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "the real service",
            Self::ThisMachine => "a gateway on this machine, not the real service,",
            Self::Elsewhere => "a gateway that is not at the real service's address,",
        })
    }
}

async fn play_with_service(
    output: &Output,
    client: &Client,
    session: &Session,
    to: PhoneNumber,
    ours: bool,
    place: Place,
) -> Result<serde_json::Value, CommandError> {
    if ours {
        output.say(format!("1. Created session {}", text::word(session.id().as_str())))?;
        until_linked(output, session, WaitOptions::default()).await?;
        output.say("2. The session is ready")?;
    }
    let why = if place == Place::ThisMachine { "" } else { ": a webhook here could not be reached" };
    output.say(format!("3. Asking for events every 3 seconds{why}"))?;
    let events = poll(client, session);
    let answer_within = Duration::from_secs(60);
    Round { output, session: session.clone(), events, to, answer_within }.play().await
}

/// Deletes the session that the demo made, or says that it is still there.
async fn abandon(output: &Output, session: &Session, failure: CommandError) -> CommandError {
    if session.delete().await.is_err() {
        return failure.leaving(session.id());
    }
    // What failed first is what is told.
    let _ = output.say("Deleted the session");
    failure
}

async fn confirmed() -> Result<bool, CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::usage(
            "nobody to ask: give --yes to use the real service without a question",
        ));
    }
    let asked =
        tokio::task::spawn_blocking(|| Confirm::new().with_prompt("Go on?").default(false).interact());
    asked.await.map_err(CommandError::local)?.map_err(CommandError::local)
}

/// New events of the session, asked for in the background.
fn poll(client: &Client, session: &Session) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(1000);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let since = WireDate::from_unix_seconds_as_utc(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    let request = EventsGetRequest::new().with_date(since).with_session(session.id().clone());
    let mut events = client.follow_events(request, Duration::from_secs(3));
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            // A failed question is asked again; the round has a deadline of its own.
            if let Ok(event) = event
                && sender.send(event).await.is_err()
            {
                break;
            }
        }
    });
    receiver
}

/// The part that is the same with the sandbox and with the service.
struct Round<'a> {
    output: &'a Output,
    session: Session,
    events: mpsc::Receiver<Event>,
    to: PhoneNumber,
    answer_within: Duration,
}

impl Round<'_> {
    async fn play(mut self) -> Result<serde_json::Value, CommandError> {
        let output = self.output;
        let session = self.session.clone();
        let to = self.to.clone();
        if !session.is_registered(&to).await? {
            return Err(CommandError::local(anyhow!(
                "the number is not registered on WhatsApp; nothing was sent"
            )));
        }
        output.say("4. Checked the number: it is registered on WhatsApp")?;

        let text = sent(session.send_text(&to, "Please answer").await?)?;
        output.say(format!("5. Sent a text: {}", text::plain(text.id.as_str())))?;
        let file = attach(FILE_NAME, FILE.as_bytes()).map_err(CommandError::local)?.with_caption("Prices");
        let file = sent(session.send(&to, file).await?)?;
        output.say(format!("   Sent the file {FILE_NAME}: {}", text::plain(file.id.as_str())))?;

        output.say("6. Events as they come:")?;
        let answer = self.answer(&text).await?;
        if let Some(answer) = &answer {
            let reply = OutgoingMessage::text("Thank you!").with_quote(answer.id.clone());
            let reply = sent(session.send(&to, reply).await?)?;
            output.say(format!("7. Answered it with a quote: {}", text::plain(reply.id.as_str())))?;
        } else {
            output.say("7. No answer came in time, so there is nothing to quote")?;
        }

        let chats = session.chats().await?;
        output.say(format!("8. Chats:\n{}", tables::chats(&chats)))?;
        session.mark_as_read(&to).await?;
        output.say("9. Marked the chat as read")?;
        let back = session.message_media(&file.id).await?;
        if back.data.decode().map_err(CommandError::local)? != FILE.as_bytes() {
            return Err(CommandError::local(anyhow!("the file came back different from the one sent")));
        }
        output.say("10. Fetched the file back: every byte is the same")?;
        Ok(json!({
            "done": true,
            "text": text.id,
            "file": file.id,
            "answered": answer.is_some(),
            "chats": chats.len(),
            "session_deleted": false,
        }))
    }

    /// Prints events until the text is read and an answer came, or the time is up.
    async fn answer(&mut self, text: &Message) -> Result<Option<Message>, CommandError> {
        let (mut answer, mut read) = (None, false);
        let wait = async {
            while answer.is_none() || !read {
                let Some(event) = self.events.recv().await else { break };
                self.output.say(format!("   {}", lines::event(&event)))?;
                match event.data {
                    EventData::Message(message) if event.action == EventAction::Message => {
                        answer = Some(*message);
                    }
                    EventData::Ack(message) if message.id == text.id => {
                        read |= message.ack >= Some(Ack::READ);
                    }
                    _ => {}
                }
            }
            Ok::<_, CommandError>(())
        };
        // Running out of time is no failure: perhaps nobody held the phone.
        if let Ok(result) = timeout(self.answer_within, wait).await {
            result?;
        }
        Ok(answer)
    }
}

fn sent(result: SendResult) -> Result<Message, CommandError> {
    match result {
        SendResult::Sent(message) => Ok(*message),
        _ => Err(CommandError::local(anyhow!("the gateway queued the message instead of sending it"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, Place};

    #[test]
    fn a_sandbox_is_not_the_service() {
        for (url, place) in [
            ("ru", Place::Service),
            ("https://WHATSGATE.org/api/v1", Place::Service),
            ("http://127.0.0.1:8080/api/v1", Place::ThisMachine),
            ("http://localhost/api/v1", Place::ThisMachine),
            ("http://[::1]:8080/api/v1", Place::ThisMachine),
            ("https://whatsgate.ru.example/api/v1", Place::Elsewhere),
            ("https://whatsgate.ru:8443/api/v1", Place::Elsewhere),
            ("http://192.0.2.7:8080/api/v1", Place::Elsewhere),
        ] {
            assert_eq!(Place::of(&url.parse::<BaseUrl>().unwrap()), place, "{url}");
        }
    }
}
