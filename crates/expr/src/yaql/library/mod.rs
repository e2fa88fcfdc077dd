//! YAQL's standard library and the functions of workflows, a table for each field.

use super::function::Function;

mod branching;
mod collections;
mod compare;
mod dates;
mod dicts;
mod generate;
mod grouping;
mod math;
mod moments;
mod positions;
mod queries;
mod regex;
mod sets;
mod slices;
mod strings;
mod system;
mod texts;
mod workflow;

/// Returns all functions.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    let tables: [&'static [Function]; 18] = [
        branching::FUNCTIONS,
        collections::FUNCTIONS,
        compare::FUNCTIONS,
        dates::FUNCTIONS,
        dicts::FUNCTIONS,
        generate::FUNCTIONS,
        grouping::FUNCTIONS,
        math::FUNCTIONS,
        moments::FUNCTIONS,
        positions::FUNCTIONS,
        queries::FUNCTIONS,
        regex::FUNCTIONS,
        sets::FUNCTIONS,
        slices::FUNCTIONS,
        strings::FUNCTIONS,
        system::FUNCTIONS,
        texts::FUNCTIONS,
        workflow::FUNCTIONS,
    ];
    tables.into_iter().flatten()
}
