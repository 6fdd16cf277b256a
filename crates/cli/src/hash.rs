//! `ispmail-pw hash`, which stands in for `doveadm pw`.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;

use ispmail_password::{New, Password, Prefix, SCHEMES, SchemeName, StoredPassword, Verdict};
use zeroize::Zeroizing;

use crate::arguments::HashArguments;
use crate::{Exit, Failure, complain, prompt, say};

/// Rounds of SHA256-CRYPT where nothing is said.
const ROUNDS: u32 = 20_000;

pub(crate) fn run(arguments: HashArguments) -> Result<(), Failure> {
    let HashArguments { scheme, plaintext, rounds, user, test_hash, reverse_verify, list } =
        arguments;
    if list {
        list_schemes();
        return Ok(());
    }
    let name = match &scheme {
        None => "SHA256-CRYPT",
        Some(name) => name,
    };
    let name: SchemeName =
        name.parse().map_err(|error| fatal(format!("{}: {error}", name.to_uppercase())))?;
    match test_hash {
        Some(stored) => test(plaintext, user, &Zeroizing::new(stored.into_vec())),
        None => {
            let rounds = rounds_for(name, scheme.is_some(), rounds)?;
            make(name, plaintext, user, rounds, reverse_verify)
        }
    }
}

fn list_schemes() {
    let names = SCHEMES
        .iter()
        .flat_map(|scheme| [scheme.name()].into_iter().chain(scheme.aliases().iter().copied()));
    say(names.collect::<Vec<_>>().join(" "));
}

/// doveadm takes what is out of range for the nearest number, and 0 for its default.
fn rounds_for(
    name: SchemeName,
    scheme_given: bool,
    rounds: Option<u64>,
) -> Result<Option<u32>, Failure> {
    match rounds {
        Some(0) => Ok(None),
        None => Ok((!scheme_given).then_some(ROUNDS)),
        Some(asked) => {
            let asked = u32::try_from(asked)
                .map_err(|_| fatal(format!("invalid number of rounds: {asked}")))?;
            let Some(range) = name.scheme().rounds() else { return Ok(None) };
            let rounds = asked.clamp(range.min, range.max);
            if rounds != asked {
                complain(format_args!("{asked} rounds are out of range, using {rounds}"));
            }
            Ok(Some(rounds))
        }
    }
}

fn make(
    name: SchemeName,
    plaintext: Option<OsString>,
    user: Option<String>,
    rounds: Option<u32>,
    verify: bool,
) -> Result<(), Failure> {
    let password = given(plaintext).unwrap_or_else(prompt::new_password_twice)?;
    let login = user.unwrap_or_default().into_bytes();
    let stored = name.hash(&password, New { rounds, login: Some(&login), salt: None });
    let stored = stored.map_err(|error| fatal(error.to_string()))?.for_login(&login);
    if verify && stored.verify(&password) != Ok(Verdict::Match) {
        return Err(fatal("the value that was made does not verify"));
    }
    show(&stored.write(Prefix::Scheme), verify)
}

fn test(plaintext: Option<OsString>, user: Option<String>, text: &[u8]) -> Result<(), Failure> {
    if !(text.starts_with(b"{") && text.contains(&b'}')) {
        return Err(fatal("the stored password has no {scheme} prefix"));
    }
    let password = given(plaintext).unwrap_or_else(prompt::password_to_verify)?;
    let [default, ..] = SCHEMES else { return Err(fatal("no schemes")) };
    let stored = StoredPassword::parse(text, default.as_name());
    let mut stored = stored.map_err(|error| fatal(error.to_string()))?;
    if let Some(login) = user {
        stored = stored.for_login(login.as_bytes());
    }
    match stored.verify(&password).map_err(|error| fatal(error.to_string()))? {
        Verdict::Match => show(text, true),
        Verdict::Mismatch => Err(fatal("the password does not match")),
    }
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
