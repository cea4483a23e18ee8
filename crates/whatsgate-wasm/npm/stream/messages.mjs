// Server-sent events, as far as the relay uses them.

// More than this is no event.
const LONGEST = 16 << 20;

/** The messages in a stream of bytes: `{ type, id, data }`. `onPart` is called with whatever comes. */
export async function* messages(body, onPart) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let message = { type: "message", data: [] };
  try {
    for (let next; !(next = await reader.read()).done; ) {
      onPart();
      rest += decoder.decode(next.value, { stream: true });
      if (rest.length > LONGEST) throw new Error("a message of the stream is too long");
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line !== "") read(line, message);
        else {
          if (message.data.length) yield { ...message, data: message.data.join("\n") };
          message = { type: "message", data: [] };
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function read(line, message) {
  const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
  if (name === "event") message.type = value;
  if (name === "id") message.id = value;
  if (name === "data") message.data.push(value ?? "");
}
