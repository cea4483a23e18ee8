//! The 13 commands: which schema is whose.

use schemars::{JsonSchema, SchemaGenerator};
use whatsgate_core::Command;
use whatsgate_model as model;

/// A command and the names of its schemas.
pub(crate) struct CommandEntry {
    /// The command's name, which is also its path.
    pub(crate) name: &'static str,
    /// The name of the request's schema.
    pub(crate) request: String,
    /// The name of the schema of a successful reply.
    pub(crate) reply: String,
    /// The function of the 1C library that carries it out.
    pub(crate) function: &'static str,
    /// Another name that the 1C library's documentation gives the function.
    pub(crate) function_alias: Option<&'static str>,
    /// The command to use instead, if the service calls this one deprecated.
    pub(crate) replaced_by: Option<&'static str>,
}

impl CommandEntry {
    /// The path below the base URL.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.name)
    }
}

/// All commands in the order of the reference; their schemas are put into the generator.
pub(crate) fn commands(generator: &mut SchemaGenerator) -> Vec<CommandEntry> {
    fn command<C>(generator: &mut SchemaGenerator, function: &'static str) -> CommandEntry
    where
        C: Command + JsonSchema,
        C::Reply: JsonSchema,
    {
        generator.subschema_for::<C>();
        generator.subschema_for::<C::Reply>();
        CommandEntry {
            name: C::NAME,
            request: C::schema_name().into_owned(),
            reply: C::Reply::schema_name().into_owned(),
            function,
            function_alias: None,
            replaced_by: None,
        }
    }
    let g = generator;
    vec![
        command::<model::SendRequest>(g, "ОтправитьСообщение"),
        command::<model::SeenRequest>(g, "ПометитьКакПрочитанное"),
        command::<model::TypingRequest>(g, "ПоказатьНаборТекста"),
        command::<model::CheckRequest>(g, "ПроверитьЗарегистрированЛиНомер"),
        command::<model::GetChatsRequest>(g, "ПолучитьВсеАктивныеЧаты"),
        CommandEntry {
            replaced_by: Some("get-messagemedia"),
            ..command::<model::GetMediaRequest>(g, "ПолучитьПрикрепленныйМедиафайл")
        },
        command::<model::GetMessageMediaRequest>(g, "ПолучитьМедиафайлСообщения"),
        command::<model::EventsGetRequest>(g, "ПолучитьСобытия"),
        command::<model::SessionCreateRequest>(g, "СоздатьНовуюСессию"),
        CommandEntry {
            function_alias: Some("УдалитьВсеСессии"),
            ..command::<model::SessionDeleteRequest>(g, "УдалитьИмяСессии")
        },
        command::<model::SessionsGetRequest>(g, "ПолучитьВсеСессии"),
        command::<model::SetNameRequest>(g, "ИзменитьИмяСессии"),
        command::<model::SetHookRequest>(g, "УстановитьОбработчик"),
    ]
}
