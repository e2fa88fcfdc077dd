//! The rounds: load, a kill at a random moment, a start, a check.
//!
//! One round in eight ends with TERM instead, which must be a clean stop; in one of eight the load
//! ends before the kill, and each call must have its answer; in one of four Squall is killed once
//! more while it starts. The load is off while the check waits, so whatever has not ended 10 s after
//! the start (unless told otherwise), and waits for nobody, is stuck. What waits for people is looked
//! at again in each later round, and after the last one everything is answered and resumed.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Clock as _, Id, Runner, Status, Timestamp};

use super::{
    chance::Chance,
    check,
    child::{Squall, free_port},
    content::{self, Files, Flow},
    evidence::{Evidence, Outside, Violation},
    ledger::{Ledger, Round},
    listener::Listener,
    load::{Load, Plan},
    release::release,
    report::Report,
    seen::{self, Seen, View},
    trace::Trace,
};
use crate::{clock::Machine, data::Directory};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);
/// The longest load, in milliseconds.
const LOAD_MS_MAX: u64 = 1_200;
/// In which part of a start it may be killed, in milliseconds.
const START_MS_MAX: u64 = 600;
/// How far back a list of executions reaches before the last one was read: what was being written
/// then was not in it.
const OVERLAP_MS: i64 = 2_000;
/// How often what waits at the end is released by one step: more often than any tree needs.
const PASSES_MAX: usize = 20;
/// How many workflows wait to be run again from one of their tasks.
const RERUNNABLE_MAX: usize = 40;

/// What is asked of the self-test.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) rounds: u32,
    pub(super) seed: u64,
    /// How many resumes and answers of 100 do not wait until the workflow is paused.
    pub(super) hasty: u64,
    /// How long after its start everything must have ended, or wait for people.
    pub(super) settle: Duration,
    /// Whether nothing is said of the single rounds.
    pub(super) is_quiet: bool,
}

struct Chaos<'a> {
    directory: &'a Directory,
    port: u16,
    settle: Duration,
    chance: Chance,
    plan: Plan,
    outside: Outside,
    /// Executions requested before this were seen when they had ended, or are in a carried tree.
    since: Timestamp,
    /// The roots of trees that have not ended.
    carried: BTreeSet<Id>,
    /// All executions that were seen, with whether they had ended.
    known: HashMap<Id, bool>,
    /// When a Squall was killed or stopped.
    deaths: Vec<Timestamp>,
    /// The workflows of which tasks were or can be run again.
    offered: HashSet<Id>,
    report: Report,
}

/// Runs the rounds.
pub(super) async fn run(directory: &Directory, options: Options) -> anyhow::Result<Report> {
    content::write_pack(&directory.path().join("packs"))?;
    let (mut chaos, mut squall) = begin(directory, options).await?;
    for round in 1..=options.rounds {
        let told = chaos.report.violations.len();
        squall = chaos.round(squall).await?;
        chaos.report.rounds = round;
        if !options.is_quiet {
            chaos.report.tell(options.rounds, told);
        }
    }
    chaos.finish().await?;
    if squall.stop(chaos.settle).await?.is_none_or(|status| !status.success()) {
        chaos.report.violation("Squall", "did not stop cleanly at the end");
    }
    Ok(chaos.report)
}

/// Kills a Squall while it starts for the first time, starts another and prepares it.
async fn begin(directory: &Directory, options: Options) -> anyhow::Result<(Chaos<'_>, Squall)> {
    let mut chance = Chance::new(options.seed);
    let port = free_port(&mut chance)?;
    let unready = Squall::start(directory, port)?;
    wait(&mut chance, START_MS_MAX).await;
    unready.kill().await?;
    let (squall, client) = Squall::ready(directory, port, options.settle).await?;
    let files = Files {
        starts: directory.path().join("chaos-starts"),
        messages: directory.path().join("chaos-messages"),
    };
    content::prepare(&client, &files).await?;
    let outside = Outside {
        starts: Trace::new(files.starts.clone()),
        messages: Trace::new(files.messages.clone()),
        listener: Listener::start(&client),
    };
    let before = seen::since(&client, Timestamp::from_micros(0), &files).await?;
    let mut report = Report::default();
    report.kills_while_starting += 1;
    let chaos = Chaos {
        directory,
        port,
        settle: options.settle,
        chance,
        outside,
        since: Machine.now(),
        carried: BTreeSet::new(),
        known: before.iter().map(|one| (one.id, true)).collect(),
        deaths: Vec::new(),
        offered: HashSet::new(),
        report,
        plan: Plan {
            client,
            ledger: Arc::new(Ledger::default()),
            files,
            hasty: options.hasty,
            call_max: options.settle,
        },
    };
    Ok((chaos, squall))
}

async fn wait(chance: &mut Chance, ms_max: u64) {
    crate::pause::pause(Duration::from_millis(chance.between(0, ms_max))).await;
}

impl Chaos<'_> {
    async fn round(&mut self, squall: Squall) -> anyhow::Result<Squall> {
        let mut load = Load::start(&self.plan, &mut self.chance);
        wait(&mut self.chance, LOAD_MS_MAX).await;
        match self.chance.between(0, 8) {
            0 => self.stop(squall).await?,
            1 => {
                for call in load.drain(self.settle).await {
                    self.report.violation("a call", &format!("{call} had no answer in time"));
                }
                self.kill(squall).await?;
            }
            _ => self.kill(squall).await?,
        }
        load.stop().await;
        if self.chance.once_in(4) {
            let squall = Squall::start(self.directory, self.port)?;
            wait(&mut self.chance, START_MS_MAX).await;
            squall.kill().await?;
            self.deaths.push(Machine.now());
            self.report.kills_while_starting += 1;
        }
        let (squall, _) = Squall::ready(self.directory, self.port, self.settle).await?;
        let round = self.plan.ledger.take();
        self.report.count_round(&round);
        self.settle(&round, squall.started + self.settle, true).await?;
        let settled = squall.started.elapsed().as_millis();
        self.report.settle_ms_max = self.report.settle_ms_max.max(settled);
        Ok(squall)
    }

    async fn kill(&mut self, squall: Squall) -> anyhow::Result<()> {
        self.report.kills += 1;
        squall.kill().await?;
        self.deaths.push(Machine.now());
        Ok(())
    }

    async fn stop(&mut self, squall: Squall) -> anyhow::Result<()> {
        self.report.stops += 1;
        match squall.stop(self.settle).await? {
            Some(status) if status.success() => {}
            Some(status) => self.report.violation("Squall", &format!("stopped with {status}")),
            None => {
                let what = format!("did not stop within {} s", self.settle.as_secs());
                self.report.violation("Squall", &what);
            }
        }
        self.deaths.push(Machine.now());
        Ok(())
    }

    /// Waits until nothing is wrong, or until it is too late.
    async fn settle(
        &mut self,
        round: &Round,
        deadline: Instant,
        may_wait: bool,
    ) -> anyhow::Result<()> {
        let mut trees: HashMap<Id, Vec<Seen>> = HashMap::new();
        let mut stale = self.carried.clone();
        loop {
            let read_at = Machine.now();
            let view = self.read(&mut trees, &stale).await?;
            let violations = self.verdict(round, &view, may_wait);
            let is_late = Instant::now() > deadline && !self.has_just_expired(&view);
            // What a call said does not change by waiting.
            let is_hopeless = !violations.is_empty() && violations.len() == round.wrong.len();
            if violations.is_empty() || is_hopeless || is_late {
                self.report.violations.extend(violations);
                self.since = read_at.plus_ms(-OVERLAP_MS);
                self.carry(&view);
                return Ok(());
            }
            let wrong = violations.iter().filter_map(|one| one.id.parse().ok());
            stale = wrong.map(|id| view.root(id)).filter(|id| trees.contains_key(id)).collect();
            crate::pause::pause(LOOK).await;
        }
    }

    /// Reads what was requested since the last check, and those of the carried trees that are
    /// stale.
    async fn read(
        &mut self,
        trees: &mut HashMap<Id, Vec<Seen>>,
        stale: &BTreeSet<Id>,
    ) -> anyhow::Result<View> {
        let Plan { client, files, .. } = &self.plan;
        let mut view = View::default();
        view.add(seen::since(client, self.since, files).await?);
        for root in stale {
            trees.insert(*root, seen::tree(client, *root, files).await?);
        }
        view.add(trees.values().flatten().cloned());
        self.outside.read()?;
        Ok(view)
    }

    /// Tells whether the time of a question ended a moment ago: what goes on after that has the
    /// usual time for it.
    fn has_just_expired(&self, view: &View) -> bool {
        let questions = view.all().filter(|one| one.runner == Runner::Inquirer);
        let last = questions.filter_map(|one| one.last(Status::Timeout)).max();
        last.is_some_and(|last| Machine.now().seconds_since(last) < self.settle.as_secs_f64())
    }

    fn verdict(&self, round: &Round, view: &View, may_wait: bool) -> Vec<Violation> {
        check::verdict(&Evidence {
            round,
            notes: &self.plan.ledger.notes(),
            view,
            outside: &self.outside,
            deaths: &self.deaths,
            known: &self.known,
            now: Machine.now(),
            settle: self.settle,
            may_wait,
        })
    }

    /// Notes what has ended and what the next round must look at again.
    fn carry(&mut self, view: &View) {
        self.carried = view.open_roots();
        self.report.waiting_max = self.report.waiting_max.max(self.carried.len());
        let mut notes = self.plan.ledger.notes();
        let has_ended = |id: &Id| view.get(*id).is_none_or(|one| one.status.is_final());
        notes.asked.retain(|id, _| !has_ended(id));
        notes.answers.retain(|id, _| !has_ended(id));
        let paused = self.carried.iter().filter_map(|id| view.get(*id));
        notes.paused = paused.filter(|one| one.is_paused_by_person).map(|one| one.id).collect();
        for one in view.all() {
            let had_ended = self.known.insert(one.id, one.status.is_final());
            if !one.status.is_final() || had_ended == Some(true) {
                continue;
            }
            self.report.count_ended(one);
            let is_root = one.parent.is_none() && one.runner == Runner::Orquesta;
            let has_room = notes.rerunnable.len() < RERUNNABLE_MAX;
            if is_root && has_room && one.status == Status::Succeeded && self.offered.insert(one.id)
            {
                notes.rerunnable.extend(Flow::of(&one.action).map(|flow| (one.id, flow)));
            }
        }
    }

    /// Answers and resumes what waits, and looks at everything once more: what came late, and what
    /// an earlier round had and is gone.
    async fn finish(&mut self) -> anyhow::Result<()> {
        for _ in 0..PASSES_MAX {
            if self.carried.is_empty() {
                break;
            }
            for root in &self.carried {
                release(&self.plan, *root).await?;
            }
            let round = self.plan.ledger.take();
            self.report.count_round(&round);
            self.settle(&round, Instant::now() + self.settle, true).await?;
        }
        self.settle(&Round::default(), Instant::now() + self.settle, false).await?;
        self.outside.read()?;
        self.report.violations.extend(self.outside.twice());
        let total = seen::count(&self.plan.client).await?;
        let known = self.known.len() as u64;
        if total != known {
            let what = format!("there are {total}, but the rounds saw {known}");
            self.report.violation("executions", &what);
        }
        self.report.count_outside(&self.outside);
        Ok(())
    }
}
