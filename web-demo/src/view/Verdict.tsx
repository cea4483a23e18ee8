// What the SDK made of one call, in words.

import { plural, t } from "../i18n";
import type { Key } from "../i18n/en";
import type { Call, Calls } from "../state/calls";
import { showCall } from "../state/layout";
import { focusCall } from "./focus";

interface Props {
  calls: Calls;
  call: Call;
  /** How often the message arrived at the other side, as counted there. */
  arrived: number | undefined;
}

export function Verdict({ calls, call, arrived }: Props) {
  return (
    <li class="verdict" data-call={call.number}>
      <button
        type="button"
        class="link-button"
        aria-label={t("verdict.show", { method: call.method })}
        onClick={() => {
          showCall(call.number);
          focusCall();
        }}
      >
        <code>{call.method}</code>
      </button>
      <p>{[...ofResult(call), ...ofArrivals(call, arrived), ...ofEvents(calls, call)].join(" ")}</p>
    </li>
  );
}

function ofResult({ result, requests }: Call): string[] {
  const asked = plural("verdict.requests", requests);
  if (!result) return [requests > 1 ? `${asked} ${t("verdict.stillTrying")}` : t("verdict.awaited")];
  if (result.isGood) return [t("verdict.good"), asked, ...(requests > 1 ? [t("verdict.repeatedRead")] : [])];
  const { kind, outcome, tries } = result;
  const why: Key = outcome === "unknown" ? "verdict.unknown" : "verdict.notSent";
  const repeated: Key = tries > 1 ? "verdict.gaveUp" : outcome === "unknown" ? "verdict.notRepeated" : "verdict.mayRepeat";
  return [t("verdict.bad", { kind, outcome }), t(why), asked, t(repeated)];
}

function ofArrivals({ result, requests }: Call, arrived: number | undefined): string[] {
  if (arrived === undefined) return [];
  const counted = plural("verdict.arrived", arrived);
  if (arrived > requests) return [counted, t("verdict.browser")];
  return result && !result.isGood && arrived === 1 ? [counted, t("verdict.settled")] : [counted];
}

function ofEvents(calls: Calls, call: Call): string[] {
  const events = call.sent && call.about !== undefined ? calls.eventsOf(call) : [];
  const copies = Math.max(0, ...events.map(({ id }) => calls.copiesOf(id)));
  if (copies < 2) return [];
  const given = events.length / new Set(events.map(({ id }) => id)).size;
  return [t(given === 1 ? "verdict.copiesOnce" : "verdict.copies", { copies, given })];
}
