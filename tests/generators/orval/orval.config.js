// The suffix: orval names the reply of `send` SendResult, and so does the document one of its schemas.
module.exports = {
  whatsgate: {
    input: "openapi.json",
    output: {
      target: "generated.ts",
      client: "axios-functions",
      override: { components: { schemas: { suffix: "Schema" } } },
    },
  },
};
