// A sound with its length, played as soon as it is there: it was fetched because somebody pressed its button.

import { useEffect, useState } from "preact/hooks";
import { duration, t } from "../i18n";
import type { LoadedFile } from "../state/files";

export function Sound({ file, label }: { file: LoadedFile; label: string }) {
  const [seconds, setSeconds] = useState<number | undefined>(undefined);
  useEffect(() => {
    let isShown = true;
    void lengthOf(file.content).then((length) => isShown && setSeconds(length));
    return () => {
      isShown = false;
    };
  }, [file]);
  return (
    <span class="media-sound">
      <audio controls autoplay src={file.url} aria-label={label} />
      {seconds !== undefined && <small>{t("media.length", { length: duration(seconds) })}</small>}
    </span>
  );
}

/** In seconds. What was recorded in a browser does not say it at its beginning, so it is decoded. */
async function lengthOf(sound: Blob): Promise<number | undefined> {
  try {
    const context = new OfflineAudioContext(1, 1, 44_100);
    return (await context.decodeAudioData(await sound.arrayBuffer())).duration;
  } catch {
    // What cannot be decoded cannot be played either, and the player says so.
    return undefined;
  }
}
