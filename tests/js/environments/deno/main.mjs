import * as whatsgate from "whatsgate";
import { job } from "./job.mjs";

console.log(await job(whatsgate, Deno.env.get("PLACE")));
