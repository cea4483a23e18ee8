//! Bytes to base64, piece by piece.

use base64::Engine as _;

use super::base64::{EngineKind, engine};

/// Encodes bytes as base64 (standard alphabet, padded) as they come.
///
/// Fastest with pieces whose length is a multiple of 3, because nothing has to be kept then until the next piece.
///
/// ```
/// use whatsgate_core::media::Base64Encoder;
///
/// let mut encoder = Base64Encoder::new();
/// let mut text = Vec::new();
/// encoder.encode(b"Hel", &mut text);
/// encoder.encode(b"lo", &mut text);
/// encoder.finish(&mut text);
/// assert_eq!(text, b"SGVsbG8=");
/// ```
#[derive(Debug)]
pub struct Base64Encoder {
    engine: EngineKind,
    kept: [u8; 3],
    filled: usize,
}

impl Default for Base64Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Base64Encoder {
    /// An encoder at the beginning of a file.
    pub fn new() -> Self {
        Self { engine: engine(), kept: [0; 3], filled: 0 }
    }

    /// Encodes the next bytes of the file and appends the text to `output`. Up to two bytes are kept for the next call.
    pub fn encode(&mut self, mut input: &[u8], output: &mut Vec<u8>) {
        if self.filled > 0 {
            let taken = input.len().min(3 - self.filled);
            self.kept[self.filled..self.filled + taken].copy_from_slice(&input[..taken]);
            self.filled += taken;
            input = &input[taken..];
            if self.filled < 3 {
                return;
            }
            self.append(&self.kept, output);
        }
        let (whole, rest) = input.split_at(input.len() / 3 * 3);
        self.append(whole, output);
        self.kept[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }

    /// Encodes what was kept, with padding. The encoder is at the beginning of another file then.
    pub fn finish(&mut self, output: &mut Vec<u8>) {
        self.append(&self.kept[..self.filled], output);
        self.filled = 0;
    }

    fn append(&self, input: &[u8], output: &mut Vec<u8>) {
        let start = output.len();
        output.resize(start + input.len().div_ceil(3) * 4, 0);
        // The slice has the exact length, so there is nothing that could fail.
        let written = self.engine.encode_slice(input, &mut output[start..]).unwrap_or_default();
        output.truncate(start + written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use whatsgate_model::Base64Data;

    proptest! {
        #[test]
        fn pieces_encode_like_the_whole(content: Vec<u8>, cuts in proptest::collection::vec(0..40_usize, 0..20)) {
            let mut encoder = Base64Encoder::new();
            let mut text = b"kept".to_vec();
            let mut rest = content.as_slice();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                encoder.encode(piece, &mut text);
                rest = after;
            }
            encoder.encode(rest, &mut text);
            encoder.finish(&mut text);
            let whole = Base64Data::encode(&content);
            prop_assert_eq!(&text[4..], whole.as_str().as_bytes());
        }
    }
}
