//! QR codes on a terminal.

use std::io::{self, IsTerminal};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Of the 256 colours, since a theme may change the first 16.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// A QR code of half blocks with its quiet zone: black on white whatever the terminal's colours are, and plain where
/// nobody watches.
pub(crate) fn picture(text: &str) -> Option<String> {
    // The least correction makes the smallest code: those of WhatsApp then fit into 80 columns.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    if !io::stdout().is_terminal() {
        return Some(
            code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build(),
        );
    }
    let lines = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    Some(lines.lines().flat_map(|line| [BLACK_ON_WHITE, line, RESET, "\n"]).collect())
}
