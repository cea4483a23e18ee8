// ANCHOR: all
import { Client } from "whatsgate";

// The key, the session and the place of the gateway come from the environment.
const client = new Client();
const session = client.session(process.env.WHATSGATE_SESSION);
const { message } = await session.sendText("79991112233", "Hello from JavaScript");
console.log(`sent as ${message.id}`);
// ANCHOR_END: all
