// The microphone: a voice message while it is spoken.

import { signal } from "@preact/signals";
import { PageError } from "../problem";

/** What browsers record, the one that WhatsApp itself uses first. */
const TYPES = ["audio/ogg; codecs=opus", "audio/webm; codecs=opus", "audio/mp4"];

export class Recorder {
  /** How long it has been recording, in seconds. */
  readonly seconds = signal(0);
  readonly #recorder: MediaRecorder;
  readonly #parts: Blob[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #ended: Promise<void>;

  /** Asks for the microphone, and records. Throws a `PageError` that says why there is none. */
  static async start(): Promise<Recorder> {
    if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") {
      throw new PageError("problem.noRecorder", "advice.noRecorder");
    }
    try {
      return new Recorder(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "NotAllowedError") throw new PageError("problem.microphoneForbidden", "advice.microphoneForbidden");
      if (name === "NotFoundError") throw new PageError("problem.noMicrophone", "advice.noMicrophone");
      throw new PageError("problem.microphoneBusy", "advice.microphoneBusy");
    }
  }

  private constructor(stream: MediaStream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
    this.#ended = new Promise((resolve) => this.#recorder.addEventListener("stop", () => resolve()));
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#parts.push(data));
    this.#recorder.start();
    const begun = performance.now();
    this.#timer = setInterval(() => (this.seconds.value = Math.floor((performance.now() - begun) / 1000)), 250);
  }

  /** Ends, and gives what was recorded. */
  async finish(): Promise<File> {
    this.#stop();
    await this.#ended;
    const type = this.#recorder.mimeType || "audio/webm";
    const ending = /audio\/(\w+)/.exec(type)?.[1] ?? "webm";
    return new File(this.#parts, `voice.${ending}`, { type });
  }

  /** Ends, and forgets what was recorded. */
  cancel(): void {
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    this.#recorder.stream.getTracks().forEach((track) => track.stop());
  }
}
