//! Where mail lies on the disk, which no change in the tables moves or removes.

use ispmail_accounts::{Homes, Manager, Template, User, Values, names};
use ispmail_auth::config::{Config, Queries};
use ispmail_auth::{Authenticator, LookUp, Request, Wanted};
use zeroize::Zeroizing;

use crate::Failure;
use crate::answer::Answer;
use crate::arguments::SourceArguments;
use crate::manage;
use crate::words::quoted;

/// The home directories of users, as a sign-in gives them.
pub(crate) struct Directories {
    authenticator: Authenticator,
    homes: Homes,
    /// Whether the administrator's own query says where homes are.
    by_query: bool,
}

/// Most commands or directories that people are shown; scripts get all.
pub(crate) const MOST_SHOWN: usize = 10;

impl Directories {
    pub(crate) fn new(
        source: SourceArguments,
        config: &Config,
        manager: &Manager<'_>,
    ) -> Result<Self, Failure> {
        let by_query = matches!(&config.queries, Queries::Own { .. });
        let authenticator = manage::authenticator(source, manager)?;
        Ok(Self { authenticator, homes: manage::homes(config)?, by_query })
    }

    /// Of a user who is in the tables; `None` where nothing sure can be said.
    pub(crate) async fn home(&self, user: &User) -> Option<String> {
        if let Some(home) = &user.home {
            return Some(home.clone());
        }
        let request = Request {
            login: user.address.clone().into_bytes(),
            password: Zeroizing::default(),
            values: Values::default(),
        };
        match self.authenticator.look_up(request, &Wanted::User).await {
            LookUp::Found(reply) => String::from_utf8(reply.home).ok(),
            // Found by no sign-in as long as it is disabled.
            LookUp::Unknown | LookUp::CouldNotLook(_) => self.by_template(&user.address),
        }
    }

    /// Of an address that is to be, by the configuration's template alone.
    pub(crate) fn by_template(&self, address: &str) -> Option<String> {
        // Only what can be part of a path: nothing made by hand.
        let safe = names::address(address).is_ok_and(|safe| safe == address.to_ascii_lowercase());
        (safe && !self.by_query).then(|| self.expand(&address.to_ascii_lowercase())).flatten()
    }

    /// The directory that holds the homes of a domain and nothing else, if the template has one.
    pub(crate) fn of_domain(&self, domain: &str) -> Option<String> {
        if self.by_query {
            return None;
        }
        let home = |address: String| self.expand(&address);
        let (one, two) = (home(format!("a@{domain}"))?, home(format!("b@{domain}"))?);
        let elsewhere = home(format!("a@{ELSEWHERE}"))?;
        let parts = |home: &str| home.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (one, two, elsewhere) = (parts(&one), parts(&two), parts(&elsewhere));
        let shared = one.iter().zip(&two).take_while(|(one, two)| one == two).count();
        let is_its_own = |&index: &usize| {
            let part = one.get(index);
            part != elsewhere.get(index) && part.is_some_and(|part| part.contains(domain))
        };
        let last = (0..shared).rev().find(is_its_own)?;
        one.get(..=last).map(|parts| parts.join("/"))
    }

    /// The commands that move a directory; none where there is nothing to move.
    pub(crate) fn moves(&self, old: Option<&str>, new: Option<&str>) -> Vec<String> {
        let (Some(old), Some(new)) = (old, new) else { return Vec::new() };
        if old == new || [old, new].iter().any(|path| path.contains(char::is_control)) {
            return Vec::new();
        }
        let mut commands = Vec::new();
        let parent = |path: &str| path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        if let Some(into) = parent(new).filter(|into| !into.is_empty())
            && parent(old).as_ref() != Some(&into)
        {
            let (into, Homes { uid, gid, .. }) = (quoted(&into), &self.homes);
            commands.push(format!("[ -d {into} ] || install -d -o {uid} -g {gid} -m 0700 {into}"));
        }
        // -T: into no directory that is there by that name.
        commands.push(format!("mv -T {} {}", quoted(old), quoted(new)));
        commands
    }

    /// Whether the administrator's own query says where homes are, so that those of many are not
    /// known.
    pub(crate) fn are_by_query(&self) -> bool {
        self.by_query
    }

    fn expand(&self, address: &str) -> Option<String> {
        String::from_utf8(expand(&self.homes.home, address)).ok()
    }
}

/// Tells people which commands move the mail, after a sentence that says why.
pub(crate) fn tell_moves(answer: Answer, why: &str, commands: &[String]) {
    if commands.is_empty() {
        return;
    }
    answer.hint(format_args!("{why} As root, while no mail comes in:"));
    for command in commands.iter().take(MOST_SHOWN) {
        answer.hint(format_args!("  {command}"));
    }
    if let Some(more @ 1..) = commands.len().checked_sub(MOST_SHOWN) {
        answer.hint(format_args!("and {more} more; --json has them all"));
    }
}

fn expand(home: &Template, address: &str) -> Vec<u8> {
    home.expand(&Values::new(address))
}

/// A domain that no other is equal to.
const ELSEWHERE: &str = "0.invalid";
