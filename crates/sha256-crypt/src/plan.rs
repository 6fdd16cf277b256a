//! What lanes of different shapes have to do together in each kind of round.
//!
//! Holds lengths only, no secrets.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]

use crate::group::Row;
use crate::message::{KINDS, ODD, Shape};

/// All ones in the lanes that take part.
pub(crate) struct Active<const N: usize> {
    pub(crate) mask: Row<N>,
    /// Whether no lane with a job stands aside.
    pub(crate) all: bool,
}

/// The lanes in which A begins in the same word.
pub(crate) struct Insert<const N: usize> {
    pub(crate) word: usize,
    pub(crate) mask: Row<N>,
}

/// One kind of round.
pub(crate) struct Plan<const N: usize> {
    /// The first word of the first block that matters: 0, 4, 8 or 12.
    pub(crate) start: usize,
    /// Where A goes if it is at the end.
    pub(crate) inserts: Vec<Insert<N>>,
    /// The second block, if A is in it in any lane.
    pub(crate) tail: Option<Active<N>>,
    /// The constant blocks behind that.
    pub(crate) fixed: Vec<Active<N>>,
}

impl<const N: usize> Plan<N> {
    pub(crate) fn all(shapes: &[Option<Shape>; N]) -> [Self; KINDS] {
        core::array::from_fn(|kind| Self::new(kind, shapes))
    }

    fn new(kind: usize, shapes: &[Option<Shape>; N]) -> Self {
        let places = shapes.map(|shape| shape.map(|shape| shape.place(kind)));
        let used = || places.iter().flatten();
        let most = used().map(|place| place.blocks).max().unwrap_or(1);
        let active = |block: usize| {
            let takes_part = places.map(|place| place.map(|place| place.blocks > block));
            Active {
                mask: takes_part.map(|yes| if yes == Some(true) { u32::MAX } else { 0 }),
                all: !takes_part.contains(&Some(false)),
            }
        };
        if kind & ODD == 0 {
            return Self {
                start: 0,
                inserts: Vec::new(),
                tail: None,
                fixed: (1..most).map(active).collect(),
            };
        }
        let before = used().map(|place| place.words_before()).min().unwrap_or_default();
        let mut inserts: Vec<Insert<N>> = Vec::new();
        for (lane, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            let word = place.words_before();
            let at = inserts.iter().position(|insert| insert.word == word).unwrap_or_else(|| {
                inserts.push(Insert { word, mask: [0; N] });
                inserts.len() - 1
            });
            inserts[at].mask[lane] = u32::MAX;
        }
        let straddles = used().any(|place| place.straddles());
        Self {
            start: (before / 4 * 4).min(12),
            inserts,
            tail: straddles.then(|| active(1)),
            fixed: if straddles { Vec::new() } else { (1..most).map(active).collect() },
        }
    }
}
