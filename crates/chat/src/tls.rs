//! TLS to a server: which certificates are trusted, and which one we show.
//!
//! Public authorities are trusted by default, or only those in a file. A self-signed certificate is
//! no authority to the verifier, so one that is in the file itself is accepted as it is.

use std::{io, path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, ServerName, UnixTime,
    pem::{self, PemObject as _},
};

/// Which certificates to trust and which one to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Certificates (PEM) that are trusted instead of the public ones.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether any certificate is trusted.
    pub(crate) insecure: bool,
    /// A certificate with its key (PEM) to show to the server.
    pub(crate) identity_file: Option<PathBuf>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{path}` cannot be read as PEM: {reason}")]
    File { path: PathBuf, reason: pem::Error },
    #[error("`{0}` has no certificate")]
    Empty(PathBuf),
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// Returns how to speak TLS with a server.
pub(crate) fn client(settings: &Settings) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(settings, Arc::clone(&provider))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let Some(path) = &settings.identity_file else {
        return Ok(builder.with_no_client_auth());
    };
    let file = |reason| Error::File { path: path.clone(), reason };
    let key = PrivateKeyDer::from_pem_file(path).map_err(file)?;
    builder.with_client_auth_cert(certificates(path)?, key).map_err(setup)
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
fn setup(error: impl ToString) -> Error {
    Error::Setup(error.to_string())
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|reason| Error::File { path: path.clone(), reason })?;
    if certificates.is_empty() { Err(Error::Empty(path.clone())) } else { Ok(certificates) }
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    insecure: bool,
    /// Accepted as they are.
    pinned: Vec<CertificateDer<'static>>,
    /// None when every certificate is accepted anyway.
    authorities: Option<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(settings: &Settings, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let mut pinned = Vec::new();
        if let Some(path) = &settings.ca_file {
            pinned = certificates(path)?;
            roots.add_parsable_certificates(pinned.iter().cloned());
        } else {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let authorities = if settings.insecure || roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(setup)?)
        };
        Ok(Self { provider, insecure: settings.insecure, pinned, authorities })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if self.insecure || self.pinned.contains(certificate) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authorities {
            Some(authorities) => {
                authorities.verify_server_cert(certificate, intermediates, name, ocsp, now)
            }
            None => Err(TlsError::InvalidCertificate(rustls::CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
