//! The decoder that reads a reply in pieces against the parser that reads it whole: they agree on which replies are good
//! and on what these hold. The first byte of the input says how large the pieces are.
//!
//! ```sh
//! cargo +nightly fuzz run media_decoder fuzz/corpus/media_decoder fuzz/seeds/media_decoder -- -dict=fuzz/json.dict
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use whatsgate_core::media::MediaDecoder;
use whatsgate_core::{Response, parse};
use whatsgate_model::{GetMediaReply, GetMessageMediaRequest};

fn whole(document: &[u8]) -> Option<(GetMediaReply, Vec<u8>)> {
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, document.to_vec())).ok()?;
    let mut reply = answer.reply;
    let file = std::mem::take(&mut reply.media.data).decode().ok()?;
    Some((reply, file))
}

fn pieces(document: &[u8], size: usize) -> Option<(GetMediaReply, Vec<u8>)> {
    let mut decoder = MediaDecoder::new();
    let mut file = Vec::new();
    for piece in document.chunks(size) {
        decoder.read(piece, &mut file).ok()?;
    }
    assert_eq!(decoder.decoded(), file.len() as u64);
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, decoder.finish().ok()?)).ok()?;
    Some((answer.reply, file))
}

fuzz_target!(|input: &[u8]| {
    let Some((size, document)) = input.split_first() else { return };
    assert_eq!(pieces(document, usize::from(*size).max(1)), whole(document));
});
