const whatsgate = require("whatsgate");
const { job } = require("./job.cjs");

job(whatsgate, process.env.PLACE).then(console.log);
