//! `ispmail-pw schemes`: the table of schemes.

use std::io::Write as _;

use ispmail_password::{SCHEMES, Scheme, Secrecy};
use serde::Serialize;

use crate::Failure;
use crate::arguments::SchemesArguments;
use crate::batch::Output;
use crate::words::secrecy;

const HEAD: [&str; 5] = ["scheme", "also called", "cost", "protection", "Dovecot 2.4"];

pub(crate) fn run(arguments: &SchemesArguments) -> Result<(), Failure> {
    let mut output = Output::new();
    if arguments.json {
        for scheme in SCHEMES {
            output.json(&Fields::of(scheme))?;
        }
    } else {
        write!(output, "{}", table())?;
    }
    Ok(output.flush()?)
}

fn table() -> String {
    let rows = SCHEMES.iter().map(|scheme| {
        let cost = scheme.rounds().map_or("fixed", |rounds| rounds.unit);
        let dovecot = if scheme.refused_by_dovecot_2_4() { "refused" } else { "taken" };
        [scheme.name(), &scheme.aliases().join(", "), cost, protection(scheme), dovecot]
            .map(str::to_owned)
    });
    let rows: Vec<[String; 5]> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, column) in widths.iter_mut().zip(row) {
            *width = column.len().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let columns = row.iter().zip(widths).map(|(column, width)| format!("{column:<width$}"));
        let line = columns.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text += "\n";
    }
    text
}

fn protection(scheme: &Scheme) -> &'static str {
    match (scheme.secrecy(), scheme.salted()) {
        (Secrecy::Plain, _) => "none: weak",
        (Secrecy::FastHash, false) => "fast, unsalted: weak",
        (Secrecy::FastHash, true) => "fast, salted: weak",
        (Secrecy::SlowHash, _) => "slow, salted",
    }
}

/// A scheme as JSON.
#[derive(Serialize)]
struct Fields {
    scheme: &'static str,
    aliases: &'static [&'static str],
    cost: Option<CostFields>,
    strength: &'static str,
    salted: bool,
    weak: bool,
    refused_by_dovecot_2_4: bool,
}

#[derive(Serialize)]
struct CostFields {
    unit: &'static str,
    min: u32,
    max: u32,
    default: u32,
}

impl Fields {
    fn of(scheme: &Scheme) -> Self {
        Self {
            scheme: scheme.name(),
            aliases: scheme.aliases(),
            cost: scheme.rounds().map(|rounds| CostFields {
                unit: rounds.unit,
                min: rounds.min,
                max: rounds.max,
                default: rounds.default,
            }),
            strength: secrecy(scheme.secrecy()),
            salted: scheme.salted(),
            weak: scheme.weak(),
            refused_by_dovecot_2_4: scheme.refused_by_dovecot_2_4(),
        }
    }
}
