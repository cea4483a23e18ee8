//! Values that look like the service's, repeatable because they come from a seed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use whatsgate_model::SessionId;

/// The one source of random values.
#[derive(Debug)]
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A seed that goes on from here.
    pub(crate) fn seed(&self) -> u64 {
        self.0.get_seed()
    }

    /// 13 hexadecimal digits.
    pub(crate) fn session_id(&mut self) -> SessionId {
        loop {
            let digits: String = (0..13).map(|_| self.pick(b"0123456789abcdef")).collect();
            if let Ok(id) = SessionId::new(digits) {
                return id;
            }
        }
    }

    /// The short id of a message.
    pub(crate) fn message_id(&mut self) -> String {
        let digits: String = (0..16).map(|_| self.pick(b"0123456789ABCDEF")).collect();
        format!("3EB0{digits}")
    }

    /// The key of a media file, base64 of 32 bytes.
    pub(crate) fn media_key(&mut self) -> String {
        self.base64(32)
    }

    /// A pairing code such as `ABCD-1234`.
    pub(crate) fn pairing_code(&mut self) -> String {
        let letters: String = (0..4).map(|_| self.pick(b"ABCDEFGHJKLMNPQRSTVWXYZ")).collect();
        let digits: String = (0..4).map(|_| self.pick(b"0123456789")).collect();
        format!("{letters}-{digits}")
    }

    /// The text of a QR code, in the form of WhatsApp's.
    pub(crate) fn qr_text(&mut self) -> String {
        format!("2@{},{},{}", self.base64(32), self.base64(32), self.base64(16))
    }

    fn base64(&mut self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.0.fill(&mut buffer);
        STANDARD.encode(buffer)
    }

    fn pick(&mut self, from: &[u8]) -> char {
        char::from(from[self.0.usize(..from.len())])
    }
}
