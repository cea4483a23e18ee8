// Calls of the page as a program writes them, in JavaScript and in Rust, whole: copied, with a key in place, they run.

export interface Snippet {
  readonly js: string;
  readonly rust: string;
}

/** A call; the names `client` and `session` are taken. */
interface Parts {
  js: string;
  rust: string;
  /** What Rust needs beside the client. */
  uses?: string[];
  session?: string;
}

/** The whole program around a call. */
export function program(baseUrl: string, { js, rust, uses = [], session }: Parts): Snippet {
  const names = ["ApiKey", "ClientBuilder", ...(session === undefined ? [] : ["SessionId"]), ...uses];
  const of = session === undefined ? undefined : text(session);
  return {
    js: [
      `import { Client } from "whatsgate";`,
      ``,
      `const client = new Client({ apiKey: "YOUR_API_KEY", baseUrl: ${text(baseUrl)} });`,
      ...(of ? [`const session = client.session(${of});`] : []),
      js,
    ].join("\n"),
    rust: [
      `use whatsgate_native::{${[...new Set(names)].sort().join(", ")}};`,
      ``,
      `let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)`,
      `    .base_url(${rustText(baseUrl)}.parse()?)`,
      `    .build()?;`,
      ...(session === undefined ? [] : [`let session = client.session(SessionId::new(${rustText(session)})?);`]),
      rust,
    ].join("\n"),
  };
}

export function text(value: string): string {
  return JSON.stringify(value);
}

export function rustText(value: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t");
  return `"${escaped.replace(/[\u0000-\u001f\u007f]/g, (letter) => `\\u{${letter.charCodeAt(0).toString(16)}}`)}"`;
}

/** Options in JavaScript, without those that are not given. */
export function options(given: Record<string, string | undefined>): string {
  const members = Object.entries(given).flatMap(([name, value]) => (value ? [`${name}: ${text(value)}`] : []));
  return members.length > 0 ? `, { ${members.join(", ")} }` : "";
}
