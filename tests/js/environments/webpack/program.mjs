import * as whatsgate from "whatsgate";
import { job } from "./job.mjs";

console.log(await job(whatsgate, process.env.PLACE));
