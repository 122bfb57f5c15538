//! Lengths of time as people write them: `2m 25s`, or a number of seconds.

const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// The seconds of a text: a whole number of them, or numbers with the units `d`, `h`, `m` and `s`, each once at the most,
/// greater ones first, with or without spaces. None when it is anything else.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(seconds.into());
    }
    let (mut total, mut rest, mut units) = (0_i64, text, UNITS.iter());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let unit = rest.chars().next()?;
        let (_, worth) = units.find(|(name, _)| *name == unit)?;
        total += i64::from(number) * worth;
        rest = rest[1..].trim_start();
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_lengths_of_time_in_many_ways() {
        for (text, expected) in [
            ("8m", 480),
            ("2m 25s", 145),
            ("1d2h 3m4s", 93_784),
            ("24h", 86_400),
            (" 30 s ", 30),
            ("0", 0),
            ("90", 90),
            ("0s", 0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "m", "8x", "1m 2h", "1m 2m", "8 m s", "-1", "1.5h", "1h3", "99999999999d", "é"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
