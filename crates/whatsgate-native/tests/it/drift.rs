//! The client counts what replies hold that the schemas do not know, if it is asked to.

use whatsgate_native::PhoneNumber;
use whatsgate_sandbox::{Fault, FaultRule};

use crate::support::sandbox;

#[tokio::test]
async fn what_is_new_is_counted_by_all_clones() {
    let (sandbox, client, _) = sandbox().await;
    let reply = Fault::Reply {
        status: 200,
        body: r#"{"result":"OK","data":true,"lid":"79991112233@lid"}"#.to_owned(),
        content_type: "application/json".to_owned(),
        acts: false,
    };
    sandbox.set_faults(0, &[FaultRule::new(reply).on("check")]);
    let session = sandbox.ready_sessions().remove(0);
    let watching = client.clone().watching_drift();
    for client in [&client, &watching, &watching.clone()] {
        assert!(
            client
                .session(session.clone())
                .is_registered(PhoneNumber::new("79991112233").unwrap())
                .await
                .unwrap()
        );
    }
    watching.session(session).chats().await.unwrap();
    assert_eq!((client.drift().total(), client.drift().noted()), (0, 0));
    let found: Vec<_> = watching.drift().entries().map(|entry| entry.to_string()).collect();
    assert_eq!(found, ["check /lid: unknown member, string (2)"]);
    assert_eq!(watching.drift().noted(), 3);
}
