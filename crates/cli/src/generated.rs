//! `completions` and `man`: what is made from the definitions of the commands.

use std::fmt::Write as _;
use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::{Exit, Failure, say};

const MANUAL: &str = "ISPmail";
/// Everybody may read a manual, whatever is kept from them otherwise.
const MODE: u32 = 0o644;

pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // First into memory: clap panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    // clap_complete 4.6 writes the hyphen of the program's name in two ways where bash compares
    // them, and then completes no subcommand.
    let script = String::from_utf8_lossy(&script).replace("ispmail__subcmd__pw", "ispmail__pw");
    let mut out = io::stdout().lock();
    out.write_all(script.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes the pages and prints their paths.
pub(crate) fn man(directory: &Path) -> Result<(), Failure> {
    // The page of `help` would say what every page says.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let source = format!("ispmail-pw {}", command.get_version().unwrap_or_default());
    pages(&command, &source, directory)
}

fn pages(command: &Command, source: &str, directory: &Path) -> Result<(), Failure> {
    let man = Man::new(command.clone()).source(source).manual(MANUAL);
    let path = directory.join(man.get_filename());
    write(&man, &path).map_err(|error| {
        Failure::new(Exit::Temporary, format!("cannot write {}: {error}", path.display()))
    })?;
    say(path.display());
    for subcommand in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        pages(subcommand, source, directory)?;
    }
    Ok(())
}

fn write(man: &Man, path: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut file = File::create(path)?;
    file.write_all(in_ascii(&String::from_utf8_lossy(&page)).as_bytes())?;
    file.set_permissions(Permissions::from_mode(MODE))
}

/// Other characters as escapes, which roff takes in every locale.
fn in_ascii(page: &str) -> String {
    let mut ascii = String::with_capacity(page.len());
    for character in page.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            // Into memory: it cannot fail.
            let _ = write!(ascii, "\\[u{:04X}]", u32::from(character));
        }
    }
    ascii
}
