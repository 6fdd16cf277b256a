//! Aliases that lead to somebody, and do so still when nobody is there any more.

use ispmail_accounts::{Alias, Error, Manager};

use crate::answer::Answer;
use crate::directories::MOST_SHOWN;

/// Sources of aliases.
pub(crate) struct Leading {
    sources: Vec<String>,
}

impl Leading {
    /// All of them.
    pub(crate) fn into_sources(self) -> Vec<String> {
        self.sources
    }

    /// Says that they lead nowhere now.
    pub(crate) fn tell(&self, answer: Answer) {
        let number = self.sources.len();
        if number == 0 {
            return;
        }
        let first = self.sources.iter().take(MOST_SHOWN);
        let mut names: Vec<String> = first.map(|name| name.escape_debug().to_string()).collect();
        if let Some(more @ 1..) = number.checked_sub(MOST_SHOWN) {
            names.push(format!("and {more} more"));
        }
        let names = names.join(", ");
        let aliases = if number == 1 { "1 alias leads" } else { &format!("{number} aliases lead") };
        answer.hint(format_args!("{aliases} there still: {names}"));
    }
}

/// Those that lead to a user.
pub(crate) async fn to_user(manager: &mut Manager<'_>, address: &str) -> Result<Leading, Error> {
    collect(manager, |alias| {
        alias.destinations.iter().any(|destination| destination.eq_ignore_ascii_case(address))
    })
    .await
}

/// Those of other domains that lead into a domain.
pub(crate) async fn into_domain(manager: &mut Manager<'_>, domain: &str) -> Result<Leading, Error> {
    let is_inside = |address: &str| {
        address.rsplit_once('@').is_some_and(|(_, host)| host.eq_ignore_ascii_case(domain))
    };
    collect(manager, |alias| {
        let leads = alias.destinations.iter().any(|destination| is_inside(destination));
        leads && !is_inside(&alias.source)
    })
    .await
}

async fn collect(
    manager: &mut Manager<'_>,
    leads: impl Fn(&Alias) -> bool,
) -> Result<Leading, Error> {
    let mut sources = Vec::new();
    let each = manager.each_alias(|alias| {
        if leads(&alias) {
            sources.push(alias.source);
        }
        Ok::<(), Error>(())
    });
    each.await?;
    Ok(Leading { sources })
}
