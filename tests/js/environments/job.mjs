// What is asked of every environment: a message is sent, another is refused, an event is read.

export async function job({ Client, parseWebhook }, place) {
  const { apiKey, baseUrl, session } = JSON.parse(place);
  const { message } = await new Client({ apiKey, baseUrl }).session(session).sendText("79999999999", "Hello!");
  const stranger = new Client({ apiKey: "a-guess", baseUrl, retry: false }).session(session);
  const refused = await stranger.sendText("79999999999", "Hello!").then(() => "nothing", (error) => error.kind);
  return JSON.stringify({ sent: message.id, refused, event: parseWebhook('{"id":7}').id });
}
