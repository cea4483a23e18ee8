//! The commands: which schema is whose.

use schemars::{JsonSchema, SchemaGenerator};
use whatsgate_model::{Command, CommandInfo, CommandVisitor, visit_commands};

use crate::one_c;

/// A command and the names of its schemas.
pub(crate) struct CommandEntry {
    /// What is known of the command.
    pub(crate) info: CommandInfo,
    /// The name of the request's schema.
    pub(crate) request: String,
    /// The name of the schema of a successful reply.
    pub(crate) reply: String,
}

impl CommandEntry {
    /// The path below the base URL.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.info.name)
    }
}

/// All commands in the order of the reference; their schemas are put into the generator.
pub(crate) fn commands(generator: &mut SchemaGenerator) -> Vec<CommandEntry> {
    visit_commands(&mut Schemas(generator)).into()
}

struct Schemas<'a>(&'a mut SchemaGenerator);

impl CommandVisitor for Schemas<'_> {
    type Output = CommandEntry;

    fn visit<C: Command>(&mut self) -> CommandEntry {
        self.0.subschema_for::<C>();
        self.0.subschema_for::<C::Reply>();
        CommandEntry {
            info: CommandInfo::of::<C>(),
            request: C::schema_name().into_owned(),
            reply: C::Reply::schema_name().into_owned(),
        }
    }
}

/// Tells what stands for the command in documents: its function of the 1C library, what it does in Russian, and what to use
/// instead.
pub(crate) fn annotate(entry: &mut serde_json::Value, info: &CommandInfo) {
    entry["x-1c-function"] = info.functions_1c[0].into();
    if let Some(alias) = info.functions_1c.get(1) {
        entry["x-1c-function-alias"] = (*alias).into();
    }
    if let Some(text) = one_c::russian::command(info.name) {
        entry["x-1c-description"] = text.into();
    }
    if info.replaced_by.is_some() {
        entry["deprecated"] = true.into();
    }
}
