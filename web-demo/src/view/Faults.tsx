// The switch of faults, and in words what the SDK makes of the one that is on.

import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Call, Calls } from "../state/calls";
import { FAULTS, type Fault, type FaultSwitch } from "../state/faults";
import type { Inbox } from "../state/inbox";
import { useAction } from "./action";
import { Problem } from "./Problem";
import { Verdict } from "./Verdict";

/** Of so many calls it is told what the SDK made of them. */
const TOLD = 6;
/** Calls that nobody asked for by hand. */
const ASIDE = ["followEvents", "showTyping", "markAsRead", "messageMedia", "info"];

interface Props {
  faults: FaultSwitch;
  calls: Calls;
  box: Inbox | undefined;
}

export function Faults({ faults, calls, box }: Props) {
  const session = box?.session.value.unique_id;
  const told = () => calls.all.value.filter((call) => isTold(call, faults.since.value)).slice(0, TOLD);
  useEffect(() => (session === undefined ? undefined : faults.watch(session, told)), [faults, session]);
  const shown = told();
  return (
    <div class="faults">
      <div class="faults-switch">
        <fieldset class="fault-list">
          <legend>{t("faults.legend")}</legend>
          {(Object.keys(FAULTS) as Fault[]).map((fault) => (
            <label key={fault} class="fault">
              <input
                type="radio"
                name="fault"
                checked={faults.on.value === fault}
                onChange={() => void faults.switch(fault)}
              />
              <span>
                <strong>{t(`fault.${fault}`)}</strong>
                <small class="muted">{t(`fault.${fault}.text`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <Problem problem={faults.problem.value} />
      </div>
      <div class="verdicts">
        <h3>{t("verdict.title")}</h3>
        {box && <Trials box={box} />}
        {shown.length === 0 && <p class="muted">{t("verdict.none")}</p>}
        <ol aria-label={t("verdict.title")}>
          {shown.map((call) => (
            <Verdict key={call.number} calls={calls} call={call} arrived={faults.arrived.value.get(call.number)} />
          ))}
        </ol>
      </div>
    </div>
  );
}

/** Something to ask for while a fault is on, beside what the messenger does. */
function Trials({ box }: { box: Inbox }) {
  const read = useAction(() => box.reload());
  const open = box.openChat.value;
  const chat = open === undefined ? undefined : box.chat(open);
  const mayWrite = chat !== undefined && !chat.isReadOnly && !box.gone.value;
  return (
    <div class="actions">
      <button
        type="button"
        class="button"
        disabled={!mayWrite}
        onClick={() => {
          const body = t("faults.trial", { number: trialNumber() });
          if (open !== undefined) void box.outbox.send(open, { body, file: undefined, asDocument: false, quote: undefined });
        }}
      >
        {t("faults.send")}
      </button>
      <button type="button" class="button button-quiet" disabled={read.isRunning} onClick={() => void read.run()}>
        {t("faults.read")}
      </button>
    </div>
  );
}

let trials = 0;

function trialNumber(): number {
  trials += 1;
  return trials;
}

function isTold(call: Call, since: number): boolean {
  return since > 0 && call.at >= since && !ASIDE.includes(call.method);
}
