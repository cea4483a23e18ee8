//! Adapters that do not answer as they should: the trial is named, and the others go on.

use std::fs;
use std::path::Path;
use std::time::Duration;

use whatsgate_conformance::{KnownFailing, RunError, Runner};

use crate::{bad, example, failures, run, trials};

/// Two that make the bad client misbehave, and some that do not.
const SOME: [&str; 4] =
    ["wire/seen/as-is", "wire/get-chats.full/as-is", "wire/get-chats.full/bom", "sends/text/*"];

async fn culprits(mistakes: &[&str]) -> Vec<String> {
    let report = run(&bad(mistakes).deadline(Duration::from_secs(2)), &SOME).await;
    assert_eq!(report.count("passed") + report.count("failed"), report.trials.len());
    failures(&report)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_that_dies_is_started_again() {
    for mistakes in [&["dies"][..], &["dies", "one-at-a-time"]] {
        let [first, second] = &culprits(mistakes).await[..] else { panic!("two trials fail") };
        assert!(
            first.starts_with("wire/get-chats.full/as-is: the adapter died with exit status: 101"),
            "{first}"
        );
        assert!(first.contains("panicked at main.rs:1"), "{first}");
        assert!(second.starts_with("wire/get-chats.full/bom: the adapter died"), "{second}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_that_hangs_is_ended() {
    let [first, second] = &culprits(&["hangs"]).await[..] else { panic!("two trials fail") };
    assert!(first.starts_with("wire/get-chats.full/as-is: the adapter hangs: no answer in 2s"), "{first}");
    assert!(second.starts_with("wire/get-chats.full/bom: the adapter hangs"), "{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_shown() {
    let [first, _] = &culprits(&["answers-nonsense"]).await[..] else { panic!("two trials fail") };
    let told = r#"wire/get-chats.full/as-is: the adapter answered nonsense: "\"no answer\"": invalid type"#;
    assert!(first.starts_with(told) && first.contains("expected an object with the member id"), "{first}");
    let [first, _] = &culprits(&["answers-another"]).await[..] else { panic!("two trials fail") };
    assert!(first.contains("the adapter answered what nobody asked: id 1000000"), "{first}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_adapter_is_told_at_once() {
    let start = async |runner: Runner| {
        let known = KnownFailing::default();
        match runner.deadline(Duration::from_secs(2)).run(trials(&["wire/seen"]), &known).await {
            Err(RunError::Adapter(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    assert!(start(Runner::new("/nowhere/adapter")).await.starts_with("it cannot be started"));
    if cfg!(unix) {
        assert_eq!(start(Runner::new("true")).await, "it ended before its first line");
        let greeting = r#"echo '{"protocol":9,"client":"new"}'; cat"#;
        let told = start(Runner::new("sh").arguments(["-c", greeting])).await;
        assert_eq!(told, "it speaks version 9 of the protocol, not 1");
        assert_eq!(
            start(Runner::new("sleep").arguments(["60"])).await,
            "its first line did not come in time"
        );
    }
}

/// A client that lacks commands is not blamed for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_does_not_have_is_skipped() {
    if cfg!(unix) {
        let greeting = r#"echo '{"protocol":1,"client":"small","commands":["send"]}'; cat >/dev/null"#;
        let report =
            run(&Runner::new("sh").arguments(["-c", greeting]), &["wire/seen", "events/walk.*"]).await;
        assert_eq!(report.count("skipped"), report.trials.len());
        // Nor does it conform if it has none.
        assert_eq!(report.problems(), ["nothing was proved: no trial passed"]);
        assert!(!report.is_good());
        assert!(report.table().contains("PROBLEM nothing was proved"), "{}", report.table());
        let junit = report.junit();
        assert!(junit.contains("<failure>nothing was proved: no trial passed</failure>"), "{junit}");
    }
}

/// A mistyped name would skip what it means.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_line_with_a_mistake_is_refused() {
    if cfg!(unix) {
        let told = async |members: &str| {
            let greeting = format!(r#"echo '{{"protocol":1,"client":"small",{members}}}'; cat >/dev/null"#);
            let runner = Runner::new("sh").arguments(["-c", &greeting]);
            match runner.run(trials(&["wire/seen"]), &KnownFailing::default()).await {
                Err(RunError::Adapter(why)) => why,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            told(r#""commands":["seen","sned"]"#).await,
            "its first line names the command \"sned\", which there is not; the commands are check, events, events-get, \
             get-chats, get-media, get-messagemedia, poll, seen, send, session-create, session-delete, sessions-get, \
             set-hook, set-name, typing, webhook"
        );
        assert!(told(r#""parallel":0"#).await.contains("`parallel` 0"));
    }
}

/// That anybody can write one is a promise of the README.
#[test]
fn adapters_are_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let adapters = root.join("../../tests/conformance");
    let mut files = vec![root.join("examples/rust.rs")];
    for folder in fs::read_dir(adapters).into_iter().flatten().flatten() {
        files.extend(fs::read_dir(folder.path()).into_iter().flatten().flatten().map(|file| file.path()));
    }
    let is_source = |path: &&std::path::PathBuf| {
        path.extension().is_some_and(|end| ["rs", "mjs", "ts", "go", "py"].iter().any(|known| end == *known))
    };
    for file in files.iter().filter(is_source) {
        let text = fs::read_to_string(file).expect("a source is text");
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 100, "{} has {lines} lines", file.display());
    }
    assert!(example("rust").is_file());
}

/// An adapter that hangs at everything would cost hours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_that_always_hangs_is_given_up() {
    if cfg!(unix) {
        let hangs = r#"echo '{"protocol":1,"client":"slow"}'; cat >/dev/null"#;
        let runner = Runner::new("sh").arguments(["-c", hangs]).deadline(Duration::from_millis(20));
        let report = run(&runner.processes(1).give_up_after(3), &["wire"]).await;
        assert_eq!(report.count("failed"), 3);
        assert_eq!(report.count("not_run"), report.trials.len() - 3);
        let told = "the run was stopped: the adapter hung at 3 trials in a row; ";
        assert!(report.problems()[0].starts_with(told), "{:?}", report.problems());
        assert!(!report.is_good());
        let row = format!("wire           0       3       0       0 {:>7}", report.count("not_run"));
        assert!(report.table().contains(&row), "{}", report.table());
        // One that answers in between is not.
        let some = run(&bad(&["hangs"]).deadline(Duration::from_secs(2)).give_up_after(3), &SOME).await;
        assert_eq!(some.stopped, None);
    }
}

/// What came until then is reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_can_be_stopped() {
    let (send, receive) = tokio::sync::oneshot::channel();
    let send = std::sync::Mutex::new(Some(send));
    let runner = bad(&["hangs", "one-at-a-time"]).processes(1).watched(move |progress| {
        if progress.done == 1 {
            send.lock()
                .expect("nothing panics")
                .take()
                .expect("it is the first time")
                .send(())
                .expect("somebody waits");
        }
    });
    let trials = trials(&["wire/seen/as-is", "wire/get-chats.full/as-is"]);
    let names: Vec<_> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    let trials = trials.into_iter().rev().collect();
    let stop = async { receive.await.expect("it is sent") };
    let report = runner.run_until(trials, &KnownFailing::default(), stop).await.expect("it began");
    let verdicts: Vec<_> = report.trials.iter().map(|trial| (&*trial.name, trial.verdict.word())).collect();
    assert_eq!(verdicts, [(&*names[1], "passed"), (&*names[0], "not_run")]);
    assert_eq!(report.problems(), ["the run was stopped: it was interrupted; not run: 1 of 2 trials"]);
    assert!(!report.is_good());
    let unheard = Runner::new(example("bad")).run_until(Vec::new(), &KnownFailing::default(), async {}).await;
    assert!(matches!(unheard, Err(RunError::Stopped)), "{unheard:?}");
}

/// The trial whose answer comes again fails, and no other, also if it is the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubled_answer_fails_its_trial() {
    for parallel in [&["answers-twice"][..], &["answers-twice", "one-at-a-time"]] {
        let only = ["wire/get-chats.full/as-is", "wire/seen/as-is", "wire/typing/as-is", "wire/check/as-is"];
        for only in [&only[..], &only[..1]] {
            let failed = failures(&run(&bad(parallel).processes(1), only).await);
            assert_eq!(failed, ["wire/get-chats.full/as-is: it was answered more than once"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = std::sync::Arc::clone(&told);
    let runner = bad(&[]).processes(1).watched(move |progress| {
        heard.lock().expect("nothing panics").push((progress.done, progress.failed, progress.all));
    });
    run(&runner, &["wire/seen/as-is", "wire/seen/bom"]).await;
    let told = told.lock().expect("nothing panics");
    assert_eq!(told.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(told.last(), Some(&(2, 1, 2)));
}

/// Findings are for people who write clients in any language.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_are_in_plain_words() {
    if cfg!(unix) {
        let fails = r#"echo '{"protocol":1,"client":"bare"}'; while read -r line; do id=${line#*:}
            echo '{"id":'"${id%%,*}"',"error":{"kind":"\u001b[2J"}}'; done"#;
        let report = run(&Runner::new("sh").arguments(["-c", fails]), &["errors/check", "wire/seen"]).await;
        let told = failures(&report).join("\n");
        assert!(told.contains("it tells no status, not 500"), "{told}");
        assert!(told.contains(r"it says that it failed (\u001b[2J), which it did not"), "{told}");
        for word in ["Some(", "None", r"\u{", "struct "] {
            assert!(!told.contains(word), "{told}");
        }
    }
}
