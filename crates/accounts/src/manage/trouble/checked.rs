//! Adding an alias with a look at what comes of it.

use super::AliasTrouble;
use crate::manage::{Added, Manager};
use crate::{Error, names};

/// What came of adding an alias.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedAlias {
    /// What was added.
    pub added: Added,
    /// Mailboxes that have got an alias to themselves.
    pub kept: Vec<String>,
    /// What ought to be looked at, the alias as it is now.
    pub troubles: Vec<AliasTrouble>,
}

impl Manager<'_> {
    /// Adds destinations to an alias, and says what trouble the alias makes. With
    /// `keep_mailboxes` every mailbox whose mail it would take gets, or keeps, an alias to itself in
    /// the same transaction.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`] for the domain of the source,
    /// [`Error::TooNarrow`], [`Error::Query`].
    pub async fn add_checked_alias(
        &mut self,
        source: &str,
        destinations: &[String],
        keep_mailboxes: bool,
    ) -> Result<CheckedAlias, Error> {
        self.begin_turn().await?;
        let added = self.insert_checked_alias(source, destinations, keep_mailboxes).await;
        self.end_turn(added).await
    }

    async fn insert_checked_alias(
        &mut self,
        source: &str,
        destinations: &[String],
        keep_mailboxes: bool,
    ) -> Result<CheckedAlias, Error> {
        let added = self.insert_alias(source, destinations).await?;
        let mut kept = Vec::new();
        if keep_mailboxes {
            for mailbox in self.mailboxes_taken_by(&added.source).await? {
                // An address that no alias can have, made by hand, stays what it is: a trouble.
                if names::destination(&mailbox).is_err() {
                    continue;
                }
                let own = std::slice::from_ref(&mailbox);
                if mailbox == added.source {
                    self.insert_alias(&mailbox, own).await?;
                } else {
                    self.put_alias(&mailbox, &[], own).await?;
                }
                kept.push(mailbox);
            }
        }
        let troubles = self.alias_troubles(&added.source).await?;
        Ok(CheckedAlias { added, kept, troubles })
    }
}
