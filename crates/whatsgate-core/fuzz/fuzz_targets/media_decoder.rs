//! The decoder that reads a reply in pieces against the parser that reads it whole: they agree on which replies are good
//! and on what these hold. The first byte of the input says how large the pieces are.
//!
//! ```sh
//! cargo +nightly fuzz run media_decoder fuzz/corpus/media_decoder fuzz/seeds/media_decoder -- -dict=fuzz/json.dict
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use whatsgate_core::media::{DecodeErrorKind, MediaDecoder};
use whatsgate_core::{Response, parse};
use whatsgate_model::{GetMediaReply, GetMessageMediaRequest};

enum Failure {
    /// An array in place of an object, which the whole parser reads as the members in their order.
    Array,
    Other,
}

fn whole(document: &[u8]) -> Option<(GetMediaReply, Vec<u8>)> {
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, document.to_vec())).ok()?;
    let mut reply = answer.reply;
    let file = std::mem::take(&mut reply.media.data).decode().ok()?;
    Some((reply, file))
}

fn pieces(document: &[u8], size: usize) -> Result<(GetMediaReply, Vec<u8>), Failure> {
    let mut decoder = MediaDecoder::new();
    let mut file = Vec::new();
    for piece in document.chunks(size) {
        decoder.read(piece, &mut file).map_err(|error| match error.kind {
            DecodeErrorKind::Array => Failure::Array,
            _ => Failure::Other,
        })?;
    }
    assert_eq!(decoder.decoded(), file.len() as u64);
    let rest = decoder.finish().map_err(|_| Failure::Other)?;
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, rest)).map_err(|_| Failure::Other)?;
    Ok((answer.reply, file))
}

fuzz_target!(|input: &[u8]| {
    let Some((size, document)) = input.split_first() else { return };
    let size = usize::from(*size).max(1);
    match (whole(document), pieces(document, size)) {
        (Some(expected), Ok(found)) => assert_eq!(found, expected),
        (None, Err(_)) | (Some(_), Err(Failure::Array)) => {}
        (Some(_), Err(Failure::Other)) => panic!("a good reply was refused"),
        (None, Ok(_)) => panic!("a bad reply was taken"),
    }
});
