// How the connection stands, in a word beside the session and, when it is down, in a banner.

import { plural, t } from "../i18n";
import type { Key } from "../i18n/en";
import type { Inbox } from "../state/inbox";
import { Problem } from "./Problem";

/** A dot in the colour of the connection. */
export function Dot({ box }: { box: Inbox }) {
  const state = box.gone.value ? "gone" : box.connection.state.value;
  return <span class="dot" data-state={state} />;
}

export function ConnectionWord({ box }: { box: Inbox }) {
  const key: Key = box.gone.value ? "connection.gone" : `connection.${box.connection.state.value}`;
  return (
    <span class="connection-word" role="status">
      {t(key)}
    </span>
  );
}

export function ConnectionBanner({ box }: { box: Inbox }) {
  const { state, problem } = box.connection;
  const waiting = box.messages.unsent().filter((entry) => entry.isWaiting).length;
  const offline = { what: t("problem.offline"), advice: "", mayRepeat: true };
  const live = state.value === "offline" ? offline : problem.value;
  if (!live || box.gone.value) return null;
  const advice = [live.advice, t("advice.live"), ...(waiting > 0 ? [plural("connection.waiting", waiting)] : [])];
  return <Problem problem={{ ...live, what: `${t("problem.live")}. ${live.what}`, advice: advice.join(" ").trimStart() }} />;
}
