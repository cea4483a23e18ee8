//! Certificates that `whatsgate doctor` tells apart.

use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

use crate::doctor::Found;
use crate::support::whatsgate;

/// Takes connections with this certificate, and says where.
fn listening(issuer: &Issuer<'_, KeyPair>, params: &CertificateParams) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()));
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/api/v1", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = stream.unwrap();
            // Whoever refuses the certificate goes away.
            let _ = std::io::Read::read(&mut Stream::new(&mut connection, &mut stream), &mut [0; 1024]);
        }
    });
    url
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

#[test]
fn what_is_wrong_with_a_certificate_is_named() {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = root.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(root, key);
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("root.pem");
    std::fs::write(&trusted, pem).unwrap();

    let mut expired = params("127.0.0.1");
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = params("127.0.0.1");
    (early.not_before, early.not_after) = (date_time_ymd(2200, 1, 1), date_time_ymd(2201, 1, 1));
    let mut stranger = CertificateParams::new(Vec::new()).unwrap();
    stranger.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = Issuer::new(stranger, KeyPair::generate().unwrap());

    for (url, id) in [
        (listening(&issuer, &expired), "certificate-expired"),
        (listening(&issuer, &early), "certificate-not-yet-valid"),
        (listening(&issuer, &params("shop.example")), "certificate-name"),
        (listening(&stranger, &params("127.0.0.1")), "certificate-issuer"),
        // The certificate is right, and what is behind it says nothing.
        (listening(&issuer, &params("127.0.0.1")), "connection-broken"),
    ] {
        let mut doctor = whatsgate();
        doctor
            .current_dir(&folder)
            .arg("doctor")
            .env("WHATSGATE_API_KEY", "key")
            .env("WHATSGATE_BASE_URL", url);
        Found::by(doctor.env("SSL_CERT_FILE", &trusted)).names(id);
    }
}
