//! Keys, tokens, signatures and passwords. One crypto library underneath: aws-lc-rs.

use std::path::Path;

use anyhow::{Context, bail};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

pub mod totp;

/// The server's own key: seals secrets at rest and signs addresses of attachments.
pub struct Keys {
    seal: RandomizedNonceKey,
    sign: hmac::Key,
}

impl Keys {
    /// Takes the key from the configuration, or from the data folder, where it is made at the first start.
    ///
    /// # Errors
    /// When the key has the wrong form, or its file can be read by others or not at all.
    pub fn load(configured: Option<&str>, data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        let text = match key_text(configured, data_dir)? {
            Some(text) => text,
            None => {
                let text = random_hex(32);
                write_key(&path, &text)?;
                text
            }
        };
        Self::from_text(&text)
    }

    /// Takes the key from its text: 64 hex digits.
    ///
    /// # Errors
    /// When it has another form.
    pub fn from_text(text: &str) -> anyhow::Result<Self> {
        let bytes = from_hex(text.trim()).filter(|b| b.len() == 32).context("the secret key is 64 hex digits")?;
        let derive = |purpose: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), purpose);
        let seal = RandomizedNonceKey::new(&AES_256_GCM, derive(b"seal").as_ref());
        Ok(Self {
            seal: seal.map_err(|_| anyhow::anyhow!("the secret key cannot be used"))?,
            sign: hmac::Key::new(hmac::HMAC_SHA256, derive(b"sign").as_ref()),
        })
    }

    /// Encrypts a secret for the row `owner`; only the same owner opens it again.
    ///
    /// # Panics
    /// Never for texts of the sizes that the server accepts.
    #[must_use]
    pub fn seal(&self, owner: &str, secret: &str) -> String {
        let mut sealed = secret.as_bytes().to_vec();
        let nonce = self
            .seal
            .seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut sealed)
            .expect("a text shorter than 64 GiB");
        STANDARD_NO_PAD.encode([&nonce.as_ref()[..], &sealed].concat())
    }

    /// Decrypts what [`Keys::seal`] made for the same owner.
    #[must_use]
    pub fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let opened = self.seal.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut rest).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// Tells one key from another without giving it away.
    #[must_use]
    pub fn check(&self) -> String {
        self.signature("which key this is")
    }

    /// Signs a text; short enough for an address.
    #[must_use]
    pub fn signature(&self, text: &str) -> String {
        to_hex(&hmac::sign(&self.sign, text.as_bytes()).as_ref()[..16])
    }

    /// Checks a signature in constant time.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &str) -> bool {
        same(self.signature(text).as_bytes(), signature.as_bytes())
    }
}

/// The file of the key in the data folder.
pub const KEY_FILE: &str = "secret.key";

/// The text of the key from the configuration or the data folder; none when there is no key yet.
///
/// # Errors
/// When the file can be read by others, or not at all.
pub fn key_text(configured: Option<&str>, data_dir: &Path) -> anyhow::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(text) = configured {
        return Ok(Some(text.trim().to_owned()));
    }
    let path = data_dir.join(KEY_FILE);
    let meta = match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        outcome => outcome.with_context(|| format!("reading {}", path.display()))?,
    };
    if meta.permissions().mode() & 0o077 != 0 {
        bail!("{} can be read by others: chmod 600 it", path.display());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

/// Writes a key so that its file is whole or not there, also when the process is killed. A file that is there stays.
///
/// # Errors
/// When there is a file already, or the disk refuses.
pub fn write_key(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let folder = path.parent().context("the key needs a folder")?;
    let part = folder.join(format!("{KEY_FILE}.{}.part", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link, unlike a rename, never takes the place of what another process wrote meanwhile.
        std::fs::hard_link(&part, path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    let outcome = write().with_context(|| format!("writing {}", path.display()));
    let _ = std::fs::remove_file(&part);
    outcome
}

/// `count` random bytes as hex digits.
///
/// # Panics
/// When the system has no source of randomness: nothing is safe then.
#[must_use]
pub fn random_hex(count: usize) -> String {
    to_hex(&random_bytes(count))
}

fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rand::fill(&mut bytes).expect("the system has a source of randomness");
    bytes
}

/// The digits of codes that people type: none that is taken for another one.
const CODE_DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A random code of 80 bits that is written down and typed: four groups of four.
///
/// # Panics
/// When the system has no source of randomness.
#[must_use]
pub fn random_code() -> String {
    let digits: Vec<char> = random_bytes(16).iter().map(|b| char::from(CODE_DIGITS[usize::from(b & 31)])).collect();
    digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// Such a code without what tells two ways of typing it apart: case, gaps, and digits that look like others.
#[must_use]
pub fn plain_code(typed: &str) -> String {
    let digit = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(digit).collect()
}

/// A random password of at least `least` characters, in groups that can be read out.
#[must_use]
pub fn random_password(least: usize) -> String {
    let digits: Vec<char> = random_hex(least.max(20).div_ceil(2)).chars().collect();
    digits.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// The SHA-256 of a token, in hex: what is kept of it.
#[must_use]
pub fn token_hash(token: &str) -> String {
    to_hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref())
}

/// What a provider of sign-ins is told of a verifier before it is shown that (RFC 7636, `S256`).
#[must_use]
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// The SHA-256 of some bytes that stand behind each other, in hex.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    to_hex(context.finish().as_ref())
}

/// Compares in constant time.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// The hex HMAC-SHA512 of the Source SDK, over the exact bytes of a body.
#[must_use]
pub fn sdk_signature(secret: &str, body: &[u8]) -> String {
    to_hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, secret.as_bytes()), body).as_ref())
}

/// Lower-case hex digits.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| char::from_digit(u32::from(d), 16).unwrap_or('0')).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect())
}

/// The largest piece of memory, in bytes, that an allocator keeps when it is given back.
const KEPT_BY_ALLOCATORS: usize = 32 * 1024 * 1024;

/// The memory that a password is worked in. It is asked for in one piece larger than any that an allocator keeps for the
/// next time (glibc's: up to 32 MB), so that it goes back to the system; what is not used of it costs nothing.
fn working_memory(params: &Params) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(params.block_count().max(KEPT_BY_ALLOCATORS / Block::SIZE + 1));
    blocks.resize(params.block_count(), Block::default());
    blocks
}

/// Hashes a password with Argon2id. Slow on purpose: call it where blocking is allowed.
///
/// # Errors
/// When the password cannot be hashed.
pub fn hash_password(password: &str) -> anyhow::Result<String> {
    let failed = |e: &dyn std::fmt::Display| anyhow::anyhow!("hashing a password: {e}");
    let (params, salt) = (Params::default(), Salt::generate());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let memory = working_memory(&params);
    let (algorithm, version) = (Algorithm::default(), Version::default());
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).map_err(|e| failed(&e))?,
        salt: Some(salt),
        hash: None,
    };
    let argon = Argon2::new(algorithm, version, params);
    argon.hash_password_into_with_memory(password.as_bytes(), &salt, &mut out, memory).map_err(|e| failed(&e))?;
    let output = Output::new(&out).map_err(|e| failed(&e))?;
    Ok(PasswordHash { hash: Some(output), ..hash }.to_string())
}

/// Checks a password against its hash. As slow as making one.
#[must_use]
pub fn verify_password(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    fits(password, &hash).unwrap_or(false)
}

fn fits(password: &str, hash: &PasswordHash) -> Option<bool> {
    let (salt, wanted) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let params = Params::try_from(hash).ok()?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let (memory, mut out) = (working_memory(&params), vec![0; wanted.len()]);
    let argon = Argon2::new(algorithm, version, params);
    argon.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, memory).ok()?;
    Some(constant_time::verify_slices_are_equal(&out, wanted.as_bytes()).is_ok())
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    #[test]
    fn secrets_open_only_for_their_owner() {
        let keys = Keys::load(Some(&"ab".repeat(32)), Path::new("/nowhere")).expect("a key");
        let sealed = keys.seal("row1", "hunter2");
        assert_eq!(keys.open("row1", &sealed).as_deref(), Some("hunter2"));
        assert_eq!(keys.open("row2", &sealed), None);
        assert_eq!(keys.open("row1", "AAAA"), None);
        assert!(keys.verifies("a", &keys.signature("a")) && !keys.verifies("b", &keys.signature("a")));
    }

    #[test]
    fn passwords_verify() {
        let hash = hash_password("correct horse").expect("a hash");
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", &hash) && !verify_password("battery", &hash));
        let argon = Argon2::default();
        let theirs = argon.hash_password(b"correct horse").expect("a hash").to_string();
        assert!(verify_password("correct horse", &theirs) && !verify_password("battery", &theirs));
        assert!(argon.verify_password(b"correct horse", hash.as_str()).is_ok());
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = random_code();
        assert_eq!((code.len(), plain_code(&code).len()), (19, 16));
        assert_ne!(code, random_code());
        assert_eq!(plain_code(&format!(" {} ", code.to_uppercase().replace('-', " "))), plain_code(&code));
        assert_eq!(plain_code("O0iL-1abc"), "00111abc");
    }

    #[test]
    fn sdk_signature_is_hex_hmac_sha512() {
        // RFC 4231, test case 2.
        let expected = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                        caeab1a34d4a6b4b636e070a38bce737";
        assert_eq!(sdk_signature("Jefe", b"what do ya want for nothing?"), expected);
    }
}
