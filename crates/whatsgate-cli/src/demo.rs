//! `whatsgate demo`: the main job from linking to answering, in one command.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::anyhow;
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
use whatsgate_native::webhook::Receiver;
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, Session, WaitOptions};
use whatsgate_sandbox::{Echo, Sandbox, Settings};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::sessions::how_to_link;

const FILE_NAME: &str = "Прайс-лист.csv";
const FILE: &str = "товар;цена\nчай;120\nкофе;250\n";
/// The sandbox's first contact.
const SANDBOX_CONTACT: &str = "79991112233";

pub(crate) async fn run(context: &Context, args: args::Demo) -> Result<(), Failure> {
    match args.to {
        Some(to) => with_service(context, to, args.yes).await,
        None => with_sandbox(&context.output).await,
    }
}

async fn with_sandbox(output: &Output) -> Result<(), Failure> {
    let settings = Settings { echo: Some(Echo::default()), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.map_err(Failure::local)?;
    output.say("This runs against a gateway inside this program: no account, no phone, no network.\n")?;
    output.say(format!("1. Started a local gateway at {}", sandbox.base_url()))?;
    let key = ApiKey::new(sandbox.api_key()).map_err(Failure::local)?;
    let base_url = BaseUrl::new(sandbox.base_url()).map_err(Failure::local)?;
    let client = ClientBuilder::new(key).base_url(base_url).build()?;

    let created = client.create_session(&SessionCreateRequest::new("Demo")).await?;
    let session = client.session(created.unique_id);
    output.say(format!("2. Created session {}", session.id()))?;
    let options = WaitOptions::default().with_interval(Duration::from_millis(200));
    let mut shown = false;
    session
        .wait_until_ready(&options, |_| {
            if let (false, Some(code)) = (shown, sandbox.qr(session.id()).as_deref().and_then(output::qr)) {
                shown = true;
                // A terminal that goes away ends the program at the next line.
                let _ = output.say(format!(
                    "   With the real service you would scan a code such as this one:\n\n{code}"
                ));
            }
        })
        .await?;
    output.say("   The gateway's own phone scanned it: the session is ready")?;

    let (sender, events) = mpsc::channel(1000);
    let receiver = Receiver::new().on_other(move |event| {
        let sender = sender.clone();
        async move { sender.send(event).await }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let hook = format!("http://{}/hook", listener.local_addr()?);
    let server = tokio::spawn(receiver.serve(listener, "/hook"));
    session.set_hook(&hook).await?;
    output.say(format!("3. Receiving events at {hook}"))?;

    let to = PhoneNumber::new(SANDBOX_CONTACT).map_err(Failure::local)?;
    let report =
        Round { output, session, events, to, answer_within: Duration::from_secs(10) }.play(true).await?;
    server.abort();
    sandbox.shutdown().await;
    output.result(
        &report,
        "\nThat was the whole round. Next: `whatsgate sandbox` to try the commands one by one, \
         or `whatsgate demo --to NUMBER` with a key of your own.",
    )
}

async fn with_service(context: &Context, to: PhoneNumber, yes: bool) -> Result<(), Failure> {
    let output = &context.output;
    let client = context.client()?;
    let own = context.session_id()?;
    let plan = match &own {
        Some(_) => "use the session from the environment (and keep it)",
        None => "create a session, which takes a slot of your plan, and delete it at the end",
    };
    output.say(format!(
        "This uses the real service at {}: it will {plan}, and send two messages and an answer to the number given.",
        client.base_url().as_str()
    ))?;
    if !yes && !confirmed().await? {
        return output.result(&json!({ "done": false }), "Nothing was done.");
    }
    let (session, ours) = match own {
        Some(id) => (client.session(id), false),
        None => (link(output, &client).await?, true),
    };
    output.say(
        "3. Asking for events every 3 seconds, since the service could not reach a webhook on this machine",
    )?;
    let events = poll(&client, &session);
    let round =
        Round { output, session: session.clone(), events, to, answer_within: Duration::from_secs(60) };
    match round.play(ours).await {
        Ok(report) => output.result(&report, "\nThat was the whole round, with the real service."),
        Err(failure) => {
            if ours {
                output.say(format!(
                    "The session is still there; delete it with: whatsgate sessions delete -s {}",
                    session.id()
                ))?;
            }
            Err(failure)
        }
    }
}

async fn confirmed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("nobody to ask: give --yes to use the real service without a question"));
    }
    let asked =
        tokio::task::spawn_blocking(|| Confirm::new().with_prompt("Go on?").default(false).interact());
    asked.await.map_err(Failure::local)?.map_err(Failure::local)
}

async fn link(output: &Output, client: &Client) -> Result<Session, Failure> {
    let created = client.create_session(&SessionCreateRequest::new("Whatsgate demo")).await?;
    let session = client.session(created.unique_id);
    output.say(format!("1. Created session {}", session.id()))?;
    let mut shown = Ok(());
    let ready = session
        .wait_until_ready(&WaitOptions::default(), |session| {
            if shown.is_ok() {
                shown = how_to_link(session).map_or(Ok(()), |text| output.say(text));
            }
        })
        .await;
    shown?;
    if let Err(error) = ready {
        session.delete().await?;
        return Err(error.into());
    }
    output.say("2. The session is ready")?;
    Ok(session)
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
    async fn play(mut self, delete: bool) -> Result<serde_json::Value, Failure> {
        let output = self.output;
        let session = self.session.clone();
        let to = self.to.clone();
        if !session.is_registered(&to).await? {
            return Err(Failure::Local(anyhow!(
                "the number is not registered on WhatsApp; nothing was sent"
            )));
        }
        output.say("4. Checked the number: it is registered on WhatsApp")?;

        let text = sent(session.send_text(&to, "Hello from the Whatsgate demo. Please answer!").await?)?;
        output.say(format!("5. Sent a text: {}", text.id))?;
        let file = attach(FILE_NAME, FILE.as_bytes()).map_err(Failure::local)?.with_body("The price list");
        let file = sent(session.send(&to, file).await?)?;
        output.say(format!("   Sent a file, {FILE_NAME} with {} bytes: {}", FILE.len(), file.id))?;

        output.say("6. Events as they come:")?;
        let answer = self.answer(&text).await?;
        if let Some(answer) = &answer {
            let reply = OutgoingMessage::text("Thank you!").with_quote(answer.id.clone());
            let reply = sent(session.send(&to, reply).await?)?;
            output.say(format!("7. Answered it with a quote: {}", reply.id))?;
        } else {
            output.say("7. No answer came in time, so there is nothing to quote")?;
        }

        let chats = session.chats().await?;
        output.say(format!("8. Chats:\n{}", output::chats(&chats)))?;
        session.mark_as_read(&to).await?;
        output.say("9. Marked the chat as read")?;
        let back = session.message_media(&file.id).await?;
        if back.data.decode().map_err(Failure::local)? != FILE.as_bytes() {
            return Err(Failure::Local(anyhow!("the file came back different from the one sent")));
        }
        output.say("10. Fetched the file back: every byte is the same")?;
        if delete {
            session.delete().await?;
            output.say("11. Deleted the session")?;
        }
        Ok(json!({
            "done": true,
            "text": text.id,
            "file": file.id,
            "answered": answer.is_some(),
            "chats": chats.len(),
            "session_deleted": delete,
        }))
    }

    /// Prints events until the text is read and an answer came, or the time is up.
    async fn answer(&mut self, text: &Message) -> Result<Option<Message>, Failure> {
        let (mut answer, mut read) = (None, false);
        let wait = async {
            while answer.is_none() || !read {
                let Some(event) = self.events.recv().await else { break };
                self.output.say(format!("   {}", output::event(&event)))?;
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
            Ok::<_, Failure>(())
        };
        // Running out of time is no failure: perhaps nobody held the phone.
        if let Ok(result) = timeout(self.answer_within, wait).await {
            result?;
        }
        Ok(answer)
    }
}

fn sent(result: SendResult) -> Result<Message, Failure> {
    match result {
        SendResult::Sent(message) => Ok(*message),
        _ => Err(Failure::Local(anyhow!("the gateway queued the message instead of sending it"))),
    }
}
