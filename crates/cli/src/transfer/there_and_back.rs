//! What the fuzz target of imports asks for.

use super::{Entries, Entry, Exported, Format, NewUser, Secret, What, Writer};

/// Reads accounts as `import` does, writes each as `export` does, and reads that again.
///
/// # Errors
///
/// Says which record did not come back, and in which format.
pub fn there_and_back(file: &[u8]) -> Result<(), String> {
    let mut last = 0;
    for entry in Entries::new(file, None) {
        let Ok(entry) = entry else { continue };
        if entry.line <= last {
            return Err(format!("line {} comes after line {last}", entry.line));
        }
        last = entry.line;
        for format in [Format::Csv, Format::Ndjson] {
            comes_back(&entry.item, format).map_err(|why| format!("line {last}: {why}"))?;
        }
    }
    Ok(())
}

fn comes_back(entry: &Entry, format: Format) -> Result<(), String> {
    let (what, record) = match entry {
        Entry::Domain { name } => (What::Domains, Exported::Domain { domain: name }),
        Entry::Alias { source, destinations } => {
            (What::Aliases, Exported::Alias { source, destinations })
        }
        // Plain passwords are never written.
        Entry::User(NewUser { secret: Secret::Plain(_), .. }) => return Ok(()),
        Entry::User(NewUser { address, secret: Secret::Stored(stored), quota, enabled }) => {
            let stored = Some(stored.as_str());
            (What::Users, Exported::User { address, stored, quota: *quota, enabled: *enabled })
        }
    };
    let mut writer = Writer::new(Vec::new(), format, what, true);
    let written = writer.write(&record).and_then(|()| writer.finish());
    let written = written.map_err(|error| error.to_string())?;
    let mut again = Entries::new(written.as_slice(), Some(format));
    let same = matches!(again.next(), Some(Ok(again)) if is_same(entry, &again.item));
    if same && again.next().is_none() {
        return Ok(());
    }
    // Without a word of it: it holds stored passwords.
    Err(format!("does not come back as {format:?}"))
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    match (one, other) {
        (Entry::Domain { name: one }, Entry::Domain { name: other }) => one == other,
        (
            Entry::Alias { source: one, destinations: to_one },
            Entry::Alias { source: other, destinations: to_other },
        ) => one == other && to_one == to_other,
        (Entry::User(one), Entry::User(other)) => {
            let same_secret = match (&one.secret, &other.secret) {
                (Secret::Stored(one), Secret::Stored(other)) => one == other,
                _ => false,
            };
            let fields = |user: &NewUser| (user.address.clone(), user.quota, user.enabled);
            same_secret && fields(one) == fields(other)
        }
        _ => false,
    }
}
