//! The colours of sources.

use serde_json::Value;
use store::source::Source;

/// The colours of icons by their number: default, blue, green, turquoise, purple, yellow, orange, red, asphalt and
/// grey. White text on each can be read (WCAG AA).
pub const COLORS: [&str; 10] =
    ["#4f46e5", "#2563eb", "#15803d", "#0f766e", "#7c3aed", "#a16207", "#c2410c", "#dc2626", "#334155", "#6b7280"];

/// The hex code of a source's colour.
#[must_use]
pub fn color(source: &Source) -> &'static str {
    let index = source.settings.get("color").and_then(Value::as_u64).unwrap_or(0);
    usize::try_from(index).ok().and_then(|i| COLORS.get(i)).unwrap_or(&COLORS[0])
}
