//! Connections to servers, with TLS or without.

use std::{io, sync::Arc};

use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::tls;

/// A connection, whatever carries it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Connects to a server; without settings for TLS, in the clear.
pub(crate) async fn connect(
    server: &str,
    port: u16,
    tls: Option<&tls::Settings>,
) -> io::Result<Box<dyn Stream>> {
    let tcp = TcpStream::connect((server, port)).await?;
    tcp.set_nodelay(true)?;
    let Some(settings) = tls else { return Ok(Box::new(tcp)) };
    let name = ServerName::try_from(server.to_owned()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::new(tls::client(settings)?));
    Ok(Box::new(connector.connect(name, tcp).await.map_err(explain)?))
}

/// Says what to do about a certificate that is not trusted.
fn explain(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    match cause {
        Some(cause @ rustls::Error::InvalidCertificate(_)) => {
            let mut cause = cause.to_string();
            // A certificate that OpenSSL made as its own authority.
            if cause.contains("CaUsedAsEndEntity") {
                "the server's certificate is self-signed".clone_into(&mut cause);
            }
            io::Error::other(format!("{cause}; to trust it, name its file in `tls_ca_file`"))
        }
        _ => error,
    }
}
