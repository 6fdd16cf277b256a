//! The cost parameters of `$y$`, `$gy$` and `$7$`: how they are written, and which of them libxcrypt
//! computes.

use yescrypt::{Mode, Params};

use crate::crypt::alphabet;
use crate::{Cost, Malformed};

/// Cost parameters that have been read, but not checked.
pub(super) struct Parameters {
    mode: Mode,
    log2_n: u32,
    r: u32,
    p: u32,
    t: u32,
}

impl Parameters {
    /// Reads what stands behind `$y$` or `$gy$`, and returns what comes after it.
    pub(super) fn read(text: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut reader = Reader(text);
        let syntax = Malformed::CostSyntax;
        let mode = match reader.number(0).ok_or(syntax)? {
            0 => Mode::Classic,
            1 => Mode::Worm,
            // 6 rounds, 4 gathered, 2 simple, 12 KiB: the one mixture that libxcrypt has.
            47 => Mode::Rw,
            _ => return Err(Malformed::CostRange),
        };
        let log2_n = reader.number(1).ok_or(syntax)?;
        let r = reader.number(1).ok_or(syntax)?;
        let (mut p, mut t) = (1, 0);
        if !reader.0.starts_with(b"$") {
            // Which optional parameters follow; libxcrypt ignores bits above the fourth.
            let have = reader.number(1).ok_or(syntax)?;
            if have & 1 != 0 {
                p = reader.number(2).ok_or(syntax)?;
            }
            if have & 2 != 0 {
                t = reader.number(1).ok_or(syntax)?;
            }
            // Upgrades (g) and ROM (NROM) can be written, but libxcrypt computes neither.
            if have & (4 | 8) != 0 {
                return Err(Malformed::CostRange);
            }
        }
        let rest = reader.0.strip_prefix(b"$").ok_or(syntax)?;
        Ok((Self { mode, log2_n, r, p, t }, rest))
    }

    /// Reads what stands behind `$7$`, and returns what comes after it.
    pub(super) fn read_scrypt(text: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut reader = Reader(text);
        let mut read = || Some((reader.bits()?, reader.fixed()?, reader.fixed()?));
        let (log2_n, r, p) = read().ok_or(Malformed::CostSyntax)?;
        Ok((Self { mode: Mode::Classic, log2_n, r, p, t: 0 }, reader.0))
    }

    /// The crate's parameters, the cost, and how many bytes will be allocated; `None` for what
    /// libxcrypt does not compute.
    pub(super) fn checked(&self) -> Option<(Params, Cost, u64)> {
        let &Self { mode, log2_n, r, p, t } = self;
        if !(2..=31).contains(&log2_n) || r == 0 || p == 0 || u64::from(r) * u64::from(p) >= 1 << 30
        {
            return None;
        }
        let n = 1 << log2_n;
        if mode.is_classic() && t != 0 || mode.is_rw() && n / u64::from(p) <= 3 {
            return None;
        }
        let params = Params::new_with_all_params(mode, n, r, p, t, 0).ok()?;
        // N blocks; for every part a block and, in yescrypt proper, its S-boxes; two blocks to work.
        let block = 128 * u128::from(r);
        let part = block + if mode.is_rw() { SBOXES } else { 0 };
        let table = block * u128::from(n) + part * u128::from(p - 1);
        let memory = u64::try_from(table + part + 2 * block).ok()?;
        let kib = u64::try_from(table.div_ceil(1024)).ok()?;
        // scrypt and its kin go through the memory once for every part.
        let parts = if mode.is_rw() { 1 } else { p };
        let passes = t.saturating_add(1).saturating_mul(parts);
        Some((params, Cost::Memory { kib, passes, lanes: p }, memory))
    }
}

/// What has not been read yet.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// One character, six bits.
    fn bits(&mut self) -> Option<u32> {
        let (&symbol, rest) = self.0.split_first()?;
        self.0 = rest;
        alphabet::value(symbol)
    }

    /// Thirty bits in five characters, lowest first.
    fn fixed(&mut self) -> Option<u32> {
        (0..5).try_fold(0, |number, position| Some(number | self.bits()? << (6 * position)))
    }

    /// A number from `min`, in one to six characters, highest bits first. The first character tells
    /// how many follow: 48 of the 64 stand alone, 8 have one behind them, and so on. Every number
    /// has just one form.
    fn number(&mut self, min: u32) -> Option<u32> {
        let (mut lead, mut number, mut shift) = (self.bits()?, min, 0);
        for leads in [48, 8, 4, 2, 1, 1] {
            if lead < leads {
                break;
            }
            (lead, number, shift) = (lead - leads, number + (leads << shift), shift + 6);
        }
        number += lead << shift;
        (0..shift / 6)
            .rev()
            .try_fold(number, |number, place| Some(number + (self.bits()? << (6 * place))))
    }
}

/// Three S-boxes and what libxcrypt keeps with them, in bytes.
const SBOXES: u128 = 3 * 4096 + 64;
