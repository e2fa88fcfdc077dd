//! A real IRC server on a port of its own, for one test.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;
use tokio::{net::TcpStream, time::Duration};

/// A running server; it ends with this.
pub(super) struct Ngircd {
    pub(super) port: u16,
    pub(super) tls_port: u16,
    directory: TempDir,
    child: Option<Child>,
}

impl Ngircd {
    /// Starts a server.
    pub(super) async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let (port, tls_port) = (free_port(), free_port());
        make_certificate(directory.path());
        let mut server = Self { port, tls_port, directory, child: None };
        server.configure("");
        server.restart().await;
        server
    }

    /// Writes the configuration, with more lines in `[Global]`.
    pub(super) fn configure(&self, global: &str) {
        let (port, tls_port) = (self.port, self.tls_port);
        let directory = self.directory.path().display();
        let text = format!(
            "[Global]\nName = irc.test\nInfo = Test\nListen = 127.0.0.1\nPorts = {port}\n\
             MotdPhrase = hello\n{global}\n\
             [Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nMaxNickLength = 20\n\
             MaxJoins = 0\nPingTimeout = 120\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n\
             [SSL]\nCertFile = {directory}/certificate.pem\nKeyFile = {directory}/key.pem\n\
             DHFile = {directory}/dh.pem\nPorts = {tls_port}\n\
             [Channel]\nName = #secret\nModes = +k sesame\n",
        );
        fs::write(self.directory.path().join("ngircd.conf"), text).unwrap();
    }

    /// Starts the server that was killed, or was not there yet.
    #[expect(clippy::disallowed_methods, reason = "tests start real servers")]
    pub(super) async fn restart(&mut self) {
        self.kill();
        let child = Command::new("ngircd")
            .args(["-n", "-f", "ngircd.conf"])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(fs::File::create(self.directory.path().join("log")).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("ngircd is needed: `apt-get install ngircd`");
        self.child = Some(child);
        for _ in 0..2_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        panic!("ngircd does not listen: {log}");
    }

    /// Kills the server.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Returns where the server's certificate is.
    pub(super) fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }
}

impl Drop for Ngircd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns a port that is free and stays so: it is below those that the system gives away, and no
/// other test of this process gets it.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + (std::process::id() * 61 + number) % 20_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Makes a certificate, and the parameters that ngircd would take seconds to make at each start.
fn make_certificate(directory: &Path) {
    openssl(
        directory,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
         -subj /CN=irc.test -keyout key.pem -out certificate.pem",
    );
    openssl(directory, "genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh.pem");
}

#[expect(clippy::disallowed_methods, reason = "tests make real certificates")]
fn openssl(directory: &Path, arguments: &str) {
    let status = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .stderr(Stdio::null())
        .status()
        .expect("openssl is needed: `apt-get install openssl`");
    assert!(status.success(), "openssl {arguments}");
}
