import * as whatsgate from "whatsgate";
import { job } from "./job.mjs";

const tell = (text) => (document.querySelector("output").textContent = text);
job(whatsgate, new URLSearchParams(location.search).get("place")).then(tell, (error) => tell(String(error)));
