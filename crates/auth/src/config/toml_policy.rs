//! `[policy]` of our own configuration file.

use std::ops::RangeInclusive;

use ispmail_password::{Ceilings, Cost, ParseError, Policy, Scheme, SchemeName};

use super::ConfigError;
use super::toml_section::Section;

pub(super) const KEYS: &[&str] = &[
    "scheme",
    "rounds",
    "max_rounds",
    "max_iterations",
    "max_bcrypt_cost",
    "max_memory_mib",
    "allowed_schemes",
    "min_length",
];

/// Rounds of SHA256-CRYPT that are worth writing down.
const ROUNDS: RangeInclusive<u32> = 1_000..=999_999_999;
/// From what refuses nothing but an empty one to what no phrase that is typed has.
const MIN_LENGTHS: RangeInclusive<u32> = 1..=256;
/// The fewest passes that a ceiling of memory must leave room for, as the default does.
const PASSES: u64 = 8;

pub(super) fn read(section: &Section<'_>) -> Result<Policy, ConfigError> {
    let mut policy = Policy::default();
    if let Some(written) = section.strings("allowed_schemes")? {
        policy = policy.with_allowed(&allowed(section, &written)?);
    }
    let ceilings = ceilings(section, policy.ceilings())?;
    // The default target may be over a ceiling that the target asked for is not over.
    let policy = without_ceilings(section, policy)?;
    let (target, rounds) = target(section)?;
    let target_key = if rounds.is_some() { "rounds" } else { "scheme" };
    let policy = policy.with_target(target, rounds.or_else(|| default_rounds(target)));
    let policy = policy.map_err(|error| section.wrong(target_key, &error.to_string()))?;
    if !policy.allows_new() {
        let problem = format!("expected {target} among them, the scheme of new passwords");
        return Err(section.wrong("allowed_schemes", &problem));
    }
    policy.with_ceilings(ceilings).map_err(|error| {
        let key = CEILINGS.iter().find(|key| section.has(key));
        section.wrong(key.unwrap_or(&target_key), &format!("new passwords: {error}"))
    })
}

/// The fewest characters of a new password.
pub(super) fn min_length(section: &Section<'_>) -> Result<Option<usize>, ConfigError> {
    let length = section.number("min_length", MIN_LENGTHS)?;
    Ok(length.and_then(|length| usize::try_from(length).ok()))
}

const CEILINGS: &[&str] = &["max_rounds", "max_iterations", "max_bcrypt_cost", "max_memory_mib"];

fn without_ceilings(section: &Section<'_>, policy: Policy) -> Result<Policy, ConfigError> {
    policy
        .with_ceilings(Ceilings::NONE)
        .map_err(|error| section.wrong("scheme", &error.to_string()))
}

/// The project's own choice for SHA256-CRYPT, else `doveadm pw`'s.
fn default_rounds(target: SchemeName) -> Option<u32> {
    let ours = Policy::default();
    match ours.target_cost() {
        Cost::Rounds(rounds) if target.scheme() == ours.target().scheme() => Some(rounds),
        _ => None,
    }
}

fn target(section: &Section<'_>) -> Result<(SchemeName, Option<u32>), ConfigError> {
    let target = match section.string("scheme")? {
        None => Policy::default().target(),
        Some(name) => name.parse().map_err(|error| expected_name(section, "scheme", error))?,
    };
    if target.scheme().weak() {
        let problem = format!("{target} is weak; expected a slow hash such as SHA256-CRYPT");
        return Err(section.wrong("scheme", &problem));
    }
    let range = target.scheme().rounds().map_or(ROUNDS, |range| range.min..=range.max);
    Ok((target, section.number("rounds", range)?))
}

fn ceilings(section: &Section<'_>, default: Ceilings) -> Result<Ceilings, ConfigError> {
    let bcrypt = section.number("max_bcrypt_cost", 4..=31)?;
    let mib = section.number("max_memory_mib", 1..=1 << 20)?.map(u64::from);
    Ok(Ceilings {
        rounds: section.number("max_rounds", ROUNDS)?.unwrap_or(default.rounds),
        iterations: section
            .number("max_iterations", 4_096..=u32::MAX)?
            .unwrap_or(default.iterations),
        bcrypt: bcrypt.and_then(|cost| u8::try_from(cost).ok()).unwrap_or(default.bcrypt),
        kib: mib.map_or(default.kib, |mib| mib << 10),
        kib_passes: mib.map_or(default.kib_passes, |mib| PASSES * (mib << 10)),
    })
}

fn allowed(
    section: &Section<'_>,
    written: &[(&str, super::Origin)],
) -> Result<Vec<&'static Scheme>, ConfigError> {
    let names = written.iter().map(|(name, _)| {
        let name: Result<SchemeName, _> = name.parse();
        name.map(SchemeName::scheme)
            .map_err(|error| expected_name(section, "allowed_schemes", error))
    });
    names.collect()
}

fn expected_name(section: &Section<'_>, key: &str, error: ParseError) -> ConfigError {
    section.wrong(key, &format!("{error}; expected a name such as SHA256-CRYPT"))
}
