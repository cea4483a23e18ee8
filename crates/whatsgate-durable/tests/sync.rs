//! An event is on disk before it is acknowledged: seen from outside, by what the process asks of the system. Killing a process
//! would prove nothing here, because what it wrote outlives it in the memory of the system.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells what it counted"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use whatsgate_durable::Store;
use whatsgate_sandbox::{DeliveryOutcome, Incoming, Sandbox, Settings};

const EVENTS: usize = 40;
/// Set by the test command once it has seen to it that there is an strace.
const VARIABLE: &str = "WHATSGATE_TEST_STRACE";

#[tokio::test(flavor = "multi_thread")]
async fn each_acknowledgement_comes_after_a_sync_of_the_log() {
    if std::env::var_os(VARIABLE).is_none() {
        println!("not run: {VARIABLE} is not set; the test command sets it where there is an strace");
        return;
    }
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let session = sandbox.ready_session("Test");
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let address = format!("sqlite:{}", folder.path().join("orders.db").display());
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples/orders");
    let mut child = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "400",
            "-e",
            "trace=fsync,fdatasync,recvfrom,read,readv,sendto,write,writev",
            "-o",
        ])
        .arg(&trace)
        .arg(program)
        .env("WHATSGATE_BASE_URL", sandbox.base_url())
        .env("WHATSGATE_API_KEY", sandbox.api_key())
        .env("WHATSGATE_SESSION", session.as_str())
        .env("WHATSGATE_STORE", &address)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let begun = async {
        loop {
            if let Ok(store) = Store::open(&address).await
                && store.run(|tables| tables.consumers()).await.is_ok_and(|consumers| !consumers.is_empty())
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), begun).await.unwrap();
    for number in 0..EVENTS {
        let from = format!("7999{:07}@c.us", number % 10 + 1).parse().unwrap();
        sandbox.receive(&session, Incoming::text(from, format!("message {number}"))).unwrap();
    }
    let acknowledged = || {
        let records = sandbox.delivery_records();
        let done = records.iter().filter(|record| record.outcome == DeliveryOutcome::Acknowledged);
        done.map(|record| record.event).collect::<Vec<_>>()
    };
    let all = async {
        while acknowledged().len() < EVENTS {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    // The program, and not only the one that traces it, which ends with it.
    let owner = std::fs::read_to_string(folder.path().join("orders.db.owner")).unwrap();
    assert!(Command::new("kill").args(["-KILL", &owner]).status().unwrap().success());
    child.wait().unwrap();

    let trace = std::fs::read_to_string(&trace).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let events = acknowledged();
    for event in &events {
        let came = format!(r#"\"id\":{event},\""#);
        let answer = format!(r#"\"result\":\"OK\",\"id\":{event}}}"#);
        let acknowledged = lines.iter().position(|line| line.contains(&answer)).unwrap();
        let came = lines[..acknowledged].iter().position(|line| line.contains(&came)).unwrap();
        let synced = lines[came..acknowledged].iter().any(|line| {
            // A call that another thread's interrupts ends in a line of its own, without the file.
            let of_the_log = line.contains("sync(") && line.contains("orders.db-wal>");
            let is_over = line.trim_end().ends_with("= 0");
            is_over && (of_the_log || line.contains("sync resumed>"))
        });
        assert!(synced, "event {event} was acknowledged before anything was synced");
    }
    println!("{} acknowledgements, each after a sync that came after its event", events.len());
}
