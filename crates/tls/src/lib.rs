//! How the certificate of another side is checked where TLS is begun: by those that this machine trusts, or as somebody
//! asks for. What is signed in the course of it is always checked.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

/// What is asked of a certificate.
pub trait Check: Debug + Send + Sync + 'static {
    /// Whether a certificate will do, with those between it and a trusted one, for a name at a time.
    ///
    /// # Errors
    /// When it will not, with the reason.
    fn check(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error>;
}

/// Any certificate will do.
#[derive(Clone, Copy, Debug)]
pub struct Any;

impl Check for Any {
    fn check(
        &self,
        _end: &CertificateDer<'_>,
        _between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _now: UnixTime,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// What everything here is computed with.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A client that checks certificates in this way.
///
/// # Errors
/// When the provider cannot do what TLS needs.
pub fn checked(check: impl Check) -> Result<ClientConfig, Error> {
    let provider = provider();
    let verifier = Arc::new(Verifier { provider: provider.clone(), check });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// A client that takes any certificate, made once.
///
/// # Errors
/// As [`checked`].
pub fn any() -> Result<Arc<ClientConfig>, Error> {
    static MADE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    once(&MADE, || checked(Any))
}

/// A client that trusts those whom this machine trusts, made once: all their certificates are read for it.
///
/// # Errors
/// When they cannot be read.
pub fn system() -> Result<Arc<ClientConfig>, Error> {
    static MADE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    once(&MADE, || {
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        Ok(builder.with_platform_verifier()?.with_no_client_auth())
    })
}

/// What was made; what could not be made is tried again.
fn once(
    made: &OnceLock<Arc<ClientConfig>>,
    make: impl FnOnce() -> Result<ClientConfig, Error>,
) -> Result<Arc<ClientConfig>, Error> {
    if let Some(made) = made.get() {
        return Ok(made.clone());
    }
    let new = Arc::new(make()?);
    Ok(made.get_or_init(|| new).clone())
}

#[derive(Debug)]
struct Verifier<C> {
    provider: Arc<CryptoProvider>,
    check: C,
}

impl<C: Check> ServerCertVerifier for Verifier<C> {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check.check(end, between, name, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_client_is_made_once() {
        let (one, other) = (any().expect("a client"), any().expect("a client"));
        assert!(Arc::ptr_eq(&one, &other));
        let (one, other) = (system().expect("a client"), system().expect("a client"));
        assert!(Arc::ptr_eq(&one, &other));
        assert!(!Arc::ptr_eq(&one, &any().expect("a client")));
    }
}
