var exports = {};
importScripts("job.cjs", "node_modules/whatsgate/script/whatsgate.js");

addEventListener("message", (event) => {
  const tell = (text) => event.source.postMessage(text);
  event.waitUntil(exports.job(whatsgate, event.data).then(tell, (error) => tell(String(error))));
});
