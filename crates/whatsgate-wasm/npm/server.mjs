// For servers of Node's own kind, around handlers that take a Request, and for files on their disks.
export { fileFromPath } from "./server/file.mjs";
export { fastifyHandler, nodeHandler } from "./server/handlers.mjs";
