//! Who a mail is from and to.

use super::header::{self, Hint};
use super::work::looked_at;

/// How many addresses of a header are read.
const ADDRESSES_MAX: usize = 500;
/// The longest address, in bytes.
const ADDRESS_MAX: usize = 998;

/// Somebody with an address of mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their name, when the mail has one.
    pub name: Option<String>,
    /// Their address: the part before the `@` as it came, the domain in lower case and as servers know it.
    pub address: String,
}

/// What was read of a header, and whether there were more than are read.
pub(crate) struct Persons {
    pub(crate) all: Vec<Person>,
    pub(crate) cut: bool,
}

/// Reads a header of addresses (`From`, `To`, …): with names, comments, groups, and the semicolons that some programs
/// put between them.
pub(crate) fn read(value: &[u8], hint: Hint<'_>) -> Persons {
    let mut found = Persons { all: Vec::new(), cut: false };
    let mut one = Draft::default();
    let (mut quoted, mut depth, mut angle, mut at) = (false, 0_usize, false, 0);
    while let Some(&byte) = value.get(at) {
        looked_at(1);
        at += 1;
        let escaped = byte == b'\\' && (quoted || depth > 0);
        let byte = if escaped { value.get(at).copied().unwrap_or(b' ') } else { byte };
        at += usize::from(escaped);
        match byte {
            _ if escaped => one.push(byte, angle, depth, quoted),
            b'"' if depth == 0 => {
                quoted = !quoted;
                one.quote(angle);
            }
            b'(' if !quoted => {
                depth += 1;
                one.comment.extend(Some(b' '));
            }
            b')' if !quoted && depth > 0 => depth -= 1,
            b'<' if !quoted && depth == 0 => {
                angle = true;
                one.angle.get_or_insert_default();
            }
            b'>' if !quoted && depth == 0 => angle = false,
            b',' | b';' if !quoted && depth == 0 && !angle => {
                if found.all.len() == ADDRESSES_MAX {
                    found.cut = true;
                    return found;
                }
                found.all.extend(std::mem::take(&mut one).done(hint));
            }
            // The name of a group.
            b':' if !quoted && depth == 0 && !angle && !one.phrase.contains(&b'@') => one = Draft::default(),
            byte => one.push(byte, angle, depth, quoted),
        }
    }
    match one.done(hint) {
        Some(_) if found.all.len() == ADDRESSES_MAX => found.cut = true,
        last => found.all.extend(last),
    }
    found
}

/// One that is being read.
#[derive(Default)]
struct Draft {
    phrase: Vec<u8>,
    angle: Option<Vec<u8>>,
    comment: Vec<u8>,
    /// The phrase as it stands, for addresses that are quoted before the `@`.
    bare: Vec<u8>,
}

impl Draft {
    fn push(&mut self, byte: u8, angle: bool, depth: usize, quoted: bool) {
        match (&mut self.angle, angle, depth) {
            (_, _, 1..) => self.comment.push(byte),
            (Some(address), true, _) => address.push(byte),
            (None, ..) => {
                self.phrase.push(byte);
                self.bare.push(byte);
            }
            // Behind the address.
            (Some(_), false, _) if quoted => self.comment.push(byte),
            (Some(_), false, _) => {}
        }
    }

    fn quote(&mut self, angle: bool) {
        match (&mut self.angle, angle) {
            (Some(address), true) => address.push(b'"'),
            _ => self.bare.push(b'"'),
        }
    }

    fn done(self, hint: Hint<'_>) -> Option<Person> {
        let (name, address) = match &self.angle {
            Some(address) => match clean(address, hint) {
                Some(address) => (header::text(&self.phrase, hint), address),
                // The address stands where the name should.
                None => (String::new(), clean(&self.phrase, hint)?),
            },
            None => (header::text(&self.comment, hint), clean(&self.bare, hint).or_else(|| clean(&self.phrase, hint))?),
        };
        let name = text::without_direction(&name);
        let name = name.trim().trim_matches(['"', '\'']).trim();
        let name = Some(name).filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(&address));
        Some(Person { name: name.map(|name| text::beginning(name, 200).to_owned()), address })
    }
}

/// An address as it is kept; none when it is none, or has what is not seen in it and so looks like another one.
fn clean(bytes: &[u8], hint: Hint<'_>) -> Option<String> {
    let text = header::text(bytes.get(..bytes.len().min(2 * ADDRESS_MAX))?, hint);
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    // A way by other servers.
    let text = if text.starts_with('@') { text.split_once(':')?.1 } else { text };
    let (local, domain) = text.rsplit_once('@')?;
    let (local, domain) = (local.trim(), domain.trim().trim_end_matches('.'));
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    // `"john"@example.com` is the same as without.
    let inner = local.trim_matches('"');
    let plain =
        |c: char| !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '@' | '\\');
    let local = if quoted && inner.chars().all(plain) { inner } else { local };
    let domain_fits = |c: char| plain(c) || matches!(c, ':');
    let fits = !local.is_empty() && (quoted || local.chars().all(plain)) && domain.chars().all(domain_fits);
    if !fits || domain.is_empty() || text::has_invisible(text) || text.len() > ADDRESS_MAX {
        return None;
    }
    let domain = match domain.starts_with('[') {
        true => domain.to_owned(),
        false => idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase()),
    };
    (!domain.is_empty()).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_form() {
        for (value, expected) in [
            ("a@b.test", &[("", "a@b.test")][..]),
            ("Ann Lee <ann@B.Test>", &[("Ann Lee", "ann@b.test")]),
            ("\"Lee, Ann\" <ann@b.test>, bob@b.test", &[("Lee, Ann", "ann@b.test"), ("", "bob@b.test")]),
            ("ann@b.test (Ann \\(x\\) Lee)", &[("Ann (x) Lee", "ann@b.test")]),
            ("Team: a@b.test, B <b@b.test>; c@b.test", &[("", "a@b.test"), ("B", "b@b.test"), ("", "c@b.test")]),
            ("undisclosed-recipients:;", &[]),
            ("<>", &[]),
            ("Nobody", &[]),
            ("=?utf-8?q?Zo=C3=AB?= <zoe@caf\u{e9}.test>", &[("Zoë", "zoe@xn--caf-dma.test")]),
            ("\"ann@b.test\" <ann@b.test>", &[("", "ann@b.test")]),
            ("ann@b.test <>", &[("", "ann@b.test")]),
            ("\"ann lee\"@b.test, \"bob\"@b.test", &[("", "\"ann lee\"@b.test"), ("", "bob@b.test")]),
            ("<@a.test,@c.test:ann@b.test>", &[("", "ann@b.test")]),
            ("mailto:ann@b.test; (x) bob@b.test", &[("", "ann@b.test"), ("x", "bob@b.test")]),
            ("Ann <an\u{200b}n@b.test>", &[]),
            ("jos\u{e9}@b.test", &[("", "jos\u{e9}@b.test")]),
            ("Ann <ann@b.test", &[("Ann", "ann@b.test")]),
            ("ann@[192.0.2.1]", &[("", "ann@[192.0.2.1]")]),
        ] {
            let found = read(value.as_bytes(), Hint::default()).all;
            let found: Vec<_> = found.iter().map(|p| (p.name.as_deref().unwrap_or(""), p.address.as_str())).collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn no_more_are_read_than_some() {
        let many = "a@b.test,".repeat(200_000);
        let found = read(many.as_bytes(), Hint::default());
        assert!(found.all.len() == ADDRESSES_MAX && found.cut);
    }
}
