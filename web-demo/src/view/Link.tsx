// Linking a phone to a session: the gateway's page with the QR code in a frame, or a pairing code.

import { useEffect, useState } from "preact/hooks";
import { isWhatsgateError, type SessionInfo } from "../gateway";
import { t } from "../i18n";
import type { Key } from "../i18n/en";
import { type Problem as ProblemText, toProblem } from "../problem";
import { closeSession, create, drawn, gateway, linking, open, phone } from "../state/account";
import { useAction } from "./action";
import { Check } from "./icons";
import { Problem } from "./Problem";

export function Link({ session }: { session: SessionInfo }) {
  const [info, setInfo] = useState(session);
  const [problem, setProblem] = useState<ProblemText | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const isScanned = useScanned(info.qr_link ?? undefined);

  useEffect(() => {
    const end = new AbortController();
    gateway.value
      ?.waitUntilReady(session.unique_id, (change) => setInfo((old) => ({ ...old, ...given(change) })), end.signal)
      .then(
        (ready) => {
          if (end.signal.aborted || linking.value?.unique_id !== session.unique_id) return;
          open(ready);
        },
        (error: unknown) => {
          if (!end.signal.aborted) setProblem(explain(error));
        },
      );
    return () => end.abort();
  }, [session.unique_id, attempt]);

  const again = useAction(async () => {
    setProblem(undefined);
    if (problem?.mayRepeat) setAttempt(attempt + 1);
    else await create(session.name);
  });

  return (
    <section class="link" aria-labelledby="link-title">
      <h2 id="link-title">{t("link.title", { name: info.name })}</h2>
      {problem || again.problem ? (
        <Problem problem={again.problem ?? problem}>
          <button type="button" class="button" disabled={again.isRunning} onClick={() => void again.run()}>
            {problem?.mayRepeat ? t("app.retry") : t("link.again")}
          </button>
        </Problem>
      ) : isScanned ? (
        <p class="link-done" role="status">
          <Check />
          {t("link.qrDone")}
        </p>
      ) : (
        <Code info={info} />
      )}
      <button type="button" class="link-button" onClick={closeSession}>
        {t("app.cancel")}
      </button>
    </section>
  );
}

function Code({ info }: { info: SessionInfo }) {
  const sandbox = phone.value !== undefined;
  if (info.code) {
    return (
      <>
        <h3 class="visually-hidden">{t("link.codeTitle")}</h3>
        <output class="pairing-code">{info.code}</output>
        <p class="lead">{sandbox ? <OnPhone press="phone.typeCode" /> : t("link.codeText")}</p>
      </>
    );
  }
  const isDrawn = drawn.value === info.unique_id;
  if (!info.qr_link) return <p role="status">{t("link.preparing")}</p>;
  return (
    <>
      <iframe
        class="qr"
        title={t("link.qr")}
        src={info.qr_link}
        referrerpolicy="no-referrer"
        onLoad={() => {
          // Before that the frame says that the session is starting; it loads again by itself.
          if (info.status === "AUTH") drawn.value = info.unique_id;
        }}
      />
      <p class="lead">{!sandbox ? t("link.qrText") : isDrawn ? <OnPhone press="phone.scan" /> : t("link.preparing")}</p>
    </>
  );
}

/** What to press on the phone beside, or behind the tab in a narrow window. */
function OnPhone({ press }: { press: Key }) {
  const values = { button: t(press), tab: t("app.phone") };
  return (
    <>
      <span class="only-halves">{t("link.onPhone", values)}</span>
      <span class="only-tabs">{t("link.onPhoneTab", values)}</span>
    </>
  );
}

/** Whether the page in the frame told that the code was scanned. Other windows may post messages too. */
function useScanned(link: string | undefined): boolean {
  const [isScanned, setScanned] = useState(false);
  useEffect(() => {
    if (!link || !URL.canParse(link)) return;
    const { origin } = new URL(link);
    const listen = ({ origin: from, data }: MessageEvent) => {
      if (from !== origin || data === null || typeof data !== "object" || data.module !== "qr") return;
      if (data.message === "success") setScanned(true);
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
  }, [link]);
  return isScanned;
}

/** What a list says of a session, without what it leaves out: a code was in the first reply only. */
function given(info: SessionInfo): Partial<SessionInfo> {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== null && value !== ""));
}

function explain(error: unknown): ProblemText {
  if (isWhatsgateError(error) && error.kind === "sessionEnded") {
    return { what: t("link.ended"), advice: t("link.endedAdvice"), mayRepeat: false };
  }
  return toProblem(error);
}
