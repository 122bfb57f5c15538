//! Codes by time (RFC 6238), as authenticator apps show them: six digits, another one each thirty seconds. All of these
//! apps know HMAC-SHA-1, and some know nothing else.

use anyhow::Context;
use totp_rs::{Builder, Secret, Totp};

use crate::{random_bytes, same};

/// Seconds of a time step.
const STEP: i64 = 30;
/// So many steps a clock may be off, either way.
const DRIFT: i64 = 1;
/// The bytes of a key: as many as the hash has.
const KEY_BYTES: usize = 20;

/// A new key, as it is typed into an app.
#[must_use]
pub fn new_key() -> String {
    Secret::from(random_bytes(KEY_BYTES)).to_base32()
}

fn of_key(key: &str) -> Option<Totp> {
    Builder::new().with_secret(Secret::try_from_base32(key).ok()?).build().ok()
}

/// The time step of a time, in seconds.
#[must_use]
pub fn step_at(seconds: i64) -> i64 {
    seconds.div_euclid(STEP)
}

/// What an app with this key shows in a time step; none when it is no key.
#[must_use]
pub fn code_in(key: &str, step: i64) -> Option<String> {
    let time = u64::try_from(step.checked_mul(STEP)?).ok()?;
    Some(of_key(key)?.generate(time).to_string())
}

/// The time step whose code this is, of those that are near a time; none when it does not fit. However it is written, and
/// as long for each that fits or does not.
#[must_use]
pub fn step_of(key: &str, code: &str, seconds: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = step_at(seconds);
    let mut found = None;
    for step in now - DRIFT..=now + DRIFT {
        if same(code_in(key, step)?.as_bytes(), code.as_bytes()) {
            found = Some(step);
        }
    }
    found
}

/// A key as apps scan it, with whose it is and where.
///
/// # Errors
/// When it is no key.
pub fn address(desk: &str, account: &str, key: &str) -> anyhow::Result<String> {
    let secret = Secret::try_from_base32(key).ok().context("a key of a second factor")?;
    // Apps take a colon for the end of the name.
    let desk = desk.replace(':', " ");
    let totp = Builder::new().with_secret(secret).with_issuer(Some(desk)).with_account_name(account).build();
    Ok(totp.and_then(|totp| totp.to_url())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B: `12345678901234567890`.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_in(KEY, step_at(seconds)).as_deref(), Some(code), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_off_by_one_step() {
        let code = code_in(KEY, 1000).expect("a code");
        for (step, found) in [(998, None), (999, Some(1000)), (1000, Some(1000)), (1001, Some(1000)), (1002, None)] {
            assert_eq!(step_of(KEY, &code, step * 30 + 29), found, "{step}");
        }
        assert_eq!(step_of(KEY, &format!(" {} {}", &code[..3], &code[3..]), 30_000), Some(1000));
        assert_eq!(step_of(KEY, "", 30_000), None);
        assert_eq!(step_of("no key", &code, 30_000), None);
    }

    #[test]
    fn a_new_key_is_another_one_each_time() {
        let (one, other) = (new_key(), new_key());
        assert!(one != other && one.len() == 32, "{one} {other}");
        assert!(code_in(&one, 1).is_some());
    }

    #[test]
    fn an_address_has_whose_it_is() {
        let found = address("Blüte: Shop", "nora+1@shop.test", KEY).expect("an address");
        let desk = "Bl%C3%BCte%20%20Shop";
        assert_eq!(found, format!("otpauth://totp/{desk}:nora%2B1%40shop.test?secret={KEY}&issuer={desk}"));
    }
}
