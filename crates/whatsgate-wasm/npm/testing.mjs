// For the tests of programs that use the client: a gateway that is none, and what a real one says.
export { broken, failure, fakeGateway, hanging, notConnected } from "./testing/gateway.mjs";
export { events, replies } from "./testing/fixtures.mjs";
