import { render } from "preact";
import "./style/index.css";
import { findOffer } from "./state/account";
import { App } from "./view/App";

const root = document.getElementById("app");
if (root) {
  await findOffer();
  render(<App />, root);
}
