//! QR codes, as what draws them: made here, so that nobody else learns what is in them.

use std::fmt::Write;

use qrcode::{Color, QrCode};

use crate::domain::{Error, Result};

/// A QR code.
#[derive(Debug)]
pub(super) struct Qr {
    /// How many squares it is wide and high, without a margin.
    pub(super) size: usize,
    /// The dark squares, as the path of an SVG in which each is one unit wide.
    pub(super) path: String,
}

/// The QR code of a text.
///
/// # Errors
/// When the text is too long for one.
pub(super) fn draw(text: &str) -> Result<Qr> {
    let code = QrCode::new(text).map_err(|error| Error::Internal(format!("a QR code: {error}")))?;
    let (size, squares) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in squares.chunks(size).enumerate() {
        let mut x = 0;
        // Neighbours are one stroke: without it, hairs of light would part them on some screens.
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    Ok(Qr { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_corners() {
        let qr = draw("otpauth://totp/Shop:nora@shop.test?secret=GEZDGNBVGY3TQOJQ&issuer=Shop").expect("a code");
        assert!(qr.size >= 21 && qr.path.starts_with("M0 0h7v1h-7z"), "{} {}", qr.size, qr.path);
        assert!(qr.path.contains(&format!("M{} 0h7v1h-7z", qr.size - 7)), "{}", qr.path);
        assert!(draw(&"x".repeat(4000)).is_err());
    }
}
