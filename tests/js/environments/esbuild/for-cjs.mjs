import * as whatsgate from "whatsgate";
import { job } from "./job.mjs";

job(whatsgate, process.env.PLACE).then(console.log);
