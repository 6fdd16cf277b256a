//! `ispmail-pw schemes`: the table of schemes, for people.

use std::io::Write as _;

use ispmail_password::{SCHEMES, Scheme, Secrecy};

use crate::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let row = |columns: [&str; 5]| {
        let [name, aliases, cost, protection, dovecot] = columns;
        format!("{name:<14}{aliases:<26}{cost:<16}{protection:<24}{dovecot}").trim_end().to_owned()
    };
    writeln!(out, "{}", row(["scheme", "also called", "cost", "protection", "Dovecot 2.4"]))?;
    for scheme in SCHEMES {
        let aliases = scheme.aliases().join(", ");
        let cost = scheme.rounds().map_or("fixed", |rounds| rounds.unit);
        let dovecot = if scheme.refused_by_dovecot_2_4() { "refused" } else { "taken" };
        writeln!(out, "{}", row([scheme.name(), &aliases, cost, protection(scheme), dovecot]))?;
    }
    Ok(())
}

fn protection(scheme: &Scheme) -> &'static str {
    match (scheme.secrecy(), scheme.salted()) {
        (Secrecy::Plain, _) => "none: weak",
        (Secrecy::FastHash, false) => "fast, unsalted: weak",
        (Secrecy::FastHash, true) => "fast, salted: weak",
        (Secrecy::SlowHash, _) => "slow, salted",
    }
}
