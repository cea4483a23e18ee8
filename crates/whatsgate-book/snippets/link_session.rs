//! Linking an account.

use whatsgate_native::{Client, SessionId};

use crate::{Outcome, Place};

async fn link(client: &Client) -> Outcome<SessionId> {
    // ANCHOR: link
    use whatsgate_native::{SessionCreateRequest, WaitOptions};

    let created = client.create_session(SessionCreateRequest::new("Shop")).await?;
    let session = client.session(created.unique_id);
    println!("keep this id: {}", session.id());
    let ready = session
        .wait_until_ready(WaitOptions::default(), |now| {
            if let Some(page) = &now.qr_link {
                println!("Linked devices > Link a device: scan the code at {page}");
            }
        })
        .await?;
    println!("linked as {:?}", ready.wid);
    // ANCHOR_END: link
    Ok(session.id().clone())
}

#[tokio::test]
async fn a_session_is_linked() {
    let place = Place::start().await;
    let session = link(&place.client).await.unwrap();
    assert!(place.sandbox.ready_sessions().contains(&session));
}
