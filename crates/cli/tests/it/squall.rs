//! A Squall on a temporary directory and a free port, and commands against it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running Squall; it is killed when a test forgets it.
pub(crate) struct Squall {
    pub(crate) folder: TempDir,
    process: Child,
    log: mpsc::Receiver<String>,
}

/// Returns a command without this machine's own settings.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the test runs the binary itself")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SQUALL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("SQUALL_DATA", folder);
    command
}

/// Runs a command to its end, with this on its standard input.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = command(folder, arguments);
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

impl Squall {
    /// Starts one on a fresh directory; returns when it accepts commands.
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    /// Starts one on this directory.
    pub(crate) fn start_in(folder: TempDir) -> Self {
        Self::start_at(folder, "127.0.0.1:0")
    }

    /// Starts one on this directory and address.
    pub(crate) fn start_at(folder: TempDir, address: &str) -> Self {
        let mut process = command(&data(&folder), &["up", "--listen", address])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let squall = Self { folder, process, log };
        squall.logs("listens at");
        squall
    }

    /// Waits for a line of the log.
    pub(crate) fn logs(&self, part: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).expect("the line is not in the log");
            if line.contains(part) {
                return line;
            }
        }
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        data(&self.folder)
    }

    /// Runs a command against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run(&self.data(), arguments, "")
    }

    /// Returns the address that other processes are told.
    pub(crate) fn url(&self) -> String {
        let text = std::fs::read(self.data().join("run.json")).unwrap();
        let run: Value = serde_json::from_slice(&text).unwrap();
        run["url"].as_str().unwrap().to_owned()
    }

    /// Asks for a page without a credential; returns the whole answer.
    pub(crate) fn get(&self, path: &str) -> String {
        let url = self.url();
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Stops it by TERM; returns how it ended.
    pub(crate) fn stop(mut self) -> (TempDir, ExitStatus) {
        self.signal(Signal::TERM);
        let status = self.process.wait().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (folder, status)
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(mut self) -> TempDir {
        self.signal(Signal::KILL);
        assert_eq!(self.process.wait().unwrap().signal(), Some(9));
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

fn data(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("data")
}

impl Drop for Squall {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
