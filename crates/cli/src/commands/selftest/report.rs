//! What the rounds showed, for a person and for programs.

use model::{Runner, Status};
use serde::Serialize;

use super::{
    evidence::{Outside, Violation},
    ledger::Round,
    seen::Seen,
};
use crate::print;

/// What the rounds showed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) rounds: u32,
    pub(super) kills: u32,
    pub(super) kills_while_starting: u32,
    pub(super) stops: u32,
    acknowledged: usize,
    cancelations: usize,
    pauses: usize,
    resumes: usize,
    answers: usize,
    executions: usize,
    workflows: usize,
    chains: usize,
    questions: usize,
    expired: usize,
    reruns: usize,
    reruns_of_tasks: usize,
    retries: usize,
    abandoned: usize,
    restarted: usize,
    messages: usize,
    announcements: usize,
    /// How many workflows and questions waited for people after a round, at most.
    pub(super) waiting_max: usize,
    /// How long after a start everything had ended or waited, at most.
    pub(super) settle_ms_max: u128,
    /// What must not be.
    pub(super) violations: Vec<Violation>,
}

impl Report {
    /// Adds a violation.
    pub(super) fn violation(&mut self, id: &str, what: &str) {
        self.violations.push(Violation { id: id.to_owned(), what: what.to_owned() });
    }

    /// Counts what was acknowledged in a round.
    pub(super) fn count_round(&mut self, round: &Round) {
        self.acknowledged += round.requested.len();
        self.cancelations += round.canceled.len();
        self.pauses += round.pauses;
        self.resumes += round.resumes;
        self.answers += round.answers;
    }

    /// Counts an execution that has ended.
    pub(super) fn count_ended(&mut self, one: &Seen) {
        self.executions += 1;
        self.workflows += usize::from(one.runner == Runner::Orquesta);
        self.chains += usize::from(one.runner == Runner::ActionChain);
        self.questions += usize::from(one.runner == Runner::Inquirer);
        self.expired += usize::from(one.status == Status::Timeout);
        self.reruns += usize::from(one.is_rerun);
        self.reruns_of_tasks += usize::from(!one.rerun.is_empty());
        self.retries += usize::from(one.retried.is_some());
        self.abandoned += usize::from(one.status == Status::Abandoned);
        self.restarted += usize::from(one.starts() > 1);
    }

    /// Counts what came from outside.
    pub(super) fn count_outside(&mut self, outside: &Outside) {
        self.messages = outside.messages.second.len();
        self.announcements = outside.listener.heard(|heard| heard.announced.len());
    }

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
            "acknowledged: {} requests, {} cancelations, {} pauses, {} resumes, {} answers",
            self.acknowledged, self.cancelations, self.pauses, self.resumes, self.answers
        ));
        print::data(format_args!(
            "ended: {} executions, among them {} workflows, {} chains, {} questions ({} timed out), {} re-runs ({} of tasks), {} retries",
            self.executions,
            self.workflows,
            self.chains,
            self.questions,
            self.expired,
            self.reruns,
            self.reruns_of_tasks,
            self.retries
        ));
        print::data(format_args!(
            "{} abandoned, {} started again (harmless), at most {} trees waited for people after a round",
            self.abandoned, self.restarted, self.waiting_max
        ));
        print::data(format_args!(
            "{} messages in the file, {} announcements heard, everything settled {} ms after the start at the latest",
            self.messages, self.announcements, self.settle_ms_max
        ));
        for Violation { id, what } in &self.violations {
            print::data(format_args!("violation: {id} {what}"));
        }
        print::data(format_args!("{} violations", self.violations.len()));
    }

    /// Tells a person how a round went; `told` violations are known already.
    pub(super) fn tell(&self, rounds: u32, told: usize) {
        print::talk(format_args!(
            "round {}/{rounds}: {} acknowledged, {} abandoned, {} violations",
            self.rounds,
            self.acknowledged,
            self.abandoned,
            self.violations.len()
        ));
        for Violation { id, what } in self.violations.iter().skip(told) {
            print::talk(format_args!("  {id} {what}"));
        }
    }
}
