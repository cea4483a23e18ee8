import * as whatsgate from "./node_modules/whatsgate/index.mjs";
import { job } from "./job.mjs";

addEventListener("message", (event) => {
  const tell = (text) => event.source.postMessage(text);
  event.waitUntil(job(whatsgate, event.data).then(tell, (error) => tell(String(error))));
});
