// Every documented body against its schema, by ajv in strict mode. Arguments: the folders of schemas and fixtures.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { bodies } from "./bodies.mjs";

const [schemas, fixtures] = process.argv.slice(2);
const ajv = new Ajv({ strict: true, allErrors: true });
ajv.addVocabulary([
  "x-1c-name", "x-1c-structure", "x-1c-number", "x-1c-function", "x-1c-function-alias", "x-1c-functions", "x-1c-description",
]);

const validators = new Map();
for (const path of readdirSync(schemas, { recursive: true })) {
  if (!path.endsWith(".json") || ["index.json", "openapi.json"].includes(path)) continue;
  validators.set(path, ajv.compile(JSON.parse(readFileSync(join(schemas, path), "utf8"))));
}

let checked = 0;
for (const { name, part, schema, value, mistaken } of bodies(schemas, fixtures)) {
  const validate = validators.get(schema);
  if (validate(value) === mistaken) {
    console.error(`${name} (${part}) against ${schema}:`, validate.errors ?? "a documented mistake is accepted");
    process.exitCode = 1;
  }
  checked++;
}
console.log(`${validators.size} schemas compiled`);
console.log(`checked: ${checked}`);
