// Writes the types of the model for TypeScript from the JSON Schemas; with --check only says whether they are current.

import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const SCHEMAS = new URL("../../schemas/bundle.json", import.meta.url);
const TYPES = new URL("../../crates/whatsgate-wasm/npm/model.d.ts", import.meta.url);

const ROOTS = ["Event", "EventAction", "Chat", "Session", "Media", "OutgoingMessage", "Recipient"];
const BANNER = "// Made from the JSON Schemas by `npm run types` in tests/js. Change the model instead.";

/** The types as the package shows values: read by the model, so that nothing is null and what has a default is there. */
export async function types() {
  const { $defs } = JSON.parse(await readFile(SCHEMAS, "utf8"));
  const wanted = reachable($defs, ROOTS);
  const definitions = {};
  for (const [name, schema] of Object.entries($defs)) {
    if (wanted.has(name)) definitions[name] = shape(schema, name);
  }
  definitions.EventId.description += "\n\nOne beyond 2^53, which no known reply has, is a `bigint` when the program runs.";
  const text = await compile({ title: "Model", $defs: definitions }, "Model", {
    additionalProperties: false,
    bannerComment: BANNER,
    unreachableDefinitions: true,
    style: { printWidth: 110 },
  });
  // The root itself, which holds nothing, and the remark of which definition is reached from where.
  return text
    .replace(/export interface Model \{[^}]*\}\n/, "")
    .replace(/\n? \* This interface was referenced by [^\n]*\n \* via the `definition` "[^"]*"\.\n/g, "\n")
    .replace(/\/\*\*\n \*\/\n/g, "")
    .replace(/\n \*\n \*\//g, "\n */");
}

function reachable(defs, roots) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next] of JSON.stringify(defs[name]).matchAll(/"#\/\$defs\/([^"]+)"/g)) visit(next);
  };
  roots.forEach(visit);
  return found;
}

function shape(schema, name) {
  if (Array.isArray(schema)) return schema.map((item) => shape(item));
  if (typeof schema !== "object" || schema === null) return schema;
  const [, reference] = schema.$ref?.match(/^#\/\$defs\/(.+)$/) ?? [];
  // By name: beside a description the reference would become a type of its own with a number behind its name.
  if (reference) return { description: schema.description, tsType: reference };
  const open = openList(schema);
  const result = {};
  for (const [key, value] of Object.entries(schema)) {
    if (["if", "then", "else", "not", "allOf", "default", "examples"].includes(key) || key.startsWith("x-")) continue;
    result[key] = key === "properties" ? mapValues(value, (item) => shape(item)) : shape(value);
  }
  if (open) return { description: schema.description, title: schema.title, tsType: open };
  if (Array.isArray(result.type)) {
    const types = result.type.filter((type) => type !== "null");
    result.type = types.length === 1 ? types[0] : types;
  }
  if (result.anyOf) {
    const others = result.anyOf.filter((item) => item.type !== "null");
    if (others.length === 1) {
      delete result.anyOf;
      Object.assign(result, { ...others[0], description: result.description ?? others[0].description });
    }
  }
  if (result.properties) {
    // "One of the two must be there" is no more than a comment in the types of an object.
    delete result.anyOf;
    const always = Object.keys(schema.properties).filter((key) => "default" in schema.properties[key]);
    // Without its message an event is one of those that could not be read.
    if (name === "MessageData") always.push("message");
    if (name?.endsWith("Event")) always.push(...eventMembers(result.properties, name));
    result.required = [...new Set([...(schema.required ?? []), ...always])];
    // The sources contradict each other on this one, and the model keeps what came.
    if (result.properties.muteExpiration) {
      result.properties.muteExpiration = {
        description: result.properties.muteExpiration.description,
        tsType: "number | boolean | string",
      };
    }
  }
  return result;
}

/** What the package adds to events. Returns the names of the members that are always there. */
function eventMembers(properties, name) {
  const unknown = name === "OtherEvent";
  properties.readable = {
    const: !unknown,
    description: unknown ? "Always `false`." : "Whether the action is known and its data could be read: always `true`.",
  };
  properties.raw = { description: "The JSON text of the event as it came. Does not show when it is printed.", tsType: "string" };
  const names = ["event_action", "event_data", "readable", "raw"];
  if (!unknown) {
    // Where the service sent `[]`, text or null in its place, reading made the object of it.
    const [{ tsType }] = properties.event_data.anyOf;
    properties.event_data = { description: "What the event carries.", tsType };
    return names;
  }
  // A word of its own, so that `event_action` alone tells the type of the data.
  properties.event_action = { description: "Always `other`; what the service said is in `action`.", const: "other" };
  properties.action = { description: "What happened in the service's word, `\"\"` if it was not said.", tsType: "string" };
  properties.event_data = { description: "The data as they came, if there were any.", tsType: "unknown" };
  properties.reason = { description: "Why it is not one of the other events.", type: "string" };
  return [...names, "action", "reason"];
}

/** `"a" | "b" | (string & {})` keeps the known words in an editor's list, where `| string` would swallow them. */
function openList({ anyOf }) {
  const [list, rest] = anyOf ?? [];
  if (!list?.enum || rest?.type !== "string" || rest.enum) return undefined;
  return [...list.enum.map((word) => JSON.stringify(word)), "(string & {})"].join(" | ");
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const text = await types();
  if (process.argv.includes("--check")) {
    if ((await readFile(TYPES, "utf8")) !== text) throw new Error("model.d.ts is not current: run `npm run types` in tests/js");
  } else {
    await writeFile(TYPES, text);
  }
}
