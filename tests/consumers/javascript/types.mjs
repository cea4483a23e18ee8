// TypeScript types of the bundle, and a program that states every documented body as a value of its type; `tsc` judges.
// Arguments: the folders of schemas and fixtures, and where to write.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileFromFile } from "json-schema-to-typescript";
import { bodies } from "./bodies.mjs";

const [schemas, fixtures, target] = process.argv.slice(2);
mkdirSync(target, { recursive: true });
const types = await compileFromFile(join(schemas, "bundle.json"), {
  unreachableDefinitions: true,
  additionalProperties: false,
});
writeFileSync(join(target, "whatsgate.d.ts"), types);

let checked = 0;
const lines = ['import type * as whatsgate from "./whatsgate.js";'];
for (const { name, part, type, value, mistaken } of bodies(schemas, fixtures)) {
  if (mistaken) lines.push("// @ts-expect-error a documented mistake");
  lines.push(`export const _${checked++}: whatsgate.${type} = ${JSON.stringify(value)}; // ${name}, ${part}`);
}
lines.push(`
export function describe(chat: whatsgate.Chat): string {
  return chat.isGroup ? \`group of \${chat.groupMetadata?.participants?.length}\` : \`contact \${chat.name}\`;
}
// @ts-expect-error a contact has no group metadata
export const notAGroup = (chat: whatsgate.ContactChat) => chat.groupMetadata;
// @ts-expect-error a recipient is required
export const nobody: whatsgate.SendRequest = { WhatsappID: "1", message: { body: "Hello" } };
`);
writeFileSync(join(target, "fixtures.ts"), lines.join("\n"));
console.log(`checked: ${checked + 3}`);
