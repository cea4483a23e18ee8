// The page: a bar, the messenger on the left, the phone of the other side on the right.

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language, setLanguage, t } from "../i18n";
import { theme, toggleTheme } from "../preferences";
import { faults, gateway, holdsFiles, inbox, linking, phone, screen } from "../state/account";
import { backstage, closeBackstage, type Half, half, showBackstage, showHalf } from "../state/layout";
import { done, STEPS } from "../state/steps";
import { Backstage } from "./Backstage";
import { Connect } from "./Connect";
import { Check, Code, Fault, Group, Logo, Moon, Phone as PhoneIcon, Sun } from "./icons";
import { Leave } from "./Leave";
import { Link } from "./Link";
import { Messenger } from "./Messenger";
import { Phone } from "./Phone";
import { Sessions } from "./Sessions";

export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  useSignalEffect(() => {
    const unread = inbox.value?.unread.value ?? 0;
    document.title = unread > 0 ? `(${unread}) ${t("app.name")}` : t("app.name");
  });
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (holdsFiles()) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  return (
    <div class="app" data-half={half.value} data-phone={phone.value ? "yes" : "no"}>
      <Bar />
      {screen.value === "connect" ? <Connect /> : <Halves />}
    </div>
  );
}

function Bar() {
  return (
    <header class="bar">
      <div class="brand">
        <Logo />
        <h1>{t("app.name")}</h1>
      </div>
      {phone.value && <Steps />}
      <div class="bar-end">
        {gateway.value && <BackstageButtons />}
        <button
          type="button"
          class="text-button"
          lang={language.value === "ru" ? "en" : "ru"}
          aria-label={t("app.language")}
          onClick={() => setLanguage(language.value === "ru" ? "en" : "ru")}
        >
          {language.value === "ru" ? "EN" : "RU"}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t(theme.value === "dark" ? "app.theme.light" : "app.theme.dark")}
          onClick={toggleTheme}
        >
          {theme.value === "dark" ? <Sun /> : <Moon />}
        </button>
        <Leave />
      </div>
    </header>
  );
}

function BackstageButtons() {
  const fault = faults.value?.on.value;
  return (
    <>
      {fault && fault !== "none" && (
        <button
          type="button"
          class="fault-on"
          aria-label={`${t("faults.isOn")} ${t(`fault.${fault}`)}`}
          title={t(`fault.${fault}`)}
          onClick={() => showBackstage("faults")}
        >
          <Fault />
          <span>{t(`fault.${fault}`)}</span>
        </button>
      )}
      <button
        type="button"
        id="backstage-button"
        class="icon-button only-wide"
        aria-label={t("backstage.open")}
        title={t("backstage.open")}
        aria-expanded={backstage.value !== undefined}
        onClick={() => (backstage.value ? closeBackstage() : showBackstage("calls"))}
      >
        <Code />
      </button>
    </>
  );
}

function Steps() {
  return (
    <ol class="steps" aria-label={t("step.label")}>
      {STEPS.map((step, place) => (
        <li
          key={step}
          class={place < done.value ? "step step-done" : "step"}
          aria-current={place === done.value ? "step" : undefined}
        >
          <span class="step-mark">{place < done.value ? <Check /> : place + 1}</span>
          <span class="step-name">{t(`step.${step}`)}</span>
          {place < done.value && <span class="visually-hidden">{t("step.done")}</span>}
        </li>
      ))}
    </ol>
  );
}

function Halves() {
  return (
    <>
      <main class="whole">
        <div class="halves">
          <section class="half half-messenger" aria-label={t("app.messenger")}>
            {screen.value === "messenger" ? (
              <Messenger />
            ) : (
              <div class="stage">
                <div class="card">
                  {linking.value ? (
                    <Link key={linking.value.unique_id} session={linking.value} />
                  ) : (
                    <>
                      <h2>{t("sessions.title")}</h2>
                      <Sessions />
                    </>
                  )}
                </div>
              </div>
            )}
          </section>
          {phone.value && (
            <section class="half half-phone" aria-label={t("phone.title")}>
              <Phone phone={phone.value} onLinked={() => showHalf("messenger")} />
            </section>
          )}
        </div>
        <Backstage />
      </main>
      <nav class="tabs" aria-label={t("app.name")}>
        <Tab wanted="messenger" />
        {phone.value && <Tab wanted="phone" />}
        <Tab wanted="backstage" />
      </nav>
    </>
  );
}

const TAB_ICONS = { messenger: Group, phone: PhoneIcon, backstage: Code };

function Tab({ wanted }: { wanted: Half }) {
  // Linking and answering are done on the phone.
  const isNext = wanted === "phone" && half.value !== wanted && done.value !== 1 && done.value < STEPS.length;
  const Icon = TAB_ICONS[wanted];
  return (
    <button type="button" class="tab" aria-current={half.value === wanted ? "page" : undefined} onClick={() => showHalf(wanted)}>
      <Icon />
      {t(`app.${wanted}`)}
      {isNext && <span class="tab-next" />}
    </button>
  );
}
