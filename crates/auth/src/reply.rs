use ispmail_accounts::{Account, Field, Template, Values};
use zeroize::Zeroizing;

/// What Dovecot is told about an account.
pub struct Reply {
    /// The login name that the row has.
    pub user: String,
    /// Home directory; never empty.
    pub home: Vec<u8>,
    /// uid, a number or (as the administrator's query gave it) a name.
    pub uid: Vec<u8>,
    /// gid, a number or a name.
    pub gid: Vec<u8>,
    /// Other fields for the userdb, names without `userdb_`.
    pub userdb: Vec<Field>,
    /// Other fields for the passdb.
    pub extra: Vec<Field>,
    /// The stored password, on a credentials look-up that can use it.
    pub credentials: Option<Credentials>,
}

/// A stored password with its `{SCHEME}`. No `Debug`; wiped when it is dropped.
pub struct Credentials(pub Zeroizing<Vec<u8>>);

/// What an account has that its row does not say.
pub(crate) struct Defaults {
    pub(crate) home: Template,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Reply {
    pub(crate) fn new(
        account: Account,
        defaults: &Defaults,
        values: &Values,
    ) -> Result<Self, &'static str> {
        let Account { user, mut userdb, extra, .. } = account;
        if !userdb.iter().chain(&extra).all(|field| can_be_named(&field.name)) {
            return Err("a column of the query has a name that no field of Dovecot's can have");
        }
        let mut take = |name: &str| {
            let position = userdb.iter().position(|field| field.name == name)?;
            Some(userdb.remove(position).value).filter(|value| !value.is_empty())
        };
        let (home, uid, gid) = (take("home"), take("uid"), take("gid"));
        let home = match home {
            Some(home) => home,
            None => home_from(&defaults.home, &user, values)?,
        };
        Ok(Self {
            home,
            uid: uid.unwrap_or_else(|| defaults.uid.to_string().into_bytes()),
            gid: gid.unwrap_or_else(|| defaults.gid.to_string().into_bytes()),
            user,
            userdb,
            extra,
            credentials: None,
        })
    }

    pub(crate) fn with_credentials(mut self, credentials: Option<Credentials>) -> Self {
        self.credentials = credentials;
        self
    }
}

/// Names stand before a `=`, in lists with spaces, and as variables of an environment.
fn can_be_named(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=')
}

/// Fills the template from the row's login name, which must not lead out of the directories that
/// the template means.
fn home_from(template: &Template, user: &str, values: &Values) -> Result<Vec<u8>, &'static str> {
    let (local, domain) = user.split_once('@').unwrap_or((user, ""));
    for (name, part) in [("user", user), ("username", local), ("domain", domain)] {
        if !template.uses(name) {
            continue;
        }
        if part.is_empty() {
            return Err("the home template needs a local part and a domain; the login lacks one");
        }
        if part.contains(['/', '\0']) || matches!(part, "." | "..") {
            return Err("the login of the row cannot be part of a path");
        }
    }
    let home = template.expand(&values.clone().with_user(user));
    // A width (`%2n`) can cut a harmless name down to two dots.
    if home.split(|&byte| byte == b'/').any(|part| part == b"..") {
        return Err("the login of the row cannot be part of a path");
    }
    Ok(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes() {
        let template = Template::parse("/var/vmail/%d/%n").unwrap();
        let home = |user: &str| home_from(&template, user, &Values::default());
        assert_eq!(home("john@example.org").unwrap(), b"/var/vmail/example.org/john");
        for user in ["john", "@example.org", "..@example.org", "john@..", "a/b@example.org", "."] {
            assert!(home(user).is_err(), "{user}");
        }
        let short = Template::parse("/var/vmail/%2n").unwrap();
        assert!(home_from(&short, "..x@example.org", &Values::default()).is_err());
    }
}
