//! How much memory a reply without an end costs: `endless <status> <MiB>` answers `check` with that status and so many
//! MiB, and prints the error, how many requests were made, how long it took and the peak of the memory.
//!
//! ```text
//! cargo run -p whatsgate-native --example endless -- 200 1024
//! cargo run -p whatsgate-native --example endless -- 500 3072
//! ```

#![allow(clippy::print_stdout, reason = "it reports to a person")]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use whatsgate_native::{ApiKey, BaseUrl, ClientBuilder, PhoneNumber, SessionId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let status = arguments.next().unwrap_or_else(|| "200".to_owned());
    let mebibytes: usize = arguments.next().map_or(Ok(1024), |text| text.parse())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = BaseUrl::new(format!("http://{}/api/v1", listener.local_addr()?))?;
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let status = status.clone();
            // Whoever has seen enough hangs up.
            std::thread::spawn(move || answer(stream, &status, mebibytes).ok());
        }
    });
    let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)
        .base_url(base_url)
        .timeout(Duration::from_secs(120))
        .build()?;
    let session = client.session(SessionId::new("YOUR_WHATSAPP_ID")?);
    let start = Instant::now();
    match session.is_registered(PhoneNumber::new("79999999999")?).await {
        Ok(registered) => println!("registered: {registered}"),
        Err(error) => println!("{error}"),
    }
    println!("requests: {}, seconds: {:.1}", requests.load(Ordering::SeqCst), start.elapsed().as_secs_f32());
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown"));
    Ok(())
}

/// A JSON document that is never closed.
fn answer(mut stream: TcpStream, status: &str, mebibytes: usize) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 4096])?;
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n[")?;
    let piece = b"\"x\",".repeat(256 * 1024);
    for _ in 0..mebibytes {
        stream.write_all(&piece)?;
    }
    Ok(())
}
