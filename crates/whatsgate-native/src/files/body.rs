//! The body of a request with a file in it.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead as _, ReadBuf};
use whatsgate_core::media::Base64Encoder;

use super::error::TransferError;
use super::source::{Opened, Reader};
use super::{Progress, Report};

/// How much is read at a time; a multiple of 3, so that each piece is encoded by itself.
const PIECE: usize = 192 * 1024;

/// Why a body ended before its end. It is found again among the causes of the HTTP library's error, which lends it only;
/// hence `Clone`.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    #[error("the file cannot be read")]
    Read { name: String, source: Arc<io::Error> },
    #[error("the file changed")]
    Changed { name: String, expected: u64, grew: bool },
}

impl From<BrokenOff> for TransferError {
    fn from(broken: BrokenOff) -> Self {
        match broken {
            BrokenOff::Read { name, source } => {
                Self::Read { name, source: io::Error::new(source.kind(), source) }
            }
            BrokenOff::Changed { name, expected, grew } => Self::Changed { name, expected, grew },
        }
    }
}

/// Reads a file and yields the request's document with the file as base64 in it.
pub(crate) struct EncodedBody {
    /// In a mutex that is never locked: the HTTP library wants a body that threads could share.
    reader: Mutex<Reader>,
    name: String,
    read: u64,
    expected: Option<u64>,
    /// How many bytes of the body are to come.
    left: Option<u64>,
    prefix: Bytes,
    suffix: Bytes,
    encoder: Base64Encoder,
    piece: Box<[u8]>,
    spare: Spare,
    ended: bool,
    handed_over: Arc<AtomicBool>,
    report: Option<Report>,
}

/// Buffers that were sent, to be used again.
type Spare = Arc<Mutex<Vec<Vec<u8>>>>;

/// A buffer that comes back once it was sent.
struct Lent {
    buffer: Vec<u8>,
    spare: Spare,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

impl EncodedBody {
    pub(crate) fn new(prefix: Bytes, opened: Opened, suffix: Bytes, report: Option<Report>) -> Self {
        let around = (prefix.len() + suffix.len()) as u64;
        let left = opened.size.and_then(|size| size.div_ceil(3).checked_mul(4)?.checked_add(around));
        Self {
            left,
            reader: Mutex::new(opened.reader),
            name: opened.name,
            read: 0,
            expected: opened.size,
            prefix,
            suffix,
            encoder: Base64Encoder::new(),
            piece: vec![0; PIECE].into(),
            spare: Spare::default(),
            ended: false,
            handed_over: Arc::default(),
            report,
        }
    }

    /// Whether what ends the document was handed over to be sent, as it turns out.
    pub(crate) fn handed_over(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.handed_over)
    }

    /// The next piece of the body, once `length` bytes were read to its beginning.
    fn encode(&mut self, length: usize) -> Result<Bytes, BrokenOff> {
        self.read += length as u64;
        if self.read == 0 {
            // It was not when it was looked at, and is opened for another try.
            return Err(self.unreadable(io::Error::other("it is empty")));
        }
        if let Some(expected) = self.expected
            && (self.read > expected || (length == 0 && self.read < expected))
        {
            let grew = self.read > expected;
            return Err(BrokenOff::Changed { name: self.name.clone(), expected, grew });
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffer = spare.unwrap_or_default();
        buffer.extend_from_slice(&std::mem::take(&mut self.prefix));
        self.encoder.encode(&self.piece[..length], &mut buffer);
        if length == 0 {
            self.encoder.finish(&mut buffer);
            buffer.extend_from_slice(&self.suffix);
            self.ended = true;
            self.handed_over.store(true, Ordering::SeqCst);
        }
        if let Some(report) = &self.report {
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report(Progress { bytes: self.read, total: self.expected });
        }
        self.left = self.left.map(|left| left.saturating_sub(buffer.len() as u64));
        Ok(Bytes::from_owner(Lent { buffer, spare: Arc::clone(&self.spare) }))
    }

    fn unreadable(&self, source: io::Error) -> BrokenOff {
        BrokenOff::Read { name: self.name.clone(), source: Arc::new(source) }
    }
}

impl http_body::Body for EncodedBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let reader = this.reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut piece = ReadBuf::new(&mut this.piece);
        let read = ready!(Pin::new(reader).poll_read(context, &mut piece));
        let length = piece.filled().len();
        let frame = match read {
            Ok(()) => this.encode(length),
            Err(source) => Err(this.unreadable(source)),
        };
        this.ended |= frame.is_err();
        Poll::Ready(Some(frame.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
