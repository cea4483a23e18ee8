const whatsgate = require("whatsgate");
const { job } = require("./job.cjs");

test("whatsgate", async () => {
  process.stdout.write(`${await job(whatsgate, process.env.PLACE)}\n`);
});
