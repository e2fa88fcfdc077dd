//! Reading records of executions. Each verb asks the gate.

use access::{Kind, Refusal, Resource, Verb};
use model::{Execution, Id, Principal};
use store::{
    execution::{Column, Filter, Results},
    output::Piece,
};

use crate::Executions;

impl Executions {
    /// Returns a page of executions, and how many there are in all.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read.
    pub async fn page(
        &self,
        who: &Principal,
        filter: &Filter,
        results: Results,
    ) -> Result<(Vec<Execution>, i64), Refusal> {
        self.check_read(who, "")?;
        let total = self.store().count_executions(filter).await?;
        Ok((self.store().executions(filter, results).await?, total))
    }

    /// Returns executions.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read.
    pub async fn list(
        &self,
        who: &Principal,
        filter: &Filter,
        results: Results,
    ) -> Result<Vec<Execution>, Refusal> {
        self.check_read(who, "")?;
        Ok(self.store().executions(filter, results).await?)
    }

    /// Returns the values of a column.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read.
    pub async fn distinct(&self, who: &Principal, column: Column) -> Result<Vec<String>, Refusal> {
        self.check_read(who, "")?;
        Ok(self.store().distinct(column).await?)
    }

    /// Returns the output of an execution as far as it is recorded.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read.
    pub async fn output(&self, who: &Principal, id: Id) -> Result<Vec<Piece>, Refusal> {
        self.check_read(who, &id.to_string())?;
        Ok(self.store().output(id).await?)
    }

    fn check_read(&self, who: &Principal, reference: &str) -> Result<(), Refusal> {
        self.access().check(who, Verb::Read, &Resource::new(Kind::Execution, reference))?;
        Ok(())
    }
}
