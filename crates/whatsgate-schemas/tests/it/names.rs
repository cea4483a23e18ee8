//! The names of the 1C library: none of its structures, fields and functions is missing (wire reference, section 7).

use std::collections::BTreeSet;

use serde_json::Value;
use whatsgate_model::{COMMANDS, EventAction};
use whatsgate_schemas::one_c::{EVENT, HELPERS, STRUCTURES, russian};

const WIRE: &str = include_str!("../../../whatsgate-model/WIRE.md");

fn document(path: &str) -> Value {
    serde_json::from_str(&whatsgate_schemas::files()[path]).unwrap()
}

/// The rows of a section of the reference: the heading above the row, and its cells.
fn rows(begin: &str, end: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let section = WIRE.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    let mut heading = "";
    let mut rows = Vec::new();
    for line in section.lines() {
        if let Some(bold) = line.strip_prefix("**") {
            heading = bold;
        } else if let Some(cells) = line.strip_prefix("| ") {
            rows.push((heading, cells.trim_end_matches(" |").split(" | ").collect()));
        }
    }
    rows
}

/// The names that the reference gives to a structure: number or letter, the library's name, the wire's.
fn reference() -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for (heading, cells) in rows("### 7.1", "### 7.2") {
        let library = cells[0].split(' ').next().unwrap();
        // Of the data of an event the member is a guess, which stands last.
        let guess = usize::from(heading.starts_with('D')) * 2;
        let wire = cells.iter().rev().find_map(|cell| cell.split('`').nth(1 + guess)).unwrap_or_default();
        let wire = wire.rsplit('.').next().unwrap();
        if library == "seed"
            || !library.starts_with(|c: char| ('А'..='я').contains(&c) || c == 'U' || c == 'Q')
        {
            continue;
        }
        let numbers = if heading.starts_with('4') { cells[1] } else { &heading[..1] };
        for number in numbers.split(", ") {
            found.insert((number.to_owned(), library.to_owned(), wire.to_owned()));
        }
    }
    found
}

#[test]
fn the_table_is_that_of_the_reference() {
    let mut named = BTreeSet::new();
    let mut add = |number: &str, names: &[(&str, &str)]| {
        named.extend(
            names
                .iter()
                .map(|(wire, library)| (number.to_owned(), (*library).to_owned(), (*wire).to_owned())),
        );
    };
    for structure in STRUCTURES {
        let number = match (structure.of_library, structure.schema) {
            (Some((number, _)), _) => number.to_string(),
            (None, "ErrorReport" | "Disconnect") => "D".to_owned(),
            (None, "Message") => "M".to_owned(),
            // The names of other requests are those of the same things in the structures.
            (None, _) => continue,
        };
        structure.names.iter().for_each(|names| add(&number, names));
    }
    add("W", EVENT);
    assert_eq!(named, reference());
    assert_eq!(named.len(), 67);
}

#[test]
fn every_structure_has_its_name_and_number() {
    for structure in STRUCTURES {
        if let Some((number, name)) = structure.of_library {
            assert!(WIRE.contains(&format!("**{number}, {name}**")), "{number}, {name}");
            let definition = &document("bundle.json")["$defs"][structure.schema];
            assert_eq!(
                (&definition["x-1c-number"], &definition["x-1c-structure"]),
                (&number.into(), &name.into())
            );
        }
    }
}

#[test]
fn every_field_of_the_library_is_named() {
    let bundle = document("bundle.json");
    for structure in STRUCTURES {
        for (wire, russian) in structure.names.iter().copied().flatten() {
            let member = &bundle["$defs"][structure.schema]["properties"][wire];
            assert_eq!(member["x-1c-name"], *russian, "{}.{wire}", structure.schema);
        }
    }
    for event in document("index.json")["events"].as_object().unwrap().values() {
        let name = event["type"].as_str().unwrap();
        for (wire, russian) in EVENT {
            assert_eq!(bundle["$defs"][name]["properties"][wire]["x-1c-name"], *russian, "{name}.{wire}");
        }
    }
}

#[test]
fn the_page_shows_every_field() {
    let page = include_str!("../../../../schemas/README.md");
    let of_library = STRUCTURES.iter().filter(|structure| structure.of_library.is_some());
    for (wire, russian) in
        of_library.flat_map(|structure| structure.names.iter().copied().flatten()).chain(EVENT)
    {
        assert!(page.contains(&format!("| `{russian}` | `{wire}` |")), "{wire} ({russian})");
    }
}

/// The page's tables say in Russian what the schemas say.
#[test]
fn the_page_and_the_schemas_describe_alike() {
    let page = include_str!("../../../../schemas/README.md");
    let named = STRUCTURES.iter().map(|structure| (structure.schema, structure.names));
    for (schema, names) in named.chain([("MessageEvent", &[EVENT][..])]) {
        // Requests that the library has no structure for have no table.
        if schema.ends_with("Request") && schema != "SendRequest" {
            continue;
        }
        for (wire, name) in names.iter().copied().flatten() {
            let text = russian::member(schema, wire).unwrap();
            let row = format!("| `{name}` | `{wire}` | {text} |");
            assert!(page.contains(&row), "{row}");
        }
    }
}

#[test]
fn everything_is_described_in_russian() {
    let is_russian = |schema: &Value| {
        let text = schema["x-1c-description"].as_str().unwrap_or_default();
        text.contains(|letter| ('а'..='я').contains(&letter))
    };
    let (bundle, openapi, index) =
        (document("bundle.json"), document("openapi.json"), document("index.json"));
    let mut described = 0;
    for schemas in [&bundle["$defs"], &openapi["components"]["schemas"]] {
        for (name, schema) in schemas.as_object().unwrap() {
            for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
                assert!(is_russian(schema), "{name}.{member}");
                described += 1;
            }
            assert!(is_russian(schema) || schema["properties"].is_null(), "{name}");
        }
    }
    assert!(described > 300, "only {described} members were found");
    for command in COMMANDS {
        assert!(is_russian(&index["commands"][command.name]), "{}", command.name);
        assert!(is_russian(&openapi["paths"][format!("/{}", command.name)]["post"]), "{}", command.name);
    }
    for action in EventAction::KNOWN.iter().map(EventAction::as_str) {
        assert!(is_russian(&index["events"][action]), "{action}");
        assert!(is_russian(&openapi["webhooks"][action]["post"]), "{action}");
    }
    for name in russian::DEFINITIONS.iter().map(|(name, _)| *name) {
        let is_known = !bundle["$defs"][name].is_null() || !openapi["components"]["schemas"][name].is_null();
        assert!(is_known, "there is no {name} to be described");
    }
}

#[test]
fn every_function_of_the_library_is_named() {
    let (index, openapi) = (document("index.json"), document("openapi.json"));
    for command in COMMANDS {
        let function = command.functions_1c[0];
        let entry = &index["commands"][command.name];
        assert_eq!(entry["x-1c-function"], function, "{}", command.name);
        assert_eq!(entry["x-1c-function-alias"].as_str(), command.functions_1c.get(1).copied());
        assert_eq!(openapi["paths"][format!("/{}", command.name)]["post"]["x-1c-function"], function);
        assert_eq!(document(entry["request"].as_str().unwrap())["x-1c-function"], function);
    }
    for action in EventAction::KNOWN {
        let (function, action) = (action.function_1c(), action.as_str());
        assert_eq!(index["events"][action]["x-1c-function"].as_str(), function, "{action}");
        assert_eq!(openapi["webhooks"][action]["post"]["x-1c-function"].as_str(), function, "{action}");
    }
    let bundle = document("bundle.json");
    for helper in &HELPERS {
        for document in [&index, &openapi, &bundle] {
            assert_eq!(document["x-1c-functions"][helper.function], helper.does);
        }
    }
    let handlers = &openapi["components"]["schemas"]["Event"]["properties"]["event_action"]["x-1c-functions"];
    for action in EventAction::KNOWN {
        assert_eq!(handlers[action.as_str()].as_str(), action.function_1c(), "{action}");
    }
}

/// Every function of the reference carries out the command, or handles the event, that it should.
#[test]
fn the_functions_are_those_of_the_reference() {
    for (_, cells) in rows("### 7.2", "Further slips") {
        let of = cells[1].split('`').nth(1).unwrap_or_default();
        // The names are the Russian words before a bracket.
        let names = cells[0].split('(').filter_map(|part| part.rsplit(' ').next());
        for function in names.filter(|name| name.starts_with(|c: char| ('А'..='Я').contains(&c))) {
            let command = COMMANDS.iter().find(|command| command.functions_1c.contains(&function));
            let action = EventAction::KNOWN.iter().find(|action| action.function_1c() == Some(function));
            let helper = HELPERS.iter().find(|helper| helper.function == function);
            match (command, action) {
                (Some(command), _) => assert_eq!(command.name, of, "{function}"),
                (_, Some(action)) => assert_eq!(action.as_str(), of, "{function}"),
                _ => assert!(helper.is_some(), "{function} is missing"),
            }
        }
    }
}
