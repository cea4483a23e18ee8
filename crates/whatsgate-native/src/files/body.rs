//! The body of a request with a file in it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};
use whatsgate_core::InvalidRequest;
use whatsgate_core::media::{Base64Encoder, SplitSend};

use super::Progress;
use super::error::TransferError;
use super::source::Opened;

/// How much is read at a time; a multiple of 3, so that each piece is encoded by itself.
const PIECE: usize = 192 * 1024;

/// A callback that outlives the body, for the one of the next try.
pub(super) type Report = Arc<Mutex<dyn FnMut(Progress) + Send>>;

/// Where a body leaves the reason for which it broke off.
pub(super) type Failure = Arc<Mutex<Option<TransferError>>>;

/// Reads a file and yields the request's document with the file as base64 in it.
pub(super) struct EncodedBody {
    reader: Mutex<Box<dyn AsyncRead + Send + Unpin>>,
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
    report: Option<Report>,
    failure: Failure,
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
    pub(super) fn new(
        send: &SplitSend,
        opened: Opened,
        report: Option<Report>,
        failure: Failure,
    ) -> Result<Self, InvalidRequest> {
        Ok(Self {
            left: opened.size.map(|size| send.body_length(size)).transpose()?,
            reader: Mutex::new(opened.reader),
            name: opened.name,
            read: 0,
            expected: opened.size,
            prefix: send.prefix().clone(),
            suffix: send.suffix().clone(),
            encoder: Base64Encoder::new(),
            piece: vec![0; PIECE].into(),
            spare: Spare::default(),
            ended: false,
            report,
            failure,
        })
    }

    /// The next piece of the body, once `length` bytes were read to its beginning.
    fn encode(&mut self, length: usize) -> Result<Bytes, TransferError> {
        self.read += length as u64;
        if let Some(expected) = self.expected
            && (self.read > expected || (length == 0 && self.read < expected))
        {
            let grew = self.read > expected;
            return Err(TransferError::Changed { name: self.name.clone(), expected, grew });
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffer = spare.unwrap_or_default();
        buffer.extend_from_slice(&std::mem::take(&mut self.prefix));
        self.encoder.encode(&self.piece[..length], &mut buffer);
        if length == 0 {
            self.encoder.finish(&mut buffer);
            buffer.extend_from_slice(&self.suffix);
            self.ended = true;
        }
        if let Some(report) = &self.report {
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report(Progress { bytes: self.read, total: self.expected });
        }
        self.left = self.left.map(|left| left.saturating_sub(buffer.len() as u64));
        Ok(Bytes::from_owner(Lent { buffer, spare: Arc::clone(&self.spare) }))
    }
}

impl http_body::Body for EncodedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
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
            Err(source) => Err(TransferError::Read { name: this.name.clone(), source }),
        };
        Poll::Ready(Some(frame.map(Frame::data).map_err(|error| {
            this.ended = true;
            let reason = io::Error::other(error.to_string());
            this.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            reason
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
