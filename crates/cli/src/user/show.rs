//! `user show`.

use ispmail_accounts::User;
use ispmail_auth::DefaultScheme;
use ispmail_password::{Disabled, Prefix, StoredPassword, unlock};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::manage::existing;
use crate::work::Work;
use crate::{Failure, leading};

/// What can be said of a stored password without telling it.
#[derive(Default)]
pub(super) struct Standing {
    /// Whether it is marked as locked.
    pub(super) locked: bool,
    /// Whether it is locked so that `user enable` can undo it.
    pub(super) undoable: bool,
    /// `None` for none, an empty one, one locked by hand, and one that cannot be read.
    stored: Option<StoredPassword>,
}

impl Standing {
    pub(super) fn of(user: &User, default_scheme: &DefaultScheme) -> Self {
        let Some(column) = &user.stored else { return Self::default() };
        let unlocked = if column.noscheme { None } else { unlock(&column.text) };
        let undoable = unlocked.is_some();
        let parsed = match unlocked {
            Some(text) => {
                default_scheme.parse(&ispmail_accounts::StoredColumn { text, noscheme: false })
            }
            None => default_scheme.parse(column),
        };
        let parsed = parsed.ok();
        let disabled = parsed.as_ref().and_then(StoredPassword::disabled);
        let locked = undoable || disabled == Some(Disabled::Locked);
        let stored = parsed.filter(|_| disabled.is_none());
        Self { locked, undoable, stored }
    }

    pub(super) fn scheme(&self) -> Option<&'static str> {
        Some(self.stored.as_ref()?.scheme().name())
    }

    fn cost(&self) -> Option<String> {
        Some(self.stored.as_ref()?.cost().to_string())
    }

    fn default_scheme_used(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.prefix() == Prefix::Bare)
    }
}

pub(super) async fn run(work: &mut Work<'_>, address: &str, answer: Answer) -> Result<(), Failure> {
    let user = existing(&mut work.manager, address).await?;
    let directories = work.directories()?;
    let home = directories.home(&user).await;
    let standing = Standing::of(&user, &DefaultScheme::new(&work.config.default_scheme)?);
    // Tables of one's own have no aliases that could be known.
    let aliases = if work.manager.layout().is_managed() {
        Some(leading::to_user(&mut work.manager, &user.address).await?.into_sources())
    } else {
        None
    };
    if answer.is_json() {
        answer.tell(
            "",
            json!({
                "address": user.address,
                "enabled": user.enabled,
                "locked": standing.locked,
                "quota": user.quota,
                "scheme": standing.scheme(),
                "default_scheme_used": standing.default_scheme_used(),
                "cost": standing.cost(),
                "home": home,
                "aliases": aliases.map_or(Value::Null, Value::from),
            }),
        );
        return Ok(());
    }
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let quota = user.quota.map_or("none".to_owned(), |bytes| format!("{bytes} bytes"));
    let scheme = match standing.scheme() {
        Some(scheme) if standing.default_scheme_used() => {
            format!("{scheme}, by its content or the default")
        }
        Some(scheme) => scheme.to_owned(),
        None => "none that could be used".to_owned(),
    };
    for (name, value) in [
        ("address", Some(user.address.escape_debug().to_string())),
        ("enabled", user.enabled.map(|enabled| yes(enabled).to_owned())),
        ("locked", Some(yes(standing.locked).to_owned())),
        ("quota", Some(quota)),
        ("scheme", Some(scheme)),
        ("cost", standing.cost()),
        ("home", Some(home.map_or("not known".to_owned(), |home| home.escape_debug().to_string()))),
        ("aliases", aliases.map(|aliases| named(&aliases))),
    ] {
        if let Some(value) = value {
            answer.hint(format_args!("{name}: {value}"));
        }
    }
    Ok(())
}

fn named(aliases: &[String]) -> String {
    if aliases.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = aliases.iter().map(|name| name.escape_debug().to_string()).collect();
    names.join(", ")
}
