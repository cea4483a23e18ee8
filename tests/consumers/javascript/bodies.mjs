// The bodies of all fixtures with the paths and types of their schemas, found by the index as any user would.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The documented mistakes: replies that no schema should accept. */
const mistakes = ["quirk.get-chats.openapi-typos"];

export function* bodies(schemas, fixtures) {
  const index = JSON.parse(readFileSync(join(schemas, "index.json"), "utf8"));
  for (const path of readdirSync(fixtures, { recursive: true }).sort()) {
    if (!path.endsWith(".json")) continue;
    const fixture = JSON.parse(readFileSync(join(fixtures, path), "utf8"));
    const name = path.replace(/^.*\/|\.json$/g, "");
    const body = (part, schema, type, value) => ({
      name, part, schema, type, value, mistaken: part === "reply" && mistakes.includes(name),
    });
    if (fixture.command) {
      const command = index.commands[fixture.command];
      const { status, body: reply } = fixture.response;
      yield body("request", command.request, command.requestType, fixture.request.body);
      yield status === 200
        ? body("reply", command.reply, command.replyType, reply)
        : body("error", index.error, "ErrorBody", reply);
    } else {
      const event = index.events[fixture.event];
      yield body("event", event.schema, event.type, fixture.body);
      yield body("event", index.event, "Event", fixture.body);
      yield body("acknowledgement", index.acknowledgement, "Acknowledgement", fixture.reply);
    }
  }
}
