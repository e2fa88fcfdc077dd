//! Real bots of others, started as their users start them, talk to Squall.
//!
//! `crates/cli/tests/bots/prepare` installs them. Hubot is real, and so is the library by which
//! its StackStorm plugin talks; the plugin itself is in no registry, so that its steps are our
//! own unless `prepare` was given a copy. Errbot and its plugin are both real.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::squall::{Squall, run, stderr};

/// How long a bot may take to say something; Errbot comes back ten seconds after a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running bot; it is killed at the end of its test.
struct Bot {
    process: Child,
    input: ChildStdin,
    lines: mpsc::Receiver<String>,
    heard: Vec<String>,
}

impl Bot {
    fn start(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, input, lines, heard: Vec::new() }
    }

    fn types(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
    }

    /// Types a line again and again until it is answered: a bot reads lines before its plugin is
    /// ready, and loses them.
    fn types_until_heard(&mut self, line: &str, part: &str) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.types(line);
            let again = Instant::now() + Duration::from_secs(3);
            while let Ok(said) =
                self.lines.recv_timeout(again.saturating_duration_since(Instant::now()))
            {
                self.heard.push(said.clone());
                if said.contains(part) {
                    return;
                }
            }
        }
        panic!("the bot never said {part:?}, only:\n{}", self.heard.join("\n"));
    }

    /// Waits for a line with this in it.
    fn hears(&mut self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("the bot never said {part:?}, only:\n{}", self.heard.join("\n"));
            };
            self.heard.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn prepared(bot: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bots").join(bot);
    let is_prepared = folder.join(".prepared").exists();
    assert!(is_prepared, "{bot} is not prepared in {}: run ./check", folder.display());
    folder.canonicalize().unwrap()
}

fn key(squall: &Squall) -> String {
    std::fs::read_to_string(squall.data().join("admin.key")).unwrap().trim().to_owned()
}

/// Starts Squall on a port that it has again after a restart.
fn house() -> (Squall, String) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    (Squall::start_at(tempfile::tempdir().unwrap(), &free), free)
}

#[expect(clippy::disallowed_methods, reason = "the test runs bots")]
fn program(path: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(path)
}

fn hubot(url: &str, credentials: &[(&str, &str)]) -> Bot {
    let folder = prepared("hubot");
    let plugin = folder.join("node_modules/hubot-stackstorm/src");
    let steps = if plugin.exists() { plugin } else { folder.join("steps") };
    let mut command = program("node");
    command
        .args(["node_modules/hubot/bin/Hubot.mjs", "-d", "-n", "hubot", "-l", "!"])
        .args(["-f", "./lines.mjs", "-r", "node_modules/hubot-help/src", "-r"])
        .arg(steps)
        .env("ST2_API_URL", format!("{url}/api"))
        .env("ST2_STREAM_URL", format!("{url}/stream"))
        .env("ST2_AUTH_URL", format!("{url}/auth"))
        .envs(credentials.iter().copied())
        .current_dir(folder);
    let mut bot = Bot::start(command);
    bot.hears("commands are loaded");
    bot
}

fn says(bot: &mut Bot, text: &str) {
    bot.types(&json!({"user": "alice", "room": "#ops", "text": text}).to_string());
}

#[test]
fn hubot_runs_commands_and_posts_their_results() {
    let (squall, _) = house();
    let mut bot = hubot(&squall.url(), &[("ST2_API_KEY", &key(&squall))]);
    says(&mut bot, "!disk report of /tmp");
    bot.hears(r##"{"room":"#ops","text":"Looking at /tmp …"}"##);
    bot.hears(r##"{"room":"#ops","text":"alice: /"##);
    says(&mut bot, "!fail please");
    bot.hears("ecution ID");
    bot.hears("status : failed");
    says(&mut bot, "!no such sentence");
    says(&mut bot, "!new password");
    bot.hears(r#"{"room":"alice","text":"Your new password: "#);
    says(&mut bot, "!DISK report");
    bot.hears("doesn't match format string");
    says(&mut bot, "!help disk");
    let help = bot.hears("disk report [of {{path}}] - ");
    assert!(help.contains("!disk report"), "{help}");
}

#[test]
fn hubot_with_a_password_gets_after_a_restart_what_it_missed() {
    let (squall, address) = house();
    let added = run(&squall.data(), &["user", "add", "bot", "--password-stdin"], "correct horse");
    assert!(added.status.success(), "{}", stderr(&added));
    let login = [("ST2_AUTH_USERNAME", "bot"), ("ST2_AUTH_PASSWORD", "correct horse")];
    let mut bot = hubot(&squall.url(), &login);
    says(&mut bot, "!count down from 3");
    bot.hears("ecution ID");
    let (folder, _) = squall.stop();
    let _squall = Squall::start_at(folder, &address);
    bot.hears("Done.");
    says(&mut bot, "!disk report");
    bot.hears("Looking at / …");
    bot.hears("alice: /");
    let renewed = bot.heard.iter().filter(|line| line.contains("Requesting a token")).count();
    assert!(renewed <= 1, "{renewed} logins");
}

fn errbot(url: &str, key: &str, folder: &Path) -> Bot {
    let home = prepared("errbot");
    let mut command = program(home.join("bin/errbot"));
    command
        .arg("-c")
        .arg(home.join("errbot_config.py"))
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONUTF8", "1")
        .env("BOT_FOLDER", folder)
        .env("BOT_URL", url)
        .env("BOT_KEY", key)
        .current_dir(folder);
    Bot::start(command)
}

#[test]
fn errbot_runs_commands_and_gets_after_a_restart_what_it_missed() {
    let (squall, address) = house();
    let folder = tempfile::tempdir().unwrap();
    let mut bot = errbot(&squall.url(), &key(&squall), folder.path());
    bot.types_until_heard("!st2help", "!st2 disk report [of {{path}}] - ");
    bot.types("!st2 disk report of /tmp");
    bot.hears("Looking at /tmp …");
    bot.hears("% full");
    bot.types("!st2 fail please");
    bot.hears("status : failed");
    bot.types("!st2 no such sentence");
    bot.hears("'no such sentence' not found");
    bot.types("!st2 please close OPS-1 and close OPS-23, thanks");
    bot.hears("would be closed now");
    bot.hears("would be closed now");
    bot.types("!st2 count down from 3");
    bot.types("!st2 disk report of /var");
    bot.hears("Looking at /var …");
    let (stopped, _) = squall.stop();
    let _squall = Squall::start_at(stopped, &address);
    bot.hears("Done.");
    bot.types("!st2 disk report of /usr");
    bot.hears("Looking at /usr …");
    bot.hears("% full");
}
