// The calls behind the page's actions, and the one that is looked at.

import { useRef } from "preact/hooks";
import { seconds, t } from "../i18n";
import type { Call, Calls } from "../state/calls";
import { chosenCall } from "../state/layout";
import { CallDetails } from "./CallDetails";

export function CallList({ calls }: { calls: Calls }) {
  const list = useRef<HTMLUListElement>(null);
  const all = calls.all.value;
  const chosen = all.find((call) => call.number === chosenCall.value) ?? all.find((call) => !call.isStream) ?? all[0];
  if (!chosen) return <p class="backstage-empty muted">{t("calls.none")}</p>;
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && all[all.indexOf(chosen) + step];
    if (!next) return;
    event.preventDefault();
    chosenCall.value = next.number;
    list.current?.querySelector<HTMLElement>(`[data-call="${next.number}"]`)?.focus();
  };
  return (
    <div class="calls">
      <ul class="call-list" ref={list} aria-label={t("calls.title")} onKeyDown={move}>
        {all.map((call) => (
          <li key={call.number}>
            <button
              type="button"
              class="call"
              data-call={call.number}
              // One stop for the tab key; the arrows go on from there.
              tabIndex={call === chosen ? 0 : -1}
              aria-current={call === chosen ? "true" : undefined}
              onClick={() => (chosenCall.value = call.number)}
            >
              <code>{call.method}</code>
              <Outcome call={call} />
              <time class="muted">{seconds(call.at)}</time>
            </button>
          </li>
        ))}
      </ul>
      <CallDetails key={chosen.number} calls={calls} call={chosen} />
    </div>
  );
}

/** What came of it, in a word. */
function Outcome({ call }: { call: Call }) {
  const { result } = call;
  if (!result) return <span class="call-outcome">{call.isStream ? t("calls.goesOn", { count: call.requests }) : "…"}</span>;
  if (result.isGood) return <span class="call-outcome call-good">{t("calls.good")}</span>;
  return <span class="call-outcome call-bad">{`${result.kind}, ${result.outcome}`}</span>;
}
