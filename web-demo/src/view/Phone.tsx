// The phone of the other side: it scans the code of a session, and answers.

import { useEffect, useMemo, useState } from "preact/hooks";
import { t, time } from "../i18n";
import type { Phone as PhoneApi, PhoneChat, PhoneSession } from "../phone";
import { drawn, inbox, linking } from "../state/account";
import { PhoneScreen } from "../state/phone";
import { useAction } from "./action";
import { Leave, Power, Scan } from "./icons";
import { PhoneChatView } from "./PhoneChat";
import { Problem } from "./Problem";

export function Phone({ phone, onLinked }: { phone: PhoneApi; onLinked: () => void }) {
  const screen = useMemo(() => new PhoneScreen(phone), [phone]);
  useEffect(() => () => screen.close(), [screen]);
  const session = inbox.value?.session.value.unique_id ?? linking.value?.unique_id;
  const open = inbox.value?.openChat.value;
  // The phone goes along with the messenger, and may be taken to another person by hand.
  useEffect(() => screen.show(session, open), [screen, session, open]);
  return (
    <div class="phone-stage">
      <p class="phone-hint muted">{t("phone.hint")}</p>
      <div class="phone">
        <StatusBar />
        <div class="phone-screen">
          <Screen screen={screen} session={session} onLinked={onLinked} />
        </div>
      </div>
      <Problem problem={screen.problem.value} onClose={() => (screen.problem.value = undefined)} />
    </div>
  );
}

function StatusBar() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="phone-bar" aria-hidden="true">
      <span>{time(now / 1000)}</span>
      <span class="phone-island" />
      <span class="phone-battery" />
    </div>
  );
}

interface ScreenProps {
  screen: PhoneScreen;
  session: string | undefined;
  onLinked: () => void;
}

function Screen({ screen, session, onLinked }: ScreenProps) {
  const sessions = screen.sessions.value;
  // The session that the messenger waits for, or any other that shows a code.
  const waiting = sessions.filter((other) => other.status === "AUTH");
  const asking = waiting.find((other) => other.unique_id === session) ?? (inbox.value ? undefined : waiting[0]);
  if (asking) return <Camera key={asking.unique_id} screen={screen} asking={asking} onLinked={onLinked} />;
  const chats = screen.chats.value;
  const wanted = screen.chat.value;
  const chat = chats.find((other) => other.id === wanted);
  const first = chats[0]?.id;
  useEffect(() => {
    if (wanted === undefined) screen.choose(first);
  }, [wanted, first]);
  if (!chat) {
    const isLinked = chats.length > 0;
    return (
      <div class="phone-message">
        {!isLinked && <Scan />}
        {!isLinked && <h2>{t("phone.waiting")}</h2>}
        <p class="muted">{t(isLinked ? "phone.empty" : "phone.waitingText")}</p>
      </div>
    );
  }
  return (
    <>
      <header class="phone-head">
        <div class="phone-who">
          <label>
            <span>{t(chat.isGroup ? "phone.group" : "phone.people")}</span>
            <select value={chat.id} onChange={(event) => screen.choose(event.currentTarget.value)}>
              {chats.map((other) => (
                <option key={other.id} value={other.id}>
                  {other.name}
                </option>
              ))}
            </select>
          </label>
          {chat.isGroup && <Member screen={screen} chat={chat} />}
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label={t(chat.on ? "phone.switchOff" : "phone.switchOn")}
          title={t(chat.on ? "phone.switchOff" : "phone.switchOn")}
          onClick={() => void screen.switch(!chat.on)}
        >
          <Power />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t("phone.logout")}
          title={t("phone.logout")}
          onClick={() => void screen.logout()}
        >
          <Leave />
        </button>
      </header>
      {chat.on ? (
        <PhoneChatView screen={screen} chat={chat} />
      ) : (
        <div class="phone-message phone-off">
          <h2>{t("phone.isOff")}</h2>
          <p>{t("phone.isOffText")}</p>
          <button type="button" class="button" onClick={() => void screen.switch(true)}>
            <Power />
            {t("phone.switchOn")}
          </button>
        </div>
      )}
    </>
  );
}

/** Who of a group's members answers. */
function Member({ screen, chat }: { screen: PhoneScreen; chat: PhoneChat }) {
  return (
    <label>
      <span>{t("phone.asGroup", { name: chat.name })}</span>
      <select value={screen.memberOf(chat)} onChange={(event) => screen.chooseMember(chat, event.currentTarget.value)}>
        {screen.membersOf(chat).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CameraProps {
  screen: PhoneScreen;
  asking: PhoneSession;
  onLinked: () => void;
}

function Camera({ screen, asking, onLinked }: CameraProps) {
  const link = useAction(async () => {
    await screen.link(asking.unique_id);
    onLinked();
  });
  // Nobody can scan what the messenger does not show yet; a pairing code is typed in.
  const isAwaited = linking.value?.unique_id === asking.unique_id && drawn.value !== asking.unique_id;
  const mayLink = asking.code !== null || !isAwaited;
  return (
    <div class="phone-message camera">
      <div class="viewfinder" aria-hidden="true">
        <span />
      </div>
      <h2>{t("phone.scanTitle", { name: asking.name })}</h2>
      {asking.code && <p class="pairing-code pairing-code-small">{asking.code}</p>}
      <button
        type="button"
        class={mayLink ? "button button-large calling" : "button button-large"}
        disabled={!mayLink || link.isRunning}
        onClick={() => void link.run()}
      >
        <Scan />
        {t(asking.code ? "phone.typeCode" : "phone.scan")}
      </button>
    </div>
  );
}
