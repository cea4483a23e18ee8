//! Files in both directions.

use std::path::Path;

use whatsgate_native::Session;

use crate::{Outcome, Place};

async fn send(session: &Session, folder: &Path) -> Outcome {
    // ANCHOR: send
    use whatsgate_native::{PhoneNumber, Upload};

    // ANCHOR_END: send
    let path = folder.join("report.csv");
    // ANCHOR: send
    let number = PhoneNumber::new("79991112233")?;
    let report = Upload::from_path(&path).with_caption("The report of May");
    let sent = session.send_file(number, report).await?;
    // ANCHOR_END: send
    let message = sent.message().ok_or("no message")?;
    let copy = folder.join("copy.csv");
    // ANCHOR: save
    session.save_message_media(&message.id, copy).await?;
    // ANCHOR_END: save
    Ok(())
}

#[tokio::test]
async fn a_file_goes_out_and_comes_back() {
    let place = Place::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.csv"), "date;total\n").unwrap();
    send(&place.session, folder.path()).await.unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("copy.csv")).unwrap(), "date;total\n");
}
