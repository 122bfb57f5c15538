//! Addresses of pages, as they are kept. Browsers tell them, and they are shown to agents and programs.

use std::borrow::Cow;

use url::form_urlencoded;

/// Longest address that is kept, in characters.
const MOST: usize = 2000;
/// The parameter by which a site tells the chat's own page who its visitor is. Whoever has it is that visitor.
const TOKEN: &str = "jwt_identity";

/// An address on one line, without a token, cut where it is too long.
pub(super) fn kept(told: &str) -> String {
    let line: String = told.chars().filter(|c| !c.is_control()).collect();
    text::beginning(&without_token(line.trim()), MOST).to_owned()
}

/// An address without the parameter that says who somebody is; all else of it stays as it is written.
fn without_token(address: &str) -> Cow<'_, str> {
    let (page, place) = address.split_at(address.find('#').unwrap_or(address.len()));
    let Some((path, query)) = page.split_once('?') else { return Cow::Borrowed(address) };
    let is_token = |part: &&str| form_urlencoded::parse(part.as_bytes()).any(|(name, _)| name == TOKEN);
    if !query.split('&').any(|part| is_token(&part)) {
        return Cow::Borrowed(address);
    }
    let rest: Vec<&str> = query.split('&').filter(|part| !is_token(part)).collect();
    let mark = if rest.is_empty() { "" } else { "?" };
    Cow::Owned(format!("{path}{mark}{}{place}", rest.join("&")))
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_token_is_no_part_of_an_address_that_is_kept() {
        for (told, expected) in [
            ("https://shop.test/web?jwt_identity=a.b.c", "https://shop.test/web"),
            ("https://shop.test/web?a=1&jwt_identity=a.b.c&b=%20#c", "https://shop.test/web?a=1&b=%20#c"),
            ("https://shop.test/web?jwt_identity=a&jwt%5Fidentity=b#c", "https://shop.test/web#c"),
            ("https://shop.test/?q=jwt_identity&&x", "https://shop.test/?q=jwt_identity&&x"),
            ("https://shop.test/jwt_identity=a", "https://shop.test/jwt_identity=a"),
            ("?jwt_identity", ""),
            (" a\nb ", "ab"),
        ] {
            assert_eq!(kept(told), expected, "{told}");
        }
        let long = format!("https://shop.test/?{}&jwt_identity=abc", "x".repeat(1970));
        assert!(!kept(&long).contains("jwt"), "what is cut has no beginning of one");
    }
}
