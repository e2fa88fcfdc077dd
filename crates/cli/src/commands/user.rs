//! `squall user`: users who log in with a password.

use std::io::Read as _;

use access::NewUser;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use model::Clock as _;
use serde_json::json;
use store::Store;

use crate::{
    clock::Machine,
    connection::Target,
    data::Directory,
    exit::{Code, Usage},
    print, table,
};

/// The longest password, in bytes.
const PASSWORD_MAX: u64 = 4_096;

/// Make users who log in with a password
///
/// This works while Squall runs, and while it does not.
///
/// Example: printf %s "$PASSWORD" | squall user add ada --password-stdin --role admin
#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a user, or give one a new password and role
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    /// The name
    name: String,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    /// What the user may do beside the usual
    #[arg(long)]
    role: Option<Role>,
    /// Print the user
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    /// Everything
    Admin,
}

impl User {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let Command::Add(add) = self.command;
        let password = read_password()?;
        let is_admin = add.role == Some(Role::Admin);
        let new = NewUser { name: add.name.clone(), is_admin, password: Some(password.clone()) };
        let done = match add.target.url {
            Some(_) => Err(None),
            None => add_to_records(&add.target.place.directory()?, new).await.map_err(Some),
        };
        match done {
            Ok(()) => {}
            Err(None) => add_by_api(&add, &password).await?,
            Err(Some(error)) if is_locked(&error) => add_by_api(&add, &password).await?,
            Err(Some(error)) => return Err(error),
        }
        if add.json {
            table::json(&json!({"name": add.name, "is_admin": is_admin}))?;
        } else {
            print::talk(format_args!("{} can log in now", print::clean(&add.name)));
        }
        Ok(Code::Ok)
    }
}

fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(PASSWORD_MAX + 1)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.len() as u64 > PASSWORD_MAX {
        let most = PASSWORD_MAX;
        anyhow::bail!(Usage(format!("a password has 1 to {most} bytes")));
    }
    Ok(password.to_owned())
}

fn is_locked(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(store::Error::Locked(_)))
}

async fn add_to_records(directory: &Directory, new: NewUser) -> anyhow::Result<()> {
    directory.prepare(false)?;
    let store = Store::open(directory.path()).await?;
    let done = access::put_user(&store, new, Machine.now()).await;
    store.close().await;
    done?;
    Ok(())
}

async fn add_by_api(add: &Add, password: &str) -> anyhow::Result<()> {
    let role = add.role.map(|Role::Admin| "admin");
    add.target.connect()?.put_user(&add.name, password, role).await?;
    Ok(())
}
