use std::time::{Duration, Instant};

use ispmail_password::SchemeName;

use super::*;

const STORED: &[u8] =
    b"{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";

fn attempt(stored: Option<&[u8]>, password: &str) -> Arc<Attempt> {
    let scheme: SchemeName = "PLAIN-MD5".parse().unwrap();
    let stored = stored.map(|text| StoredPassword::parse(text, scheme).unwrap());
    Arc::new(Attempt { stored, password: Password::new(password.into()).unwrap() })
}

fn verifier(threads: usize, waiting: usize) -> Verifier {
    Verifier::start(Policy::default(), Some(threads), waiting).unwrap()
}

/// A value of bcrypt with 2^13 rounds, which takes about half a second.
fn dear() -> Vec<u8> {
    let bcrypt: SchemeName = "BLF-CRYPT".parse().unwrap();
    let new = ispmail_password::New { rounds: Some(13), ..Default::default() };
    let made = bcrypt.hash(&Password::new(b"summersun".to_vec()).unwrap(), new).unwrap();
    made.write(ispmail_password::Prefix::Scheme).to_vec()
}

#[tokio::test]
async fn everybody_gets_his_own_answer() {
    let verifier = verifier(2, 1000);
    let mut checks = tokio::task::JoinSet::new();
    let verifier = Arc::new(verifier);
    for number in 0..100 {
        let verifier = Arc::clone(&verifier);
        checks.spawn(async move {
            let (stored, password, expected) = match number % 5 {
                0 => (Some(STORED), "summersun", Verdict::Match),
                1 => (Some(STORED), "wintersun", Verdict::Mismatch),
                2 => (None, "summersun", Verdict::Mismatch),
                3 => (Some(&b"!locked"[..]), "summersun", Verdict::Mismatch),
                _ => (Some(&b"{PLAIN}summersun"[..]), "summersun", Verdict::Match),
            };
            (verifier.check(&attempt(stored, password)).await, expected)
        });
    }
    for (answer, expected) in checks.join_all().await {
        assert_eq!(answer, Ok(Ok(expected)));
    }
}

#[tokio::test]
async fn what_is_too_much_is_said_at_once() {
    let verifier = verifier(1, 2);
    let attempt = attempt(None, "x");
    let started = Instant::now();
    let checks: Vec<_> = (0..100).map(|_| verifier.check(&attempt)).collect();
    let answers = futures_util::future::join_all(checks).await;
    let overloaded = answers.iter().filter(|answer| **answer == Err(Overloaded)).count();
    assert!((1..100).contains(&overloaded), "{overloaded} of 100");
    assert!(started.elapsed() < Duration::from_secs(10));
    // And it goes on.
    assert_eq!(verifier.check(&attempt).await, Ok(Ok(Verdict::Mismatch)));
}

#[tokio::test]
async fn nobody_queues_behind_what_is_dear() {
    let verifier = Arc::new(verifier(1, 10));
    let dear = attempt(Some(&dear()), "summersun");
    let slow = {
        let (verifier, dear) = (Arc::clone(&verifier), Arc::clone(&dear));
        tokio::spawn(async move { verifier.check(&dear).await })
    };
    tokio::task::yield_now().await;
    for _ in 0..10 {
        let cheap = attempt(Some(STORED), "summersun");
        assert_eq!(verifier.check(&cheap).await, Ok(Ok(Verdict::Match)));
    }
    assert!(!slow.is_finished());
    assert_eq!(slow.await.unwrap(), Ok(Ok(Verdict::Match)));
}

#[tokio::test]
async fn what_is_queued_is_finished_and_nothing_more() {
    let verifier = verifier(1, 100);
    let shared = Arc::clone(&verifier.shared);
    let (attempt, (sender, answer)) = (attempt(Some(STORED), "summersun"), oneshot::channel());
    let check = Check { attempt: Arc::clone(&attempt), answer: sender };
    shared.lock().put(check, true).unwrap();
    drop(verifier);
    assert_eq!(answer.await, Ok(Ok(Verdict::Match)));
    let (sender, _answer) = oneshot::channel();
    assert_eq!(shared.lock().put(Check { attempt, answer: sender }, true), Err(Overloaded));
}

#[tokio::test]
async fn new_stored_passwords_are_made() {
    let verifier = verifier(1, 1);
    let attempt = attempt(None, "summersun");
    let made = verifier.make(&attempt).await.unwrap();
    assert_eq!(made.verify(&attempt.password), Ok(Verdict::Match));
}
