// The page: a bar, the messenger on the left, the phone of the other side on the right.

import { useSignalEffect } from "@preact/signals";
import { useState } from "preact/hooks";
import { language, setLanguage, t } from "../i18n";
import { theme, toggleTheme } from "../preferences";
import { gateway, leave, linking, phone, screen } from "../state/account";
import { done, STEPS } from "../state/steps";
import { Connect } from "./Connect";
import { Check, Group, Leave, Logo, Moon, Phone as PhoneIcon, Sun } from "./icons";
import { Link } from "./Link";
import { Messenger } from "./Messenger";
import { Phone } from "./Phone";
import { Sessions } from "./Sessions";

/** Which half a narrow window shows. */
type Half = "messenger" | "phone";

export function App() {
  const [half, setHalf] = useState<Half>("messenger");
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  return (
    <div class="app" data-half={half} data-phone={phone.value ? "yes" : "no"}>
      <Bar />
      {screen.value === "connect" ? <Connect /> : <Halves half={half} onHalf={setHalf} />}
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
        {gateway.value && (
          <button type="button" class="icon-button" aria-label={t("app.disconnect")} title={t("app.disconnect")} onClick={leave}>
            <Leave />
          </button>
        )}
      </div>
    </header>
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

function Halves({ half, onHalf }: { half: Half; onHalf: (half: Half) => void }) {
  return (
    <>
      <main class="halves">
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
            <Phone phone={phone.value} onLinked={() => onHalf("messenger")} />
          </section>
        )}
      </main>
      {phone.value && (
        <nav class="tabs" aria-label={t("app.name")}>
          <Tab half="messenger" current={half} onHalf={onHalf} />
          <Tab half="phone" current={half} onHalf={onHalf} />
        </nav>
      )}
    </>
  );
}

function Tab({ half, current, onHalf }: { half: Half; current: Half; onHalf: (half: Half) => void }) {
  // Linking and answering are done on the phone.
  const isNext = half === "phone" && current !== half && done.value !== 1 && done.value < STEPS.length;
  return (
    <button type="button" class="tab" aria-current={half === current ? "page" : undefined} onClick={() => onHalf(half)}>
      {half === "phone" ? <PhoneIcon /> : <Group />}
      {t(`app.${half}`)}
      {isNext && <span class="tab-next" />}
    </button>
  );
}
