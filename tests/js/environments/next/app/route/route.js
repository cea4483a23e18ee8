import * as whatsgate from "whatsgate";
import { job } from "../../job.mjs";

export async function GET(request) {
  return new Response(await job(whatsgate, request.nextUrl.searchParams.get("place")));
}
