//! `local-shell-cmd`: runs a command line in a shell.

use model::Outcome;

use crate::{
    Context, failure, parameter, program,
    shell::{self, Error, Shared},
};

/// Runs the command line in the parameter `cmd`.
pub(super) async fn run(context: &Context<'_>) -> Outcome {
    run_command(context).await.unwrap_or_else(|error| failure::outcome(&error))
}

async fn run_command(context: &Context<'_>) -> Result<Outcome, Error> {
    let job = context.job;
    if !job.entry_point.is_empty() {
        return Err(Error::EntryPoint(job.action.clone(), job.entry_point.clone()));
    }
    let command = parameter::text(&job.runner_parameters, "cmd")?
        .ok_or_else(|| Error::NoCommand(job.action.clone()))?;
    let shared = Shared::read(context)?;
    let line = vec![program::shell().into(), "-c".into(), command.into()];
    shell::run_line(line, shared, context).await
}
