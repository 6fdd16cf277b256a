//! `ispmail-pw identify`.

mod report;

use std::io::{self, IsTerminal as _, Write as _};

use ispmail_password::{Disabled, ParseError, Policy, SchemeName, StoredPassword, identify};

use report::Report;

use crate::arguments::IdentifyArguments;
use crate::batch::{self, Output};
use crate::{Failure, prompt};

pub(crate) fn run(arguments: &IdentifyArguments) -> Result<(), Failure> {
    let policy = Policy::default();
    let tell = |number, text: Result<&[u8], String>, output: &mut Output| {
        let report = match text.map(|text| readings(text, arguments.default_scheme)) {
            Ok(read) => Report::of(number, read, &policy),
            Err(error) => Report::of_bad_line(number, error),
        };
        if arguments.json { output.json(&report) } else { report.write(&policy, output) }
    };
    if !io::stdin().is_terminal() {
        return batch::each_chunk(|lines, output| {
            for line in lines {
                tell(line.number, line.text(), output)?;
            }
            Ok(lines.iter().filter(|line| line.text().is_err()).count())
        });
    }
    let mut output = Output::new();
    let mut number = 0;
    while let Some(text) = prompt::another_stored_password()? {
        number += 1;
        tell(number, Ok(&text), &mut output)?;
        output.flush()?;
    }
    Ok(())
}

/// All that it may be, the most telling first.
fn readings(
    text: &[u8],
    default_scheme: Option<SchemeName>,
) -> Result<Vec<StoredPassword>, ParseError> {
    if let Some(scheme) = default_scheme {
        return Ok(vec![StoredPassword::parse(text, scheme)?]);
    }
    let mut readings = identify(text)?;
    // Without a prefix every scheme but PLAIN takes it for a locked one.
    let usual = StoredPassword::parse(text, Policy::default().target());
    let locked = usual.ok().filter(|usual| usual.disabled() == Some(Disabled::Locked));
    if let Some(locked) = locked
        && readings.iter().all(|reading| reading.disabled().is_none())
    {
        readings.insert(0, locked);
    }
    Ok(readings)
}
