//! `ispmail-pw hash`, which stands in for `doveadm pw`.

mod batch;
mod recipe;

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;

use ispmail_password::{Password, Prefix, SCHEMES, StoredPassword, Verdict};
use zeroize::Zeroizing;

use recipe::Recipe;

use crate::arguments::HashArguments;
use crate::{Exit, Failure, prompt, say};

pub(crate) fn run(arguments: HashArguments) -> Result<(), Failure> {
    let HashArguments { plaintext, user, test_hash, reverse_verify, .. } = arguments;
    if arguments.list {
        list_schemes();
        return Ok(());
    }
    if arguments.batch {
        crate::batch::demand_no_terminal()?;
    }
    // doveadm looks at the scheme also where it only tests.
    let (scheme, rounds) = (arguments.scheme.as_deref(), arguments.rounds);
    let rounds = if test_hash.is_some() { None } else { rounds };
    let recipe = Recipe::choose(scheme, rounds, arguments.target_ms)?;
    let login = user.map(String::into_bytes);
    match test_hash {
        Some(stored) => test(plaintext, login, &Zeroizing::new(stored.into_vec())),
        None if arguments.batch => batch::run(&recipe),
        None => make(&recipe, plaintext, login, reverse_verify),
    }
}

fn list_schemes() {
    let names = SCHEMES
        .iter()
        .flat_map(|scheme| [scheme.name()].into_iter().chain(scheme.aliases().iter().copied()));
    say(names.collect::<Vec<_>>().join(" "));
}

fn make(
    recipe: &Recipe,
    plaintext: Option<OsString>,
    login: Option<Vec<u8>>,
    verify: bool,
) -> Result<(), Failure> {
    let password = given(plaintext).unwrap_or_else(prompt::new_password_twice)?;
    let stored = recipe.make(&password, login.as_deref());
    let stored = stored.map_err(|error| fatal(error.to_string()))?;
    let text = stored.write(Prefix::Scheme);
    if verify && check(stored, login, &password)? == Verdict::Mismatch {
        return Err(fatal("the value that was made does not verify"));
    }
    show(&text, verify)
}

fn test(plaintext: Option<OsString>, login: Option<Vec<u8>>, text: &[u8]) -> Result<(), Failure> {
    if !(text.starts_with(b"{") && text.contains(&b'}')) {
        return Err(fatal("the stored password has no {scheme} prefix"));
    }
    let password = given(plaintext).unwrap_or_else(prompt::password_to_verify)?;
    let [default, ..] = SCHEMES else { return Err(fatal("no schemes")) };
    let stored = StoredPassword::parse(text, default.as_name());
    let stored = stored.map_err(|error| fatal(error.to_string()))?;
    match check(stored, login, &password)? {
        Verdict::Match => show(text, true),
        Verdict::Mismatch => Err(fatal("the password does not match")),
    }
}

fn check(
    stored: StoredPassword,
    login: Option<Vec<u8>>,
    password: &Password,
) -> Result<Verdict, Failure> {
    let stored = match login {
        Some(login) => stored.for_login(&login),
        None => stored,
    };
    stored.verify(password).map_err(|error| fatal(error.to_string()))
}

fn given(plaintext: Option<OsString>) -> Option<Result<Password, Failure>> {
    plaintext.map(|plaintext| prompt::password(Zeroizing::new(plaintext.into_vec())))
}

fn show(text: &[u8], verified: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text)?;
    out.write_all(if verified { b" (verified)\n" } else { b"\n" })?;
    Ok(())
}

/// doveadm's `Fatal:` ends with this code whatever the reason.
fn fatal(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Temporary, message)
}
