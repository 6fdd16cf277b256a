//! Databases that crash or stall, and come back.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_tests::database::{Kind, Servers, Which};

use crate::fixture::{Fixture, STORED, TIMEOUTS, pool};
use crate::lookers::{Lookers, expect_outage_of};

const A_WHILE: Duration = Duration::from_millis(500);
/// What a busy machine may take for next to nothing.
const AT_ONCE: Duration = Duration::from_millis(500);
/// What it may add to a time-out.
const SLACK: Duration = Duration::from_millis(900);

pub(crate) fn killed_and_started_again(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(4);
    let lookers = Lookers::start(&fixture, &pool);
    sleep(A_WHILE);
    let down = Instant::now();
    fixture.database.kill();
    sleep(A_WHILE);
    fixture.database.set_running(true);
    let up = Instant::now();
    sleep(Duration::from_millis(2500));
    let looks = lookers.stop(&fixture);
    assert_eq!(fixture.stored(), STORED, "the row itself");
    let recovered = expect_outage_of(&looks, &[STORED], down, up);
    let failed = looks.iter().filter(|look| look.found.is_err()).count();
    assert!(failed > 0, "it was never away");
    let events = events.all();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events[0].contains(" is down: ") && events[1].ends_with(" is up again"), "{events:?}");
    eprintln!("recovered after {recovered:?}; {failed} of {} failed; {}", looks.len(), events[0]);
}

pub(crate) fn halted(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(4);
    let lookers = Lookers::start(&fixture, &pool);
    sleep(A_WHILE);
    let halt = Halt::of(&fixture);
    let down = Instant::now();
    sleep(Duration::from_secs(5));
    drop(halt);
    let up = Instant::now();
    sleep(Duration::from_millis(2500));
    let looks = lookers.stop(&fixture);
    let recovered = expect_outage_of(&looks, &[STORED], down, up);
    // Its time-out, the second for asking the host, and the time-out of one that began meanwhile.
    let known = down + 2 * TIMEOUTS.query + Duration::from_secs(1) + SLACK;
    for look in &looks {
        assert!(look.took() < TIMEOUTS.connect + TIMEOUTS.query + SLACK, "{:?}", look.took());
        if look.start > known && look.end < up {
            assert!(look.took() < AT_ONCE, "{:?}", look.took());
        }
    }
    assert_eq!(events.all().len(), 2, "{:?}", events.all());
    eprintln!("recovered after {recovered:?}; {}", events.all()[0]);
}

pub(crate) fn next_host_stands_in(servers: &Arc<Servers>, kind: Kind) {
    let (first, second) = two(servers, kind);
    let (pool, events) = pool(vec![first.endpoint(), second.endpoint()], 4);
    let lookers = Lookers::start(&first, &pool);
    sleep(A_WHILE);
    let down = Instant::now();
    first.database.kill();
    sleep(Duration::from_secs(1));
    first.database.set_running(true);
    let up = Instant::now();
    sleep(Duration::from_millis(2500));
    let looks = lookers.stop(&first);
    for look in &looks {
        let late = look.start > up + Duration::from_secs(2);
        let wanted: &[&str] = if look.end < down || late { &[FIRST] } else { &[FIRST, SECOND] };
        assert!(look.gave(wanted), "{:?}", look.found);
    }
    assert!(looks.iter().any(|look| look.gave(&[SECOND])), "the second was never asked");
    assert_eq!(events.all().len(), 2, "{:?}", events.all());
}

pub(crate) fn next_host_stands_in_for_a_halted_one(servers: &Arc<Servers>, kind: Kind) {
    let (first, second) = two(servers, kind);
    let (pool, events) = pool(vec![first.endpoint(), second.endpoint()], 4);
    let lookers = Lookers::start(&first, &pool);
    sleep(A_WHILE);
    let halt = Halt::of(&first);
    let down = Instant::now();
    sleep(Duration::from_secs(4));
    drop(halt);
    let up = Instant::now();
    sleep(Duration::from_millis(2500));
    let known = down + 2 * TIMEOUTS.query + Duration::from_secs(1) + SLACK;
    for look in lookers.stop(&first) {
        let late = look.start > up + Duration::from_secs(2);
        let wanted: &[&str] = if look.end < down || late { &[FIRST] } else { &[FIRST, SECOND] };
        assert!(look.gave(wanted), "{:?}", look.found);
        if look.start > known {
            assert!(look.took() < AT_ONCE, "{:?}", look.took());
        }
    }
    assert_eq!(events.all().len(), 2, "{:?}", events.all());
}

/// Nobody waits for hosts that are all down.
pub(crate) fn all_hosts_down(servers: &Arc<Servers>, kind: Kind) {
    let (first, second) = two(servers, kind);
    let (pool, events) = pool(vec![first.endpoint(), second.endpoint()], 4);
    first.expect(&pool, FIRST);
    first.database.set_running(false);
    second.database.set_running(false);
    assert!(first.find(&pool).is_err());
    let start = Instant::now();
    let error = first.find(&pool).unwrap_err().to_string();
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    let at = second.endpoint().place();
    assert!(error.starts_with(&format!("the database {at} is down: ")), "{error}");
    second.database.set_running(true);
    sleep(Duration::from_secs(2));
    first.expect(&pool, SECOND);
    first.database.set_running(true);
    sleep(Duration::from_secs(2));
    first.expect(&pool, FIRST);
    assert_eq!(events.all().len(), 4, "{:?}", events.all());
}

const FIRST: &str = "{PLAIN}first";
const SECOND: &str = "{PLAIN}second";

fn two(servers: &Arc<Servers>, kind: Kind) -> (Fixture, Fixture) {
    (
        Fixture::with(servers, kind, Which::First, FIRST),
        Fixture::with(servers, kind, Which::Second, SECOND),
    )
}

/// A halted server, which goes on whatever becomes of the test.
struct Halt<'a>(&'a Fixture);

impl<'a> Halt<'a> {
    fn of(fixture: &'a Fixture) -> Self {
        fixture.database.set_halted(true);
        Self(fixture)
    }
}

impl Drop for Halt<'_> {
    fn drop(&mut self) {
        self.0.database.set_halted(false);
    }
}
