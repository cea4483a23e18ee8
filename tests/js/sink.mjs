// A gateway that takes everything and thinks of nothing, in a process of its own, for measurements.

import { createServer } from "node:http";

const body = JSON.stringify({ result: { id: "true_79999999999@c.us_3EB0436AE1E682FF3A37", body: "Hello!", ack: 0 } });
const headers = {
  "access-control-allow-headers": "*",
  "access-control-allow-origin": "*",
  "content-length": Buffer.byteLength(body),
  "content-type": "application/json",
};

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(200, headers).end(request.method === "POST" ? body : ""));
});
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
process.on("disconnect", () => process.exit());
