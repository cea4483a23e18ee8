import * as whatsgate from "whatsgate";
import { job } from "./job.mjs";

export default {
  async fetch(request) {
    return new Response(await job(whatsgate, new URL(request.url).searchParams.get("place")));
  },
};
