import * as whatsgate from "whatsgate";
import { job } from "../../job.mjs";

export default async function Page({ searchParams }) {
  return <output>{await job(whatsgate, (await searchParams).place)}</output>;
}
