//! Whether the login is somebody's.

use ispmail_accounts::{Error, Manager, User};

use super::report::{Report, shown};
use crate::words::command;

/// Most addresses that are named.
const MOST_NAMED: usize = 5;

/// What is known of the user from the tables.
#[derive(Default)]
pub(super) struct Found {
    pub(super) user: Option<User>,
    /// Whether something was said that keeps the password query from finding the user.
    pub(super) explained: bool,
}

/// Looks for domain and user in the tables of a layout, or by the administrator's own query.
pub(super) async fn examine(
    manager: &mut Manager<'_>,
    login: &str,
    report: &mut Report,
) -> Result<Found, Error> {
    let mut alike = manager.users_alike(login).await?;
    let mut explained = false;
    if manager.layout().is_managed() {
        explained = domain(manager, login, !alike.is_empty(), report).await?;
    }
    let exact = |user: &User| user.address.eq_ignore_ascii_case(login);
    let user = match alike.len() {
        0 => {
            missing(manager, login, report).await?;
            None
        }
        1 => {
            let user = alike.pop();
            user.filter(|user| manager.layout().is_own() || is_theirs(user, login, report))
        }
        _ => {
            several(manager, &alike, report);
            explained = true;
            alike.into_iter().find(exact)
        }
    };
    explained |= user.is_none();
    if let Some(user) = &user {
        explained |= flags(user, report);
    }
    Ok(Found { user, explained })
}

/// Whether the domain keeps the user out.
async fn domain(
    manager: &mut Manager<'_>,
    login: &str,
    has_user: bool,
    report: &mut Report,
) -> Result<bool, Error> {
    const STEP: &str = "domain";
    let Some((_, name)) = login.rsplit_once('@') else {
        report.note(STEP, "the login has no domain; logins are whole mail addresses");
        return Ok(false);
    };
    match manager.domain(name).await {
        Ok(domain) if domain.enabled == Some(false) => {
            report.fix(
                STEP,
                format_args!("the domain {} is switched off", shown(name)),
                "set its flag active to 1, or switch it on in PostfixAdmin",
            );
            Ok(true)
        }
        Ok(domain) => {
            report.ok(STEP, format_args!("the domain {} is there", shown(&domain.name)));
            Ok(false)
        }
        Err(Error::NoDomain(_) | Error::BadName { .. }) => {
            let says = format!("there is no domain {}", shown(name));
            let fix = command(&["ispmail-pw", "domain", "add", name]);
            if has_user {
                report.advise(STEP, says + ", but a user in it", fix);
                return Ok(true);
            }
            let domains = manager.domains().await?;
            let domains = domains.into_iter().map(|domain| domain.name);
            let there = some_of(domains);
            let there = if there.is_empty() { "none at all".to_owned() } else { there };
            report.fix(STEP, format_args!("{says}; there are: {there}"), fix);
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Whether the one row that the database takes for this login's is this user's.
fn is_theirs(user: &User, login: &str, report: &mut Report) -> bool {
    let found = &user.address;
    if found == login {
        report.ok(STEP, format_args!("the user {} is there", shown(login)));
        return true;
    }
    let fix = rename(found, login);
    if found.eq_ignore_ascii_case(login) {
        let says = format_args!(
            "the user is there as {}; other databases, and Postfix with them, look for {}",
            shown(found),
            shown(login)
        );
        report.advise(STEP, says, fix);
        return true;
    }
    let says = format_args!(
        "there is no user {}, but the database takes \"{}\" for the same: sign-ins go by that \
         user's password",
        shown(login),
        shown(found)
    );
    let blanks = found.trim().eq_ignore_ascii_case(login);
    if blanks {
        report.fix(STEP, says, fix);
    } else {
        report.fix(STEP, says, format_args!("{}, or {fix}", add(login)));
    }
    blanks
}

fn several(manager: &Manager<'_>, rows: &[User], report: &mut Report) {
    let addresses = some_of(rows.iter().map(|user| format!("\"{}\"", user.address)));
    let table = manager.layout().users_table();
    let place = if table.is_empty() { String::new() } else { format!(" in the table {table}") };
    report.fix(
        STEP,
        format_args!("{} rows{place} are found for this login: {addresses}", rows.len()),
        "remove all but one, and give the column of the addresses a UNIQUE index",
    );
}

/// Says that there is no such user, and what there is instead.
async fn missing(manager: &mut Manager<'_>, login: &str, report: &mut Report) -> Result<(), Error> {
    let mut near = Near::new(login);
    let listed = manager.each_user(|user| {
        near.add(&user.address);
        Ok::<(), Error>(())
    });
    match listed.await {
        // An administrator's own query need not have one that lists.
        Ok(()) | Err(Error::NotInLayout { .. }) => {}
        Err(error) => return Err(error),
    }
    let has_aliases = manager.layout().is_managed();
    let alias = if has_aliases { manager.alias(login).await? } else { None };
    let says = format!("there is no user {}", shown(login));
    if let Some(other) = near.spelled {
        let says = format!("{says}, but one written \"{}\"", shown(&other));
        report.fix(STEP, says, rename(&other, login));
        return Ok(());
    }
    if let Some(alias) = alias {
        let to = some_of(alias.destinations);
        report.fix(
            STEP,
            format_args!("{says}: it is an alias, not a mailbox, and leads to {to}"),
            format_args!("sign in as the user that it leads to, or: {}", add(login)),
        );
        return Ok(());
    }
    if near.like.is_empty() {
        report.fix(STEP, says, add(login));
    } else {
        let like = some_of(near.like);
        let fix = format_args!("sign in as that one, if it is meant, or: {}", add(login));
        report.fix(STEP, format_args!("{says}; there is {like}"), fix);
    }
    Ok(())
}

/// Whether flags keep the user out.
fn flags(user: &User, report: &mut Report) -> bool {
    const STEP: &str = "flags";
    match user.enabled {
        None => false,
        Some(true) => {
            report.ok(STEP, "the user is switched on");
            false
        }
        Some(false) => {
            report.fix(
                STEP,
                "the user is switched off",
                command(&["ispmail-pw", "user", "enable", &user.address]),
            );
            true
        }
    }
}

/// Users that may be meant.
struct Near<'a> {
    login: &'a str,
    local: &'a str,
    domain: Option<&'a str>,
    /// The same but for letter case and blanks.
    spelled: Option<String>,
    like: Vec<String>,
}

impl<'a> Near<'a> {
    fn new(login: &'a str) -> Self {
        let (local, domain) =
            login.rsplit_once('@').map_or((login, None), |(local, domain)| (local, Some(domain)));
        Self { login, local, domain, spelled: None, like: Vec::new() }
    }

    fn add(&mut self, address: &str) {
        if address.trim().eq_ignore_ascii_case(self.login) {
            self.spelled = Some(address.to_owned());
            return;
        }
        if self.like.len() > MOST_NAMED {
            return;
        }
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let same_local = local.eq_ignore_ascii_case(self.local);
        let here = self.domain.is_some_and(|here| domain.eq_ignore_ascii_case(here));
        if same_local || (here && is_one_slip(local, self.local)) {
            self.like.push(address.to_owned());
        }
    }
}

/// Whether one character is missing, too many, or another, or two are swapped.
fn is_one_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let rest = |of: &[char]| of.get(start..).unwrap_or_default().to_vec();
    match (rest(&one).as_slice(), rest(&other).as_slice()) {
        ([], [_]) | ([_], []) => true,
        ([a, b, one @ ..], [c, d, other @ ..]) if a == d && b == c && one == other => true,
        ([_, one @ ..], [_, other @ ..]) if one == other => true,
        ([_, one @ ..], other) if one == other => true,
        (one, [_, other @ ..]) => one == other,
        _ => false,
    }
}

fn add(login: &str) -> String {
    command(&["ispmail-pw", "user", "add", login])
}

fn rename(old: &str, new: &str) -> String {
    command(&["ispmail-pw", "user", "rename", old, new])
}

/// The first few, and how many there are besides.
fn some_of(names: impl IntoIterator<Item = String>) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> = names.by_ref().take(MOST_NAMED).map(|name| shown(&name)).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

const STEP: &str = "user";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips() {
        for (one, other, slip) in [
            ("john", "jhon", true),
            ("john", "joh", true),
            ("john", "johnn", true),
            ("john", "jahn", true),
            ("john", "jane", false),
            ("j", "", true),
            ("jo", "", false),
            ("john", "hn", false),
        ] {
            assert_eq!(is_one_slip(one, other), slip, "{one} {other}");
            assert_eq!(is_one_slip(other, one), slip, "{other} {one}");
        }
    }
}
