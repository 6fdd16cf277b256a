//! Domains, users and aliases: what an administrator does by hand otherwise.

mod aliases;
mod domains;
mod import;
mod moment;
mod passwords;
mod records;
mod steps;
mod trouble;
mod users;

use crate::database::{Database, Dialect};
use crate::layout::{LAYOUTS, Layout, tables};
use crate::schema::Schema;
use crate::settings::{Endpoint, Timeouts};
use crate::{Access, Error, Template};

pub use import::{Import, ImportRules, Imported, Record};
pub use records::{Added, Alias, Domain, NewUser, Removed, Renamed, User};
pub use trouble::{AliasTrouble, CheckedAlias};

/// An open database whose accounts are to be managed, by the statements of a layout.
///
/// Every change is a transaction: it is there as a whole or not at all.
pub struct Manager<'a> {
    database: Database,
    layout: Layout<'a>,
    homes: Homes,
    pretends: bool,
    /// What is known of the tables. They do not change while somebody works on the rows.
    schema: Option<Schema>,
}

/// What a new user gets where the layout keeps it in the row.
#[derive(Clone, Debug)]
pub struct Homes {
    /// The home directory, with Dovecot's variables in it.
    pub home: Template,
    /// The uid.
    pub uid: u32,
    /// The gid.
    pub gid: u32,
}

impl Default for Homes {
    /// As in the ISPmail guides: `/var/vmail/%d/%n` of vmail, 5000.
    fn default() -> Self {
        let home = Template::parse("/var/vmail/%d/%n").unwrap_or_default();
        Self { home, uid: 5000, gid: 5000 }
    }
}

impl<'a> Manager<'a> {
    /// Connects to the first endpoint that answers, in the order given (the primary belongs first).
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when none answers.
    pub async fn connect(
        endpoints: &[Endpoint],
        timeouts: Timeouts,
        access: Access,
        layout: &Layout<'a>,
    ) -> Result<Self, Error> {
        let mut database = Database::connect(endpoints, 0, timeouts, access).await?;
        database.keep_statements();
        Ok(Self {
            database,
            layout: *layout,
            homes: Homes::default(),
            pretends: false,
            schema: None,
        })
    }

    /// The same with the layout that the tables show, of those that `fits`.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], [`Error::NoLayout`] and [`Error::SeveralLayouts`].
    pub async fn recognise(
        endpoints: &[Endpoint],
        timeouts: Timeouts,
        access: Access,
        fits: impl Fn(&Layout<'static>) -> bool,
    ) -> Result<Self, Error> {
        let mut database = Database::connect(endpoints, 0, timeouts, access).await?;
        database.keep_statements();
        let schema = Schema::read(&mut database).await?;
        let found: Vec<_> = schema.layouts().into_iter().filter(|layout| fits(layout)).collect();
        let layout = match found.as_slice() {
            [layout] => **layout,
            [] => return Err(no_layout(&schema)),
            several => {
                let names = several.iter().map(|layout| layout.name).collect();
                return Err(Error::SeveralLayouts(names));
            }
        };
        let (homes, schema) = (Homes::default(), Some(schema));
        Ok(Self { database, layout, homes, pretends: false, schema })
    }

    /// New users get their homes like this.
    #[must_use]
    pub fn with_homes(self, homes: Homes) -> Self {
        Self { homes, ..self }
    }

    /// The layout.
    pub fn layout(&self) -> &Layout<'a> {
        &self.layout
    }

    /// From now on every change is tried in the database and undone.
    ///
    /// # Errors
    ///
    /// [`Error::NoTransactions`] where the tables cannot undo anything.
    pub async fn pretend(&mut self) -> Result<(), Error> {
        self.demand_transactions().await?;
        self.pretends = true;
        Ok(())
    }

    /// Makes the tables of the ISPmail guides where they do not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Query`].
    pub async fn init(&mut self) -> Result<(), Error> {
        for sql in tables(self.database.dialect()) {
            self.database.run("making the tables", sql).await?;
        }
        self.schema = None;
        Ok(())
    }

    /// The layouts whose tables are in the database.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn layouts(&mut self) -> Result<Vec<&'static Layout<'static>>, Error> {
        Ok(self.schema().await?.layouts())
    }

    /// The kind of database.
    pub fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// Says goodbye to the database.
    pub async fn close(self) {
        self.database.close().await;
    }

    pub(crate) fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    pub(crate) async fn schema(&mut self) -> Result<&Schema, Error> {
        if self.schema.is_none() {
            self.schema = Some(Schema::read(&mut self.database).await?);
        }
        self.schema.as_ref().ok_or_else(Error::no_endpoint)
    }

    async fn demand_transactions(&mut self) -> Result<(), Error> {
        match self.without_transactions().await?.into_iter().next() {
            Some(table) => Err(Error::NoTransactions { table }),
            None => Ok(()),
        }
    }
}

fn no_layout(schema: &Schema) -> Error {
    let tables = schema.tables();
    let found = if tables.is_empty() { "none".to_owned() } else { tables.join(", ") };
    let wanted: Vec<String> = LAYOUTS
        .into_iter()
        .map(|layout| {
            format!("{} ({})", layout.name, layout.tables().collect::<Vec<_>>().join(", "))
        })
        .collect();
    Error::NoLayout { found, wanted: wanted.join("; ") }
}
