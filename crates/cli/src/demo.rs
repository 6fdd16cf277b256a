//! `ispmail-pw demo`: the main job on a SQLite file, with the real checkpassword process.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use command_fds::{CommandFdExt as _, FdMapping};
use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_accounts::{Access, ISPMAIL, Manager, NewUser};
use ispmail_password::{Password, Policy, Prefix};

use crate::arguments::DemoArguments;
use crate::config::checkpassword_blocks;
use crate::manage::{stored, wait};
use crate::{Exit, Failure, say, sibling};

const DOMAIN: &str = "example.org";
const USER: &str = "john@example.org";
const PASSWORD: &str = "summersun";

pub(crate) fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let checkpassword = match arguments.checkpassword {
        Some(path) => path,
        None => beside_this_program()?,
    };
    let directory = tempfile::Builder::new().prefix("ispmail-demo-").tempdir()?;
    let database = directory.path().join("mail.sqlite");
    let config = directory.path().join("ispmail.toml");
    std::fs::write(&config, format!("[database]\nurl = \"sqlite://{}\"\n", encoded(&database)))?;

    wait(make_account(&database))?;
    say(format_args!("Made {} with the ISPmail tables,", database.display()));
    say(format_args!("the domain {DOMAIN} and the user {USER} (password: {PASSWORD}).\n"));
    say("Signing in through ispmail-checkpassword, as Dovecot does:");
    let attempts = [
        (USER, PASSWORD, 0, "the right password"),
        (USER, "wintersun", 1, "a wrong password"),
        ("nobody@example.org", PASSWORD, 1, "an unknown login"),
    ];
    for (login, password, expected, what) in attempts {
        let (code, reply) = sign_in(&checkpassword, &config, login, password)?;
        let outcome = match code {
            0 => "accepted",
            1 => "refused",
            _ => "could not check",
        };
        say(format_args!("  {what:<19} {login:<19} {outcome} (exit code {code})"));
        if !reply.is_empty() {
            say(format_args!("{:22}Dovecot is told: {}", "", reply.trim_end().replace('\t', " ")));
        }
        if code != expected {
            return Err(Failure::new(Exit::Temporary, "that is not what should have come out"));
        }
    }
    say(next_step(&checkpassword, &directory.keep()));
    Ok(())
}

async fn make_account(database: &Path) -> Result<(), Failure> {
    let endpoint = [Endpoint::Sqlite(database.to_owned())];
    let timeouts = Timeouts::default();
    let mut manager = Manager::connect(&endpoint, timeouts, Access::Create, &ISPMAIL).await?;
    manager.init().await?;
    manager.add_domain(DOMAIN).await?;
    let password = Password::new(PASSWORD.into())
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let stored = stored(&Policy::default(), &password, Prefix::Scheme)?;
    let user = NewUser { address: USER, stored: &stored, quota: None, enabled: true };
    manager.add_user(&user).await?;
    manager.close().await;
    Ok(())
}

/// One checkpassword process: request on its descriptor 3, reply on its descriptor 4.
fn sign_in(
    checkpassword: &Path,
    config: &Path,
    login: &str,
    password: &str,
) -> Result<(i32, String), Failure> {
    let (request_out, mut request_in) = std::io::pipe()?;
    let (mut reply_out, reply_in) = std::io::pipe()?;
    let mut command = Command::new(checkpassword);
    command
        .arg("--config")
        .arg(config)
        .arg("/usr/lib/dovecot/checkpassword-reply")
        .env("ORIG_UID", rustix::process::getuid().as_raw().to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let mapping = |parent_fd: OwnedFd, child_fd| FdMapping { parent_fd, child_fd };
    command
        .fd_mappings(vec![mapping(request_out.into(), 3), mapping(reply_in.into(), 4)])
        .map_err(|error| Failure::new(Exit::Temporary, error.to_string()))?;
    let mut child = command.spawn().map_err(|error| {
        Failure::new(Exit::Temporary, format!("{}: {error}", checkpassword.display()))
    })?;
    // Our copies of the child's ends, without which the reply would never end.
    drop(command);
    request_in.write_all(format!("{login}\0{password}\0\0").as_bytes())?;
    drop(request_in);
    let mut reply = String::new();
    reply_out.read_to_string(&mut reply)?;
    Ok((child.wait()?.code().unwrap_or(-1), reply))
}

/// A path as it stands in a URL.
fn encoded(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes().iter();
    bytes.fold(String::new(), |text, &byte| {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            format!("{text}%{byte:02X}")
        }
    })
}

fn beside_this_program() -> Result<PathBuf, Failure> {
    let path = sibling("ispmail-checkpassword")?;
    if path.exists() {
        return Ok(path);
    }
    let message = format!("{} is not there; build it with: cargo build", path.display());
    Err(Failure::new(Exit::Temporary, message))
}

fn next_step(checkpassword: &Path, directory: &Path) -> String {
    let arguments =
        format!("{} --dovecot-sql /etc/dovecot/dovecot-sql.conf.ext", checkpassword.display());
    let blocks = checkpassword_blocks(&arguments);
    let blocks: Vec<String> = blocks.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "
Next: let Dovecot 2.3 do this with your own accounts. In /etc/dovecot/conf.d/auth-sql.conf.ext:

{}
Let user dovecot read the file, check everything, and reload:

  chgrp dovecot /etc/dovecot/dovecot-sql.conf.ext
  chmod 0640 /etc/dovecot/dovecot-sql.conf.ext
  ispmail-pw --dovecot-sql /etc/dovecot/dovecot-sql.conf.ext check
  doveadm reload

What was made here stays until you remove it: rm -r {}",
        blocks.concat(),
        directory.display()
    )
}
