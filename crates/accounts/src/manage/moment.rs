//! Several lists as they are at one moment.

use super::Manager;
use crate::Error;

impl Manager<'_> {
    /// Lists show the tables as they are now, until [`Self::end_moment`]. Nothing is changed in
    /// between.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn begin_moment(&mut self) -> Result<(), Error> {
        self.database.begin_snapshot().await
    }

    /// Lists show the tables as they are by then.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn end_moment(&mut self) -> Result<(), Error> {
        self.database.roll_back().await
    }
}
