use super::*;
use crate::crypt::sha256::testing::{calls, count};
use crate::{Ceilings, New, SchemeName};

const TARGET: u32 = 6_000;

fn name(scheme: &str) -> SchemeName {
    scheme.parse().unwrap()
}

fn parse(text: &str) -> StoredPassword {
    StoredPassword::parse(text.as_bytes(), name("PLAIN")).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text.into()).unwrap()
}

fn row(scheme: &str, rounds: u32) -> StoredPassword {
    let new = New { rounds: Some(rounds), ..New::default() };
    name(scheme).hash(&password("summersun"), new).unwrap()
}

fn policy() -> Policy {
    Policy::default().with_target(name("SHA256-CRYPT"), Some(TARGET)).unwrap()
}

/// An answer, and how many passes through the lanes there had been.
type Told = (usize, Result<Verdict, VerifyError>, usize);

/// The answers in the order of telling, and the rounds of each pass.
fn batch(
    policy: &Policy,
    rows: &[Option<StoredPassword>],
    typed: &str,
) -> (Vec<Told>, Vec<Vec<u32>>) {
    let typed = password(typed);
    let jobs: Vec<_> = rows.iter().map(|row| (row.as_ref(), &typed)).collect();
    calls();
    let mut told = Vec::new();
    policy.verify_batch(&jobs, |index, answer| told.push((index, answer, count())));
    (told, calls())
}

/// The rounds of each pass alone, the fewest first.
fn work(policy: &Policy, rows: &[Option<StoredPassword>], typed: &str) -> Vec<Vec<u32>> {
    let (_, mut passes) = batch(policy, rows, typed);
    for rounds in &mut passes {
        rounds.sort_unstable();
    }
    passes
}

/// An unknown login, locked and empty rows, plain and digests, and what crypt(3) does not take.
#[test]
fn refused_alone() {
    let policy = policy();
    for row in [
        None,
        Some(parse("{SHA256-CRYPT}!")),
        Some(parse("")),
        Some(row("PLAIN", 0)),
        Some(row("SSHA512", 0)),
        Some(row("CRAM-MD5", 0)),
    ] {
        assert_eq!(work(&policy, &[row], "wintersun"), [[TARGET]]);
    }
    assert_eq!(work(&policy, &[Some(row("SHA256-CRYPT", 1_000))], &"x".repeat(600)), [[TARGET]]);
    for (rounds, passes) in [
        (1_000, vec![[1_000], [5_000]]),
        (5_999, vec![[5_999], [1]]),
        (6_000, vec![[6_000]]),
        (9_000, vec![[9_000]]),
    ] {
        assert_eq!(work(&policy, &[Some(row("SHA256-CRYPT", rounds))], "wintersun"), passes);
        assert_eq!(work(&policy, &[Some(row("SHA256-CRYPT", rounds))], "summersun"), [[rounds]]);
    }
}

/// By the clock: what a value of another kind cost is taken off.
#[test]
fn refused_alone_after_other_work() {
    let policy = policy();
    for stored in [row("MD5-CRYPT", 0), row("SHA512-CRYPT", 1_000)] {
        let passes = work(&policy, &[Some(stored)], "wintersun");
        assert_eq!(passes[0], [1_000]);
        let rest = passes.get(1).map_or(0, |rest| rest[0]);
        assert!(rest < TARGET - 1_000 && passes.len() <= 2, "{passes:?}");
    }
    // As dear as the target, or dearer.
    let passes = work(&policy, &[Some(row("SHA512-CRYPT", 500_000))], "wintersun");
    assert_eq!(passes, [[1_000]]);
    // No time at all for a short password, but some for a very long one.
    let long = "x".repeat(Password::MAX);
    assert_eq!(work(&policy, &[Some(row("PLAIN-MD5", 0))], &long)[0], [1_000]);
    // Nothing of that for those who are let in.
    assert!(work(&policy, &[Some(row("MD5-CRYPT", 0))], "summersun").is_empty());
}

/// Whatever a row holds, its refusal fills a lane in both passes.
#[test]
fn refused_together() {
    let policy = policy();
    let others = || vec![Some(row("SHA256-CRYPT", 2_000)), Some(row("SHA256-CRYPT", 3_000)), None];
    let lasts =
        [None, Some(parse("!")), Some(row("PLAIN-MD5", 0)), Some(row("SHA256-CRYPT", 2_000))];
    for last in lasts {
        let mut rows = others();
        rows.push(last);
        let passes = [[2_000, 2_000, 2_000, 3_000], [3_000, 4_000, 4_000, 4_000]];
        assert_eq!(work(&policy, &rows, "wintersun"), passes);
    }
    // Weighed beforehand, together with all who are refused by then.
    let mut rows = others();
    rows.push(Some(row("DES-CRYPT", 0)));
    let done = work(&policy, &rows, "wintersun");
    assert_eq!(done[0], [1_000, 1_000]);
    assert_eq!((done[1].len(), done.len()), (4, 3));
    assert_eq!(work(&policy, &[None, None, None], "wintersun"), [[TARGET; 3]]);
    assert_eq!(work(&policy, &[], "wintersun"), Vec::<Vec<u32>>::new());
}

#[test]
fn each_told_once_and_refusals_last() {
    let rows = [
        Some(row("SHA512-CRYPT", 1_000)),
        None,
        Some(row("SHA256-CRYPT", 2_000)),
        Some(parse("{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252")),
        Some(row("SHA256-CRYPT", 1_001_000)),
        Some(parse("{PLAIN}wintersun")),
        Some(row("SHA256-CRYPT", 3_000)),
        Some(row("SSHA", 0)),
        Some(parse("{CRYPT}!")),
        Some(row("DES-CRYPT", 0)),
    ];
    let order = |told: &[Told]| -> Vec<_> {
        told.iter().map(|(index, _, passes)| (*index, *passes)).collect()
    };
    let (told, work) = batch(&policy(), &rows, "summersun");
    let early = [(3, 0), (4, 0), (7, 0), (9, 0), (2, 1), (6, 1), (0, 1)];
    let late = [(1, 2), (5, 2), (8, 2)];
    assert_eq!(order(&told), [&early[..], &late[..]].concat());
    assert_eq!(work.len(), 2);
    for (index, answer, _) in told {
        match index {
            3 => assert_eq!(answer, Err(VerifyError::LoginNeeded)),
            4 => assert!(matches!(answer, Err(VerifyError::CostTooHigh { .. }))),
            1 | 5 | 8 => assert_eq!(answer, Ok(Verdict::Mismatch)),
            _ => assert_eq!(answer, Ok(Verdict::Match)),
        }
    }
    let (told, work) = batch(&policy(), &rows, "sommersun");
    let all = work.len();
    let refused = [0, 1, 2, 5, 6, 7, 8, 9].map(|index| (index, all));
    assert_eq!(order(&told), [&[(3, 0), (4, 0)][..], &refused[..]].concat());
}

#[test]
fn offline_nothing_is_topped_up() {
    let policy = policy().offline();
    let rows =
        [None, Some(row("SHA256-CRYPT", 2_000)), Some(row("MD5-CRYPT", 0)), Some(parse("!"))];
    assert_eq!(work(&policy, &rows, "wintersun"), [[2_000]]);
}

#[test]
fn what_is_not_allowed_costs_nothing() {
    let low = Ceilings { rounds: 1_000, ..Ceilings::default() };
    let low = Policy::default().with_target(name("PLAIN"), None).unwrap().with_ceilings(low);
    let none = policy().with_allowed(&[]);
    for policy in [low.unwrap(), none] {
        let (told, work) = batch(&policy, &[Some(row("SHA256-CRYPT", 2_000))], "wintersun");
        assert!(told[0].1.is_err() && work.is_empty());
    }
}

/// A new value is made for each refusal that has not cost as much already, after all matches.
#[test]
fn other_targets() {
    let rows = [
        None,
        Some(row("SHA256-CRYPT", 2_000)),
        Some(row("SHA512-CRYPT", 1_000)),
        Some(parse("!")),
    ];
    let target = Policy::default().with_target(name("SHA512-CRYPT"), Some(1_000)).unwrap();
    let (told, work) = batch(&target, &rows, "summersun");
    assert_eq!(told.iter().map(|(index, ..)| *index).collect::<Vec<_>>(), [1, 2, 0, 3]);
    assert_eq!(work, [[2_000]]);
}
