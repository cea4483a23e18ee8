//! The example programs, run as a newcomer runs them. What they did is counted at the sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use whatsgate_native::model::{Base64Data, ChatId};
use whatsgate_native::{
    Ack, EventAction, EventsGetRequest, Media, MimeType, PhoneNumber, Session, SessionsGetRequest, StreamExt,
    TryStreamExt,
};
use whatsgate_sandbox::{
    ErrorForm, Fault, FaultRule, Incoming, LinkingCode, Sandbox, Scan, SessionState, Settings,
};

use crate::support::{builder, sandbox};

/// Long enough for a slow computer; no test waits that long unless it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An example with the environment that `whatsgate sandbox` prints, in a folder of its own.
struct Example {
    program: PathBuf,
    folder: TempDir,
    environment: [(&'static str, String); 3],
}

impl Example {
    fn new(name: &str, sandbox: &Sandbox, session: &Session) -> Self {
        let tests = std::env::current_exe().unwrap();
        let target = tests.parent().and_then(Path::parent).unwrap();
        let program = target.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
        assert!(program.is_file(), "run `cargo build -p whatsgate-native --examples --all-features` first");
        let environment = [
            ("WHATSGATE_BASE_URL", sandbox.base_url()),
            ("WHATSGATE_API_KEY", sandbox.api_key().to_owned()),
            ("WHATSGATE_SESSION", session.id().to_string()),
        ];
        Self { program, folder: tempfile::tempdir().unwrap(), environment }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        within(self.start(arguments).wait_with_output()).await.unwrap()
    }
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

/// Asks again until it is so.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    within(async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

fn lines_of(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

fn contact() -> PhoneNumber {
    PhoneNumber::new("79991112233").unwrap()
}

/// How often each text left the session's account, as the sandbox counts it.
async fn sent(session: &Session) -> BTreeMap<String, usize> {
    let filter = EventsGetRequest::new().with_action(EventAction::Create);
    let events: Vec<_> = session.events(filter).try_collect().await.unwrap();
    let mut texts = BTreeMap::new();
    for event in events {
        *texts.entry(event.data.message().unwrap().body.clone()).or_default() += 1;
    }
    texts
}

fn once<const N: usize>(texts: [&str; N]) -> BTreeMap<String, usize> {
    texts.map(|text| (text.to_owned(), 1)).into()
}

#[tokio::test]
async fn the_bulk_sender_sends_nothing_twice() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("bulk_sender", &sandbox, &session);
    let list = "79991112233;One\n79991112233;Two\n79999999999;Three\n";
    fs::write(example.path("list.csv"), list).unwrap();
    // The second line goes out although nothing is heard of it; the third one certainly does not.
    let refused = Fault::Error { form: ErrorForm::Unauthorized, acts: None };
    sandbox.set_faults(
        0,
        &[
            FaultRule { skip: 1, ..FaultRule::new(Fault::CloseAfter).on("send").times(1) },
            FaultRule { skip: 2, ..FaultRule::new(refused).on("send").times(1) },
        ],
    );
    let first = example.run(&["list.csv"]).await;
    assert!(!first.status.success());
    assert_eq!(
        String::from_utf8(first.stdout).unwrap(),
        "79991112233;One sent\n79991112233;Two unknown\n79999999999;Three not-sent\n",
    );
    assert_eq!(sent(&session).await, once(["One", "Two"]));

    for _ in 0..2 {
        let again = example.run(&["list.csv"]).await;
        assert!(!again.status.success(), "the second line stays unknown");
        assert_eq!(
            String::from_utf8(again.stdout).unwrap(),
            "79991112233;One sent\n79991112233;Two unknown\n79999999999;Three sent\n",
        );
        assert_eq!(sent(&session).await, once(["One", "Two", "Three"]));
    }
}

#[tokio::test]
async fn the_bulk_sender_can_be_killed_in_the_middle() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("bulk_sender", &sandbox, &session);
    fs::write(example.path("list.csv"), "79991112233;One\n79991112233;Two\n").unwrap();
    // The first message goes out, and its reply takes longer than anybody waits.
    sandbox.set_faults(0, &[FaultRule::new(Fault::Drip { bytes: 1, ms: 600_000 }).on("send").times(1)]);
    let mut child = example.start(&["list.csv"]);
    until(async || !sent(&session).await.is_empty()).await;
    child.kill().await.unwrap();

    let again = example.run(&["list.csv"]).await;
    assert_eq!(
        String::from_utf8(again.stdout).unwrap(),
        "79991112233;One unknown\n79991112233;Two sent\n",
        "{}",
        String::from_utf8_lossy(&again.stderr),
    );
    assert_eq!(sent(&session).await, once(["One", "Two"]));
}

#[tokio::test]
async fn the_bulk_sender_reads_the_whole_list_first() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("bulk_sender", &sandbox, &session);
    fs::write(example.path("list.csv"), "79991112233;One\nVasily;Two\n").unwrap();
    let run = example.run(&["list.csv"]).await;
    assert!(!run.status.success());
    assert_eq!(sent(&session).await, once([]));
}

#[tokio::test]
async fn the_bot_answers_each_message_once_over_restarts() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("bot", &sandbox, &session);
    let write =
        |text: &str| sandbox.receive(session.id(), Incoming::text((&contact()).into(), text)).unwrap();
    write("Before the bot was there");

    let mut bot = example.start(&[]);
    until(async || example.path("bot-position.json").exists()).await;
    write("One");
    until(async || sent(&session).await == once(["You wrote: One"])).await;
    bot.kill().await.unwrap();

    write("Two");
    let mut bot = example.start(&[]);
    until(async || sent(&session).await.contains_key("You wrote: Two")).await;
    write("Three");
    until(async || sent(&session).await.contains_key("You wrote: Three")).await;
    bot.kill().await.unwrap();
    assert_eq!(sent(&session).await, once(["You wrote: One", "You wrote: Two", "You wrote: Three"]));
}

#[tokio::test]
async fn the_delivery_is_followed_until_the_phone_has_the_message() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("delivery", &sandbox, &session);
    let chat = ChatId::from(&contact());
    sandbox.switch_phone(session.id(), &chat, false).unwrap();
    let mut child = example.start(&["79991112233", "Your order is ready"]);
    let mut lines = lines_of(&mut child);
    let mut line = async || within(lines.next_line()).await.unwrap();

    let id = line().await.unwrap();
    assert_eq!(line().await.as_deref(), Some("server"));
    assert!(child.try_wait().unwrap().is_none(), "the phone is off");
    sandbox.switch_phone(session.id(), &chat, true).unwrap();
    assert_eq!(line().await.as_deref(), Some("device"));
    assert_eq!(line().await, None);
    assert!(within(child.wait()).await.unwrap().success());

    assert_eq!(sent(&session).await, once(["Your order is ready"]));
    let filter = EventsGetRequest::new().with_action(EventAction::Ack);
    let acks: Vec<_> = session.events(filter).try_collect().await.unwrap();
    let on_the_phone =
        |message: &whatsgate_native::Message| message.id.as_str() == id && message.ack == Some(Ack::DEVICE);
    assert!(acks.iter().any(|event| event.data.message().is_some_and(on_the_phone)));
}

#[tokio::test]
async fn chats_are_listed_and_their_files_saved() {
    let (sandbox, _, session) = sandbox().await;
    let example = Example::new("chats", &sandbox, &session);
    let photo: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let media =
        Media::new(MimeType::new("image/jpeg").unwrap(), "../../photo.jpg", Base64Data::encode(&photo));
    sandbox.receive(session.id(), Incoming::file((&contact()).into(), media)).unwrap();
    fs::write(example.path("price.txt"), "120").unwrap();
    session.send_file(contact(), example.path("price.txt")).await.unwrap();
    session.send_text(contact(), "No file").await.unwrap();

    let run = example.run(&["saved"]).await;
    let output = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for chat in session.chats().await.unwrap() {
        assert!(output.contains(chat.id.as_str()) && output.contains(&chat.name), "{output}");
    }
    let mut saved: Vec<_> = fs::read_dir(example.path("saved"))
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    saved.sort_by_key(Vec::len);
    assert_eq!(saved, [b"120".to_vec(), photo]);
}

#[tokio::test]
async fn a_session_is_linked_by_what_is_shown() {
    let settings = Settings {
        authorization_delay: Duration::from_millis(20),
        scan: Scan::OnDemand,
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let client = builder(&sandbox.base_url(), sandbox.api_key()).build().unwrap();
    let example = Example::new("link_session", &sandbox, &client.session(sandbox.ready_session("Another")));

    for number in [None, Some("79991112233")] {
        let arguments: Vec<_> = ["Shop"].into_iter().chain(number).collect();
        let mut child = example.start(&arguments);
        let mut lines = lines_of(&mut child);
        let mut shown = Vec::new();
        while !shown.last().is_some_and(|line: &String| line.starts_with("Linked devices")) {
            shown.push(within(lines.next_line()).await.unwrap().unwrap());
        }
        let id = shown[0].strip_prefix("export WHATSGATE_SESSION=").unwrap();
        let session = client.session(id.parse::<whatsgate_native::SessionId>().unwrap());
        let what = shown.last().unwrap();
        match sandbox.code(session.id()).unwrap() {
            LinkingCode::Pairing(code) => assert!(number.is_some() && what.ends_with(&code), "{shown:?}"),
            LinkingCode::Qr(_) => {
                let link = session.info().await.unwrap().unwrap().qr_link.unwrap();
                assert!(number.is_none() && what.ends_with(&link), "{shown:?}");
            }
            other => panic!("{other:?}"),
        }
        sandbox.scan(session.id()).unwrap();
        let own_id = sandbox.own_id(session.id()).unwrap();
        assert_eq!(within(lines.next_line()).await.unwrap(), Some(format!("linked as {own_id}")));
        assert!(within(child.wait()).await.unwrap().success());
        assert_eq!(sandbox.session_state(session.id()), Some(SessionState::Ready));
    }
    let sessions: Vec<_> = client.sessions(SessionsGetRequest::new()).collect().await;
    assert_eq!(sessions.len(), 3, "one of before and one for each run");
}
