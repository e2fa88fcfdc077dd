//! The rounds: load, a kill at a random moment, a start, a check.
//!
//! One round in eight ends with TERM instead, which must be a clean stop; in one of four Squall is
//! killed once more while it starts. The load is off while the check waits, so whatever is not
//! at its end 10 s after the start is stuck.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use client::Client;
use model::{Clock as _, Id, Status};
use serde::Serialize;

use super::{
    chance::Chance,
    check::{self, Outside, Seen, Violation},
    child::{Squall, free_port},
    ledger::{Ledger, Round, Trace},
    listener::Listener,
    load::{self, Files, Load},
    workflows,
};
use crate::{clock::Machine, data::Directory, print};

/// How long after its start everything must have ended.
const SETTLE_MAX: Duration = Duration::from_secs(10);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);
/// The longest load, in milliseconds.
const LOAD_MS_MAX: u64 = 1_200;
/// In which part of a start it may be killed, in milliseconds.
const START_MS_MAX: u64 = 600;

/// What the rounds showed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    rounds: u32,
    kills: u32,
    kills_while_starting: u32,
    stops: u32,
    acknowledged: usize,
    cancelations: usize,
    executions: usize,
    abandoned: usize,
    restarted: usize,
    messages: usize,
    announcements: usize,
    settle_ms_max: u128,
    /// What must not be.
    pub(super) violations: Vec<Violation>,
}

/// What a round looks at, and until when everything must be right.
struct Window<'a> {
    since: &'a str,
    deadline: Instant,
}

impl Report {
    /// Prints it for a person.
    pub(super) fn print(&self) {
        print::data(format_args!(
            "{} rounds: {} kills, {} of them while starting, {} clean stops",
            self.rounds,
            self.kills + self.kills_while_starting,
            self.kills_while_starting,
            self.stops
        ));
        print::data(format_args!(
            "{} requests and {} cancelations acknowledged, {} executions, {} abandoned, {} started again (harmless)",
            self.acknowledged, self.cancelations, self.executions, self.abandoned, self.restarted
        ));
        print::data(format_args!(
            "{} messages in the file, {} announcements heard, everything at its end {} ms after the start at the latest",
            self.messages, self.announcements, self.settle_ms_max
        ));
        for Violation { id, what } in &self.violations {
            print::data(format_args!("violation: {id} {what}"));
        }
        print::data(format_args!("{} violations", self.violations.len()));
    }
}

struct Chaos<'a> {
    directory: &'a Directory,
    files: Files,
    port: u16,
    chance: Chance,
    ledger: Arc<Ledger>,
    known: HashSet<Id>,
    report: Report,
}

/// Runs the rounds.
pub(super) async fn run(
    directory: &Directory,
    rounds: u32,
    seed: u64,
    is_quiet: bool,
) -> anyhow::Result<Report> {
    let files = Files {
        starts: directory.path().join("chaos-starts"),
        messages: directory.path().join("chaos-messages"),
    };
    workflows::write_pack(&directory.path().join("packs"))?;
    let mut chance = Chance::new(seed);
    let port = free_port(&mut chance)?;
    let mut chaos = Chaos {
        directory,
        files,
        port,
        chance,
        ledger: Arc::default(),
        known: HashSet::new(),
        report: Report::default(),
    };
    chaos.kill_while_starting().await?;
    let (mut squall, client) = chaos.start().await?;
    load::prepare(&client, &chaos.files).await?;
    let mut outside = Outside {
        starts: Trace::new(chaos.files.starts.clone()),
        messages: Trace::new(chaos.files.messages.clone()),
        listener: Listener::start(&client),
    };
    let before = check::since(&client, "1970-01-01T00:00:00Z", &chaos.files).await?;
    chaos.known = check::ids(&before);
    for round in 1..=rounds {
        let told = chaos.report.violations.len();
        squall = chaos.round(squall, &client, &mut outside).await?;
        chaos.report.rounds = round;
        if !is_quiet {
            chaos.tell(rounds, told);
        }
    }
    chaos.finish(&client, &mut outside).await?;
    if squall.stop().await?.is_none_or(|status| !status.success()) {
        chaos.violation("Squall", "did not stop cleanly at the end");
    }
    Ok(chaos.report)
}

impl Chaos<'_> {
    async fn start(&mut self) -> anyhow::Result<(Squall, Client)> {
        let mut squall = Squall::start(self.directory, self.port)?;
        let client = squall.ready(self.directory, self.port).await?;
        Ok((squall, client))
    }

    async fn kill_while_starting(&mut self) -> anyhow::Result<()> {
        let squall = Squall::start(self.directory, self.port)?;
        self.wait(START_MS_MAX).await;
        self.report.kills_while_starting += 1;
        squall.kill().await
    }

    async fn wait(&mut self, ms_max: u64) {
        tokio::time::sleep(Duration::from_millis(self.chance.between(0, ms_max))).await;
    }

    fn violation(&mut self, id: &str, what: &str) {
        self.report.violations.push(Violation { id: id.to_owned(), what: what.to_owned() });
    }

    async fn round(
        &mut self,
        squall: Squall,
        client: &Client,
        outside: &mut Outside,
    ) -> anyhow::Result<Squall> {
        let since = Machine.now().to_string();
        let load = Load::start(client, &self.ledger, &self.files, &mut self.chance);
        self.wait(LOAD_MS_MAX).await;
        if self.chance.once_in(8) {
            self.report.stops += 1;
            match squall.stop().await? {
                Some(status) if status.success() => {}
                Some(status) => self.violation("Squall", &format!("stopped with {status}")),
                None => self.violation("Squall", "did not stop within 10 s"),
            }
        } else {
            self.report.kills += 1;
            squall.kill().await?;
        }
        load.stop().await;
        if self.chance.once_in(4) {
            self.kill_while_starting().await?;
        }
        let (squall, _) = self.start().await?;
        let round = self.ledger.take();
        let window = Window { since: &since, deadline: squall.started + SETTLE_MAX };
        let seen = self.settle(&round, client, outside, &window).await?;
        let settled = squall.started.elapsed().as_millis();
        self.report.settle_ms_max = self.report.settle_ms_max.max(settled);
        self.count(&round, &seen);
        Ok(squall)
    }

    /// Waits until nothing is wrong, or until it is too late.
    async fn settle(
        &mut self,
        round: &Round,
        client: &Client,
        outside: &mut Outside,
        window: &Window<'_>,
    ) -> anyhow::Result<Vec<Seen>> {
        loop {
            let seen = check::since(client, window.since, &self.files).await?;
            outside.read()?;
            let violations = check::verdict(round, &seen, outside);
            if violations.is_empty() {
                return Ok(seen);
            }
            if Instant::now() > window.deadline {
                self.report.violations.extend(violations);
                return Ok(seen);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn count(&mut self, round: &Round, seen: &[Seen]) {
        self.report.acknowledged += round.requested.len();
        self.report.cancelations += round.canceled.len();
        self.report.abandoned += seen.iter().filter(|one| one.status == Status::Abandoned).count();
        self.report.restarted += seen.iter().filter(|one| one.starts > 1).count();
        self.known.extend(check::ids(seen));
    }

    /// Looks at everything once more: what came late, and what an earlier round had and is gone.
    async fn finish(&mut self, client: &Client, outside: &mut Outside) -> anyhow::Result<()> {
        outside.read()?;
        self.report.violations.extend(outside.twice());
        let total = check::count(client).await?;
        let known = self.known.len() as u64;
        if total != known {
            let what = format!("there are {total}, but the rounds saw {known}");
            self.violation("executions", &what);
        }
        self.report.executions = self.known.len();
        self.report.messages = outside.messages.second.len();
        self.report.announcements = outside.listener.heard(|heard| heard.announced.len());
        Ok(())
    }

    fn tell(&self, rounds: u32, told: usize) {
        let report = &self.report;
        print::talk(format_args!(
            "round {}/{rounds}: {} acknowledged, {} abandoned, {} violations",
            report.rounds,
            report.acknowledged,
            report.abandoned,
            report.violations.len()
        ));
        for Violation { id, what } in report.violations.iter().skip(told) {
            print::talk(format_args!("  {id} {what}"));
        }
    }
}
