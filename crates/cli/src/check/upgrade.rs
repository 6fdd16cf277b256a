//! Whether stored passwords can be replaced at sign-in.

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Error, Swapped, Upgrades, Values};
use ispmail_auth::config::{Config, Queries};
use ispmail_auth::upgrade_statement;

use super::{ASK_ABOUT_SERVER, NOBODY, Report};

/// Has the database of `[upgrade]` replace the stored password of a login that cannot exist: it
/// changes nothing, and asks for all the rights.
pub(super) async fn examine(config: &Config, report: &mut Report) {
    let Some(upgrade) = &config.upgrade else { return };
    // What is wrong with the statement has been said.
    let Ok(statement) = upgrade_statement(config, upgrade) else { return };
    let place = upgrade.endpoints.first().map(Endpoint::place).unwrap_or_default();
    let upgrades = Upgrades::new(upgrade.endpoints.clone(), upgrade.timeouts, statement);
    let (old, new) = (b"!ispmail-pw check: old", b"!ispmail-pw check: new");
    match upgrades.swap(NOBODY, &Values::new(NOBODY), old, new).await {
        Ok(Swapped::Changed) => report.ok(format_args!(
            "upgrade at sign-in: the database account may replace stored passwords at {place}"
        )),
        // One row that is not this login's comes back as one that did not take the value.
        Ok(Swapped::Done) | Err(Error::SeveralRows(_) | Error::TooNarrow { .. }) => {
            report.fix(format_args!(
                "upgrade at sign-in: the statement changes rows for {NOBODY}: has it a WHERE with \
                 '%u' and '%{{old_password}}'?"
            ));
        }
        Err(error @ (Error::Connect { .. } | Error::Down { .. })) => {
            report.fix(format_args!("upgrade at sign-in: {error}. {ASK_ABOUT_SERVER}"));
        }
        Err(error) => report.fix(format_args!(
            "upgrade at sign-in: {error}. May the database account of [upgrade] do that?{}",
            grants(config)
        )),
    }
}

/// What the account needs in the tables of a layout.
fn grants(config: &Config) -> String {
    if matches!(config.queries, Queries::Own { .. }) {
        return String::new();
    }
    let layout = config.layout();
    let (users, column) = layout.stored_column();
    let others = layout.sign_in_tables().filter(|table| *table != users);
    let others: Vec<String> = others.map(|table| format!("; GRANT SELECT ON {table}")).collect();
    format!(" GRANT SELECT, UPDATE ({column}) ON {users}{}", others.concat())
}
