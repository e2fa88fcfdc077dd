//! The client against servers that do what a real one seldom does.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat::{Button, Event, File, Outgoing, Part, SendError, irc::Sasl};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    time::{Duration, timeout},
};

use super::support::{Bot, config, ops};

/// A server that reads and writes what the test says.
struct Script {
    listener: TcpListener,
    port: u16,
}

/// One client of it.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Script {
    async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    async fn accept(&self) -> Client {
        let accepting = timeout(Duration::from_secs(10), self.listener.accept());
        let (stream, _) = accepting.await.expect("nobody connects").unwrap();
        Client { stream: BufReader::new(stream) }
    }

    /// Accepts a client and lets it in.
    async fn welcome(&self) -> Client {
        let mut client = self.accept().await;
        client.reads("USER ").await;
        client.types("CAP * LS :").await;
        client.reads("CAP END").await;
        client.types(":irc.test 001 robot :welcome").await;
        client.reads("JOIN #ops").await;
        client.types(":robot!robot@host JOIN #ops").await;
        client
    }
}

impl Client {
    async fn types(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }

    async fn reads(&mut self, beginning: &str) -> String {
        let reading = async {
            loop {
                let mut line = String::new();
                let count = self.stream.read_line(&mut line).await.unwrap();
                assert!(count > 0, "the bot hung up before `{beginning}`");
                if line.starts_with(beginning) {
                    return line.trim_end().to_owned();
                }
            }
        };
        timeout(Duration::from_secs(10), reading)
            .await
            .unwrap_or_else(|_| panic!("the bot did not write `{beginning}`"))
    }
}

async fn in_ops(script: &Script) -> (Bot, Client) {
    let mut bot = Bot::start(config(script.port));
    let client = script.welcome().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    (bot, client)
}

fn plain() -> Option<Sasl> {
    Some(Sasl::Plain { account: "bot".to_owned(), password: "geheim".to_owned() })
}

#[tokio::test]
async fn sasl_plain_logs_in_before_anything_else() {
    let script = Script::new().await;
    let mut bot = Bot::start(chat::irc::Config { sasl: plain(), ..config(script.port) });
    let mut client = script.accept().await;
    assert_eq!(client.reads("CAP").await, "CAP LS 302");
    client.types("CAP * LS * :multi-prefix message-tags account-tag").await;
    client.types("CAP * LS :sasl=PLAIN,EXTERNAL").await;
    assert_eq!(client.reads("CAP").await, "CAP REQ :message-tags account-tag sasl");
    client.types("CAP * ACK :message-tags account-tag sasl").await;
    assert_eq!(client.reads("AUTH").await, "AUTHENTICATE PLAIN");
    client.types("AUTHENTICATE +").await;
    let answer = client.reads("AUTH").await;
    let secret = STANDARD.decode(answer.strip_prefix("AUTHENTICATE ").unwrap()).unwrap();
    assert_eq!(secret, b"bot\0bot\0geheim");
    client.types(":irc.test 903 robot :SASL authentication successful").await;
    assert_eq!(client.reads("CAP").await, "CAP END");
    client.types(":irc.test 001 robot :welcome").await;
    bot.until(|event| *event == Event::Up).await;
    client.types("@msgid=m1 :al!a@h PRIVMSG robot :hi").await;
    assert_eq!(bot.hears().await.message_id, "test:m1");
}

#[tokio::test]
async fn long_sasl_answer_is_sent_in_pieces() {
    let script = Script::new().await;
    let password = "x".repeat(300 - "bot\0bot\0".len());
    let sasl = Some(Sasl::Plain { account: "bot".to_owned(), password });
    let _bot = Bot::start(chat::irc::Config { sasl, ..config(script.port) });
    let mut client = script.accept().await;
    client.types("CAP * LS :sasl").await;
    client.types("CAP * ACK :sasl").await;
    client.reads("AUTHENTICATE PLAIN").await;
    client.types("AUTHENTICATE +").await;
    assert_eq!(client.reads("AUTHENTICATE").await.len(), "AUTHENTICATE ".len() + 400);
    assert_eq!(client.reads("AUTHENTICATE").await, "AUTHENTICATE +");
}

#[tokio::test]
async fn sasl_external_sends_nothing_but_its_name() {
    let script = Script::new().await;
    let sasl = Some(Sasl::External);
    let _bot = Bot::start(chat::irc::Config { sasl, ..config(script.port) });
    let mut client = script.accept().await;
    client.types("CAP * LS :sasl").await;
    client.types("CAP * ACK :sasl").await;
    client.reads("AUTHENTICATE EXTERNAL").await;
    client.types("AUTHENTICATE +").await;
    assert_eq!(client.reads("AUTHENTICATE").await, "AUTHENTICATE +");
}

#[tokio::test]
async fn refused_sasl_says_so() {
    let cases = [
        (
            ["CAP * LS :sasl", "CAP * ACK :sasl", ":s 904 * :SASL authentication failed"]
                .as_slice(),
            "the server refused the SASL login: SASL authentication failed",
        ),
        (
            &["CAP * LS :multi-prefix"],
            "the server offers no SASL: remove `sasl` from its configuration",
        ),
        (
            &[":s 421 * CAP :Unknown command", ":s 001 robot :hi"],
            "the server offers no SASL: remove `sasl` from its configuration",
        ),
        (&["CAP * LS :sasl=EXTERNAL"], "the server offers SASL EXTERNAL, but not PLAIN"),
        (&["CAP * LS :sasl", "CAP * NAK :sasl"], "the server refused to speak SASL"),
    ];
    for (lines, expected) in cases {
        let script = Script::new().await;
        let mut bot = Bot::start(chat::irc::Config { sasl: plain(), ..config(script.port) });
        let mut client = script.accept().await;
        for line in lines {
            client.types(line).await;
        }
        assert_eq!(bot.is_down().await, expected);
    }
}

#[tokio::test]
async fn garbage_is_survived_and_the_server_tried_again() {
    let script = Script::new().await;
    let impatient =
        chat::irc::Config { ping_timeout: Duration::from_millis(300), ..config(script.port) };
    let mut bot = Bot::start(impatient);
    let mut client = script.accept().await;
    let noise: Vec<u8> =
        (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    client.stream.write_all(&noise).await.unwrap();
    client
        .stream
        .write_all(b"\r\n:\r\n@\r\n : \r\nCAP\r\nAUTHENTICATE +\r\n433\r\n")
        .await
        .unwrap();
    assert_eq!(bot.is_down().await, "the server did not let us in in time");

    let mut client = script.accept().await;
    // It may hang up while we still write.
    drop(client.stream.write_all(&[b'x'; 100_000]).await);
    assert_eq!(bot.is_down().await, "the server sent no IRC");
    script.welcome().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
}

#[tokio::test]
async fn server_that_hangs_up_says_why() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let mut client = script.accept().await;
    client.reads("USER ").await;
    client.types(":s 465 * :You are banned").await;
    client.types("ERROR :Closing link").await;
    let reason = bot.is_down().await;
    assert_eq!(reason, "You are banned (the server said `Closing link`)");
    let mut client = script.accept().await;
    client.reads("USER ").await;
    drop(client);
    assert_eq!(bot.is_down().await, "the server hung up");
}

#[tokio::test]
async fn silent_server_is_noticed_and_left() {
    let script = Script::new().await;
    let watchful = chat::irc::Config {
        ping_interval: Duration::from_millis(200),
        ping_timeout: Duration::from_millis(400),
        ..config(script.port)
    };
    let mut bot = Bot::start(watchful);
    let mut client = script.welcome().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    for _ in 0..3 {
        let ping = client.reads("PING :").await;
        client.types(&format!(":irc.test PONG irc.test {}", &ping["PING ".len()..])).await;
    }
    assert!(bot.adapter.health().up);
    assert_eq!(bot.is_down().await, "the server stopped answering");
    assert!(!bot.adapter.health().up);
    let _again = script.welcome().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    assert!(bot.adapter.health().up);
}

#[tokio::test]
async fn loss_after_the_first_byte_may_have_been_written() {
    let script = Script::new().await;
    let bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    let adapter = bot.adapter.clone();
    let sending =
        tokio::spawn(
            async move { adapter.send(&ops(), &Outgoing::text("x"), async { true }).await },
        );
    client.reads("PRIVMSG #ops :x").await;
    client.reads("PING").await;
    assert!(!sending.is_finished());
    drop(client);
    assert_eq!(sending.await.unwrap(), Err(SendError::MaybeWritten));
}

#[tokio::test]
async fn loss_before_the_first_byte_is_not_written() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let client = script.welcome().await;
    let (reached, asked) = tokio::sync::oneshot::channel();
    let (allow, allowed) = tokio::sync::oneshot::channel();
    let adapter = bot.adapter.clone();
    let sending = tokio::spawn(async move {
        let note = async {
            reached.send(()).unwrap();
            allowed.await.unwrap()
        };
        adapter.send(&ops(), &Outgoing::text("x"), note).await
    });
    asked.await.unwrap();
    drop(client);
    bot.is_down().await;
    allow.send(true).unwrap();
    assert_eq!(sending.await.unwrap(), Err(SendError::NotWritten));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "silence is what is tested")]
async fn messages_wait_when_nobody_reads_events_and_none_is_lost() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    bot.until(|event| *event == Event::Joined("#ops".to_owned())).await;
    let flood = tokio::spawn(async move {
        for number in 0..20_000 {
            client.types(&format!(":al!a@h PRIVMSG #ops :number {number}")).await;
        }
        client
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    for number in 0..20_000 {
        assert_eq!(bot.hears().await.text, format!("number {number}"));
    }
    drop(flood.await.unwrap());
}

#[tokio::test]
async fn nick_that_the_server_changes_is_followed() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    client.types(":robot!robot@host NICK :Guest7").await;
    bot.until(|event| *event == Event::Nick("Guest7".to_owned())).await;
    client.types(":al!a@h PRIVMSG #ops :guest7: hello").await;
    assert_eq!(bot.hears().await.text, "hello");
    client.types(":al!a@h PRIVMSG Guest7 :psst").await;
    assert!(bot.hears().await.addressed);
}

#[tokio::test]
async fn message_is_confirmed_though_nobody_reads_events() {
    let script = Script::new().await;
    let bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    for number in 0..2_000 {
        client.types(&format!(":al!a@h PRIVMSG #ops :number {number}")).await;
    }
    let confirm = async {
        let ping = client.reads("PING :").await;
        client.types(&format!(":irc.test PONG irc.test {}", &ping["PING ".len()..])).await;
    };
    let room = ops();
    let (sent, ()) = tokio::join!(bot.says(&room, "on it"), confirm);
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn account_is_verified_only_when_the_server_says_so() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    for (tags, verified) in [("", None), ("@account= ", None), ("@account=alice ", Some("alice"))] {
        client.types(&format!("{tags}:al!a@h PRIVMSG #ops :!deploy")).await;
        assert_eq!(bot.hears().await.verified.as_deref(), verified, "{tags}");
    }
}

#[tokio::test]
async fn program_that_says_so_gives_no_commands() {
    let script = Script::new().await;
    let mut bot = Bot::start(config(script.port));
    let mut client = script.welcome().await;
    for (tags, is_bot) in [("", false), ("@bot ", true), ("@inspircd.org/bot;account=x ", true)] {
        client.types(&format!("{tags}:al!a@h PRIVMSG #ops :!deploy")).await;
        let heard = bot.hears().await;
        assert_eq!((heard.is_bot, heard.is_command()), (is_bot, !is_bot), "{tags}");
    }
}

#[tokio::test]
async fn buttons_files_and_mentions_are_said_in_text() {
    let script = Script::new().await;
    let (bot, mut client) = in_ops(&script).await;
    let adapter = bot.adapter.clone();
    let buttons = vec![Button::new("Approve", "approve 3f2a1c"), Button::new("help", "help")];
    let file = File {
        name: "report.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        content: vec![b'x'; 12_300].into(),
    };
    let message = Outgoing {
        mentions: vec![chat::Mention { name: "alice".to_owned(), id: None }],
        thread: Some("t1".to_owned()),
        replaces: Some("m1".to_owned()),
        parts: vec![Part::File(file), Part::Buttons(buttons)],
        ..Outgoing::text("May it be deployed?")
    };
    let sending = tokio::spawn(async move { adapter.send(&ops(), &message, async { true }).await });
    client.reads("PRIVMSG #ops :alice: May it be deployed?").await;
    client.reads("PRIVMSG #ops :file: report.csv (text/csv, 12.3 kB)").await;
    client.reads("PRIVMSG #ops :1. Approve: `approve 3f2a1c`  2. `help`").await;
    let ping = client.reads("PING :").await;
    client.types(&format!(":irc.test PONG irc.test {}", &ping["PING ".len()..])).await;
    assert!(sending.await.unwrap().is_ok());
}

#[tokio::test]
async fn message_that_meets_a_kick_is_not_written() {
    let script = Script::new().await;
    let (bot, mut client) = in_ops(&script).await;
    let adapter = bot.adapter.clone();
    let sending =
        tokio::spawn(
            async move { adapter.send(&ops(), &Outgoing::text("done"), async { true }).await },
        );
    let ping = client.reads("PING :").await;
    client.types(":boss!b@h KICK #ops robot :out").await;
    client.types(":irc.test 404 robot #ops :Cannot send to channel").await;
    client.types(&format!(":irc.test PONG irc.test {}", &ping["PING ".len()..])).await;
    assert_eq!(sending.await.unwrap(), Err(SendError::NotWritten));
}

#[tokio::test]
async fn refusal_in_a_channel_of_ours_is_final() {
    let script = Script::new().await;
    let (bot, mut client) = in_ops(&script).await;
    let adapter = bot.adapter.clone();
    let sending =
        tokio::spawn(
            async move { adapter.send(&ops(), &Outgoing::text("done"), async { true }).await },
        );
    client.reads("PING :").await;
    client.types(":irc.test 404 robot #ops :Cannot send to channel").await;
    // Without the token, as strict servers answer.
    client.types(":irc.test PONG irc.test robot").await;
    assert_eq!(sending.await.unwrap(), Err(SendError::Refused));
}

#[tokio::test]
async fn nonsense_after_registration_changes_nothing() {
    let script = Script::new().await;
    let (mut bot, mut client) = in_ops(&script).await;
    for line in [
        ":robot NICK",
        ":robot NICK :",
        ":robot!a@b JOIN",
        ":irc.test KICK #ops",
        ":irc.test 005",
        ":irc.test 433 robot robot :used",
        "CAP * ACK",
        "AUTHENTICATE +",
        ":al!a@h PRIVMSG",
        ":al!a@h PRIVMSG #ops",
        ":al!a@h PRIVMSG #ops :",
        ":robot!a@b PRIVMSG #ops :an echo",
        "PONG",
        "PING",
    ] {
        client.types(line).await;
    }
    client.types(":al!a@h PRIVMSG #ops :robot: hello").await;
    let heard = bot.hears().await;
    assert_eq!((heard.text.as_str(), heard.addressed), ("hello", true));
    assert!(bot.adapter.health().up);
    assert!(bot.adapter.health().last_heard.is_some());
}
