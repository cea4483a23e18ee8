//! Schedules hold, rules are missed, and the tables are up to date.

mod rules;
mod schedules;
