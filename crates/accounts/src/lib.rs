//! Mail accounts in SQL.
pub mod settings;
