//! Base64 to bytes, piece by piece, and the engine of both directions.

use base64::Engine as _;
use base64::engine::GeneralPurposeConfig;

use super::error::{DecodeError, DecodeErrorKind};

#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
pub(super) type EngineKind = base64::engine::Simd;
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
pub(super) type EngineKind = base64::engine::GeneralPurpose;

/// The fastest engine for the standard alphabet with padding.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
pub(super) fn engine() -> EngineKind {
    EngineKind::standard(GeneralPurposeConfig::new())
}

/// The fastest engine for the standard alphabet with padding.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
pub(super) fn engine() -> EngineKind {
    EngineKind::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new())
}

/// Decodes runs of base64 as they come, as strictly as the whole text would be.
#[derive(Debug)]
pub(super) struct Base64Decoder {
    engine: EngineKind,
    /// An incomplete group of four, and where each of its characters stands.
    group: [u8; 4],
    offsets: [u64; 4],
    filled: usize,
    /// Whether padding was seen, after which nothing may come.
    ended: bool,
}

impl Base64Decoder {
    pub(super) fn new() -> Self {
        Self { engine: engine(), group: [0; 4], offsets: [0; 4], filled: 0, ended: false }
    }

    /// Decodes characters that stand one after another from `offset` on, and appends the bytes to `output`.
    pub(super) fn push(
        &mut self,
        mut run: &[u8],
        mut offset: u64,
        output: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        while self.filled > 0
            && let Some((first, rest)) = run.split_first()
        {
            self.keep(*first, offset);
            (run, offset) = (rest, offset + 1);
            if self.filled == 4 {
                self.filled = 0;
                let (group, offsets) = (self.group, self.offsets);
                self.decode(&group, |place| offsets[place], output)?;
            }
        }
        let (whole, rest) = run.split_at(run.len() / 4 * 4);
        self.decode(whole, |place| offset + place as u64, output)?;
        for (character, offset) in rest.iter().zip(offset + whole.len() as u64..) {
            self.keep(*character, offset);
        }
        Ok(())
    }

    /// The text ends here.
    pub(super) fn finish(&mut self, offset: u64) -> Result<(), DecodeError> {
        // A wrong character tells more than the padding that is missing after it.
        let wrong = (0..self.filled).find(|place| !is_base64(self.group[*place]));
        match (wrong, self.filled) {
            (Some(place), _) => Err(DecodeErrorKind::Character.at(self.offsets[place])),
            (None, 0) => Ok(()),
            (None, _) => Err(DecodeErrorKind::Padding.at(offset)),
        }
    }

    fn keep(&mut self, character: u8, offset: u64) {
        self.group[self.filled] = character;
        self.offsets[self.filled] = offset;
        self.filled += 1;
    }

    fn decode(
        &mut self,
        groups: &[u8],
        offset: impl Fn(usize) -> u64,
        output: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        if groups.is_empty() {
            return Ok(());
        }
        if self.ended {
            return Err(DecodeErrorKind::Padding.at(offset(0)));
        }
        let start = output.len();
        let full = groups.len() / 4 * 3;
        output.resize(start + full, 0);
        match self.engine.decode_slice(groups, &mut output[start..]) {
            Ok(written) => {
                output.truncate(start + written);
                self.ended = written < full;
                Ok(())
            }
            Err(error) => {
                output.truncate(start);
                Err(explain(&error, groups, offset))
            }
        }
    }
}

fn explain(error: &base64::DecodeSliceError, groups: &[u8], offset: impl Fn(usize) -> u64) -> DecodeError {
    use base64::{DecodeError as Wrong, DecodeSliceError};
    match *error {
        DecodeSliceError::DecodeError(Wrong::InvalidByte(place, b'=')) => {
            DecodeErrorKind::Padding.at(offset(place))
        }
        DecodeSliceError::DecodeError(Wrong::InvalidByte(place, _)) => {
            DecodeErrorKind::Character.at(offset(place))
        }
        DecodeSliceError::DecodeError(Wrong::InvalidLastSymbol { offset: place, .. }) => {
            DecodeErrorKind::LastCharacter.at(offset(place))
        }
        _ => DecodeErrorKind::Padding.at(offset(groups.len() - 1)),
    }
}

fn is_base64(character: u8) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, b'+' | b'/' | b'=')
}
