//! `import`.

mod errors;

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use ispmail_accounts::{
    Access, Error, Import, ImportRules, Imported, Layout, Manager, NewUser, Record, names,
};
use ispmail_auth::config::Config;
use ispmail_password::{Prefix, lock};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{ImportArguments, SourceArguments};
use crate::batch::Progress;
use crate::manage::{connect, load, wait};
use crate::new_password::judge;
use crate::transfer::{Chunk, Chunks, Format, Hashing, Judge, Numbered, Ready, RecordError};
use crate::{Exit, Failure};
use errors::Errors;

pub(crate) fn run(source: SourceArguments, arguments: &ImportArguments) -> Result<(), Failure> {
    let config = load(source)?;
    let answer = Answer::from(arguments.change);
    let file = arguments.file.as_deref().filter(|file| *file != Path::new("-"));
    let input = open(file)?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        if arguments.change.dry_run {
            manager.pretend().await?;
        }
        let progress = Progress::of_import(&input);
        let format = arguments.format.or_else(|| Format::of_name(file?));
        let hashing = hashing(&config, manager.layout(), arguments.accept_weak)?;
        let done =
            import(&mut manager, arguments, progress, || Chunks::start(input, format, hashing));
        let done = done.await?;
        manager.close().await;
        match done {
            Ok(done) => tell(answer, done),
            Err(errors) => return Err(errors.tell(answer)),
        }
        Ok(())
    })
}

fn open(file: Option<&Path>) -> Result<File, Failure> {
    if let Some(file) = file {
        let unread = |error| Failure::new(Exit::Data, format!("{}: {error}", file.display()));
        return File::open(file).map_err(unread);
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        // Passwords would be on the screen.
        let message = "import reads a file or a pipe, not a terminal";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(stdin.as_fd().try_clone_to_owned()?.into())
}

fn hashing(config: &Config, layout: &Layout<'_>, accept_weak: bool) -> Result<Hashing, Failure> {
    let scheme = &config.default_scheme;
    let unknown = |_| scheme.origin.invalid("the default scheme is unknown");
    let least = config.min_length;
    let judge: Judge = if accept_weak {
        Box::new(|_, _| Ok(()))
    } else {
        Box::new(move |password, address| {
            judge(password, address, least).map_err(|weak| weak.to_string())
        })
    };
    Ok(Hashing {
        policy: config.policy.clone(),
        prefix: if layout.with_prefix { Prefix::Scheme } else { Prefix::Bare },
        default_scheme: scheme.text.parse().map_err(unknown)?,
        judge,
    })
}

/// Adds all records in one transaction, or says what is wrong with them and adds none.
async fn import(
    manager: &mut Manager<'_>,
    arguments: &ImportArguments,
    mut progress: Progress,
    start: impl FnOnce() -> io::Result<Chunks>,
) -> Result<Result<Imported, Errors>, Failure> {
    let rules =
        ImportRules { skip_existing: arguments.skip_existing, add_domains: arguments.add_domains };
    let layout = *manager.layout();
    let mut table = Table::new(&layout, manager.import(rules).await?);
    let mut chunks = start()?;
    let mut errors = Errors::default();
    while let Some(Chunk { records, done }) = chunks.next() {
        let count = records.len();
        table.add(records, &mut errors).await?;
        progress.advance(count, done);
        errors.count_records(count);
        if !errors.is_empty() {
            chunks.are_in_vain();
        }
        if errors.are_final() {
            break;
        }
    }
    drop(progress);
    let done = table.import.done();
    if errors.is_empty() {
        table.import.commit().await?;
        return Ok(Ok(done));
    }
    // Where even that fails, the database does it by itself.
    let _ = table.import.roll_back().await;
    Ok(Err(errors))
}

/// Where the records go.
struct Table<'l, 'm, 'a> {
    layout: &'l Layout<'a>,
    import: Import<'m, 'a>,
    /// The lines on which the addresses of users stand, by hashes of them: there may be many.
    lines: HashMap<u64, u64>,
    hasher: RandomState,
}

impl<'l, 'm, 'a> Table<'l, 'm, 'a> {
    fn new(layout: &'l Layout<'a>, import: Import<'m, 'a>) -> Self {
        Self { layout, import, lines: HashMap::new(), hasher: RandomState::new() }
    }

    /// Errors are of the file, or of the tables; a database that is away is neither.
    async fn add(
        &mut self,
        read: Vec<Result<Numbered<Ready>, RecordError>>,
        errors: &mut Errors,
    ) -> Result<(), Failure> {
        let mut ready = Vec::with_capacity(read.len());
        let mut found = Vec::new();
        for record in read {
            match record.and_then(|record| self.fit(record)) {
                Ok(record) => ready.push(record),
                Err(RecordError::Bad { line, message }) => {
                    found.push((line, message, Exit::Data));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let records: Vec<_> = ready.iter().map(|record| as_record(&record.item)).collect();
        for (place, error) in self.import.add(&records).await? {
            let line = ready.get(place).map_or(0, |record| record.line);
            let message = told(&error);
            let exit = if error.is_of_input() { Exit::Data } else { Failure::from(error).exit };
            found.push((line, message, exit));
        }
        found.sort_by_key(|(line, ..)| *line);
        for (line, message, exit) in found {
            errors.add(line, message, exit);
        }
        Ok(())
    }

    /// What the layout has a place for, as it has it.
    fn fit(&mut self, record: Numbered<Ready>) -> Result<Numbered<Ready>, RecordError> {
        let Numbered { line, mut item } = record;
        if let Ready::User { address, stored, quota, enabled } = &mut item {
            if quota.is_some() && !self.layout.has_quota() {
                let message = format!("quota: the layout {} has none", self.layout.name);
                return Err(RecordError::new(line, message));
            }
            if *enabled == Some(false) && !self.layout.has_flag() {
                let locked = lock(stored.as_bytes());
                let locked = str::from_utf8(&locked).unwrap_or_default();
                *stored = locked.to_owned().into();
            }
            self.demand_new(line, address)?;
        }
        Ok(Numbered { line, item })
    }

    fn demand_new(&mut self, line: u64, address: &str) -> Result<(), RecordError> {
        // A bad one is refused later.
        let Ok(address) = names::address(address) else { return Ok(()) };
        match self.lines.insert(self.hasher.hash_one(&address), line) {
            None => Ok(()),
            Some(before) => {
                let message = format!("{address} stands on line {before} already");
                Err(RecordError::new(line, message))
            }
        }
    }
}

fn as_record(ready: &Ready) -> Record<'_> {
    match ready {
        Ready::Domain { name } => Record::Domain(name),
        Ready::Alias { source, destinations } => Record::Alias { source, destinations },
        Ready::User { address, stored, quota, enabled } => Record::User(NewUser {
            address,
            stored,
            quota: *quota,
            enabled: enabled.unwrap_or(true),
        }),
    }
}

fn told(error: &Error) -> String {
    match error {
        Error::NoDomain(_) => format!("{error}; --add-domains adds those that are missing"),
        _ => error.to_string(),
    }
}

fn tell(answer: Answer, done: Imported) {
    let Imported { domains, users, aliases, skipped } = done;
    let mut line = format!(
        "Added {}, {} and {}.",
        counted(domains, "domain", "domains"),
        counted(users, "user", "users"),
        counted(aliases, "alias", "aliases")
    );
    if skipped > 0 {
        let users = counted(skipped, "user", "users");
        line = format!("{line} Left {users} as they were.");
    }
    let fields = json!({
        "action": "import",
        "domains": domains,
        "users": users,
        "aliases": aliases,
        "skipped": skipped,
    });
    answer.tell(line, fields);
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
