//! New passwords: whether one is good enough, and making one.

mod generate;
mod judge;

pub(crate) use generate::{Generated, generate};
pub(crate) use judge::{Weak, judge};
