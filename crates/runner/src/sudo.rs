//! Other users' rights through sudo. A password is passed on standard input. The command itself gets
//! an empty standard input, so that it cannot read a password that sudo did not ask for.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Write as _},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use crate::program;

/// The longest password that is accepted; it must fit into a pipe.
const PASSWORD_BYTES_MAX: usize = 4096;

/// Replaces standard input by an empty one and runs the command.
const EMPTY_INPUT: &str = r#"exec "$@" </dev/null"#;

/// The user whose rights a command runs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights<'a> {
    /// The user of this process.
    Own,
    /// Root, with the password for sudo.
    Root(Option<&'a str>),
    /// A user, with the password for sudo.
    User(&'a str, Option<&'a str>),
}

/// Why sudo cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("sudo is needed for other rights and is not installed")]
    Missing,
    #[error("parameter `sudo_password` has a line break or more than {PASSWORD_BYTES_MAX} bytes")]
    Password,
    #[error("failed to hand the password to sudo")]
    Pipe(#[source] io::Error),
}

impl Rights<'_> {
    /// Returns the password, if there is one.
    pub(crate) fn password(&self) -> Option<&str> {
        match self {
            Self::Own => None,
            Self::Root(password) | Self::User(_, password) => *password,
        }
    }

    /// Returns the command line that runs `inner` with these rights.
    pub(crate) fn wrap(&self, inner: Vec<OsString>) -> Result<Vec<OsString>, Error> {
        let user = match self {
            Self::Own => return Ok(inner),
            Self::Root(_) => None,
            Self::User(user, _) => Some(*user),
        };
        let sudo = sudo().ok_or(Error::Missing)?;
        let mut line = vec![sudo.into(), "-E".into()];
        line.push(if self.password().is_some() { "-S" } else { "-n" }.into());
        if let Some(user) = user {
            line.extend(["-H", "-u", user].map(OsString::from));
        }
        line.push("--".into());
        if self.password().is_some() {
            line.push(program::shell().into());
            line.extend(["-c", EMPTY_INPUT, "squall"].map(OsString::from));
        }
        line.extend(inner);
        Ok(line)
    }

    /// Returns a standard input with the password, or an empty one.
    pub(crate) fn input(&self) -> Result<Stdio, Error> {
        self.password().map_or_else(|| Ok(Stdio::null()), password_input)
    }

    /// Signals a process group with these rights, where this process may not.
    pub(crate) async fn signal(&self, group: u32, name: &str) -> io::Result<()> {
        let Some(sudo) = sudo() else { return Err(io::ErrorKind::PermissionDenied.into()) };
        let how = if self.password().is_some() { "-S" } else { "-n" };
        let mut command = program::command(sudo.as_ref());
        command.args(["-p", "", how, "--", "kill", "-s", name, "--"]).arg(format!("-{group}"));
        command.stdin(self.input().map_err(io::Error::other)?);
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let status = command.status().await?;
        if status.success() { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }
}

/// Returns the user whose password sudo refused, according to `stderr`.
pub(crate) fn refused(stderr: &str) -> Option<&str> {
    let refusal = stderr.lines().any(|line| {
        let count = line.strip_prefix("sudo: ").and_then(|rest| rest.split_once(' '));
        count.is_some_and(|(count, rest)| {
            count.bytes().all(|byte| byte.is_ascii_digit())
                && rest.starts_with("incorrect password attempt")
        })
    });
    if !refusal {
        return None;
    }
    let prompt =
        stderr.split_once("[sudo] password for ").and_then(|(_, rest)| rest.split_once(':'));
    Some(prompt.map_or("unknown", |(user, _)| user))
}

fn password_input(password: &str) -> Result<Stdio, Error> {
    if password.len() > PASSWORD_BYTES_MAX || password.contains(['\n', '\0']) {
        return Err(Error::Password);
    }
    let (reader, mut writer) = io::pipe().map_err(Error::Pipe)?;
    writer.write_all(password.as_bytes()).map_err(Error::Pipe)?;
    writer.write_all(b"\n").map_err(Error::Pipe)?;
    Ok(Stdio::from(File::from(OwnedFd::from(reader))))
}

/// Returns the path of sudo. The directories are fixed, so that an action's `PATH` does not decide
/// which program gets a password.
fn sudo() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    const PLACES: [&str; 4] =
        ["/usr/bin/sudo", "/bin/sudo", "/usr/local/bin/sudo", "/run/wrappers/bin/sudo"];
    let found = PROGRAM.get_or_init(|| PLACES.iter().map(PathBuf::from).find(|path| path.exists()));
    found.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_password_names_the_user() {
        let stderr =
            "[sudo] password for eve: Sorry, try again.\nsudo: 3 incorrect password attempts\n";
        assert_eq!(refused(stderr), Some("eve"));
        assert_eq!(refused("sudo: 1 incorrect password attempt\n"), Some("unknown"));
        assert_eq!(refused("sudo: many incorrect password attempts\n"), None);
        assert_eq!(refused("[sudo] password for eve: hello"), None);
    }

    #[test]
    fn password_with_a_line_break_is_refused() {
        assert!(matches!(Rights::Root(Some("a\nb")).input(), Err(Error::Password)));
        assert!(Rights::Root(Some("secret")).input().is_ok());
    }
}
