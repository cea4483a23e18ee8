import * as fs from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { mistake } from "../lib/error.mjs";

const WHO = "fileFromPath";

export async function fileFromPath(path) {
  if (typeof path !== "string" && !(path instanceof URL)) throw mistake(WHO, "path", "must be a string or a file: URL");
  const place = path instanceof URL ? fileURLToPath(path) : path;
  if (!fs.openAsBlob) throw mistake(WHO, undefined, "this runtime opens no files as Blobs; give sendFile a stream");
  let blob;
  try {
    blob = await fs.openAsBlob(place);
  } catch (cause) {
    throw mistake(WHO, "path", "names no file that can be read", cause);
  }
  return new File([blob], basename(place));
}
