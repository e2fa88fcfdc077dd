//! `squall execution get`: shows an execution, and the tree of a workflow.

use clap::Args;
use client::Execution;

use crate::{
    commands::{follow, tree, watch},
    connection::Target,
    exit::Code,
    print, table,
};

/// Show an execution and its result; of a workflow the tree of its tasks
///
/// While a workflow runs, its tree is drawn anew on a terminal whenever something changes.
#[derive(Debug, Args)]
pub(super) struct Get {
    /// The execution's id
    id: String,
    /// Follow it to its end; without a terminal a line is printed for each change
    #[arg(long, conflicts_with_all = ["json", "once"])]
    follow: bool,
    /// Do not follow it, whatever it does
    #[arg(long)]
    once: bool,
    /// Leave out nothing, however many items there are
    #[arg(long)]
    all: bool,
    /// Print the ids of tasks whole
    #[arg(long)]
    wide: bool,
    /// Print the document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Get {
    pub(super) async fn run(self) -> anyhow::Result<Code> {
        let client = self.target.connect()?;
        let id = follow::resolve(&client, &self.id).await?;
        if self.json {
            table::json(&client.execution(&id).await?.document)?;
            return Ok(Code::Ok);
        }
        let mut watch = watch::Watch::new(&client, &id).await?;
        let runs = !watch.root.status.is_final();
        let is_workflow = tree::is_workflow(&watch.root.document);
        let is_watched = watch::is_watched();
        let follows = self.follow || (runs && is_workflow && is_watched && !self.once);
        if !follows {
            return self.show(&watch, is_workflow);
        }
        if is_watched {
            let ended = watch::draw(&mut watch, self.all, self.wide).await?;
            show_result(&ended)?;
            return Ok(follow::code(&ended));
        }
        let ended = watch::print_changes(&mut watch).await?;
        follow::say_end(&ended);
        Ok(follow::code(&ended))
    }

    fn show(&self, watch: &watch::Watch, is_workflow: bool) -> anyhow::Result<Code> {
        if is_workflow {
            for line in watch.lines(self.all, self.wide) {
                print::data(line);
            }
            show_result(&watch.root)?;
        } else {
            follow::show(&watch.root, false)?;
        }
        Ok(Code::Ok)
    }
}

/// Prints the result of a workflow below its tree.
fn show_result(execution: &Execution) -> anyhow::Result<()> {
    if !execution.result().is_null() {
        print::data("");
        let text = serde_json::to_string_pretty(execution.result())?;
        print::data(print::for_stdout(&text));
    }
    Ok(())
}
