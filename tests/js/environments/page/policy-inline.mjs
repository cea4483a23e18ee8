import * as whatsgate from "./node_modules/whatsgate/inline.mjs";
import { job } from "./job.mjs";

const tell = (text) => (document.querySelector("output").textContent = text);
job(whatsgate, new URLSearchParams(location.search).get("place")).then(tell, (error) => tell(String(error)));
