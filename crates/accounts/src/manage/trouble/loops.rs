//! Aliases that lead back to where they began.

use std::collections::HashMap;

/// The first way that leads back to where it began, without an address on it that also leads to
/// itself: there Postfix stops.
pub(super) fn a_loop(start: &str, ways: &HashMap<String, Vec<String>>) -> Option<Vec<String>> {
    let ends = |address: &str| {
        let to = ways.get(address);
        to.is_none_or(|to| to.iter().any(|to| to == address))
    };
    let mut way: Vec<&str> = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    // An address to go to, or one that all is done for.
    let mut work = vec![Work::Visit(start)];
    while let Some(next) = work.pop() {
        match next {
            Work::Leave => done.extend(way.pop()),
            Work::Visit(address) if ends(address) || done.contains(&address) => {}
            Work::Visit(address) => {
                if let Some(position) = way.iter().position(|&before| before == address) {
                    let way = way.get(position..).unwrap_or_default();
                    return Some(way.iter().map(|&address| address.to_owned()).collect());
                }
                way.push(address);
                work.push(Work::Leave);
                let to = ways.get(address).into_iter().flatten();
                work.extend(to.map(|to| Work::Visit(to)));
            }
        }
    }
    None
}

enum Work<'a> {
    Visit(&'a str),
    Leave,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops() {
        let found = |ways: &[(&str, &[&str])]| {
            let ways = ways.iter().map(|(from, to)| {
                ((*from).to_owned(), to.iter().map(|&to| to.to_owned()).collect())
            });
            a_loop("a", &ways.collect()).map(|way| way.join(" "))
        };
        assert_eq!(found(&[("a", &["b"]), ("b", &[])]), None);
        assert_eq!(found(&[("a", &["a"])]), None);
        assert_eq!(found(&[("a", &["b"]), ("b", &["a"])]).as_deref(), Some("a b"));
        assert_eq!(found(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]).as_deref(), Some("b c"));
        // Postfix does not follow an address again that leads to itself.
        assert_eq!(found(&[("a", &["b"]), ("b", &["a", "b"])]), None);
        assert_eq!(found(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]), None);
    }
}
