// Files of messages, fetched when they are shown and kept as long as the session is open.

export interface LoadedFile {
  url: string;
  content: Blob;
  name: string;
  mimetype: string;
  size: number;
}

interface Received {
  mimetype?: string | null;
  filename?: string | null;
  blob(): Blob;
}

export class Files {
  readonly #fetch: (message: string) => Promise<Received>;
  readonly #loads = new Map<string, Promise<LoadedFile>>();
  readonly #urls: string[] = [];

  constructor(fetch: (message: string) => Promise<Received>) {
    this.#fetch = fetch;
  }

  /** The file of a message; a failure may be tried again. */
  load(message: string): Promise<LoadedFile> {
    const known = this.#loads.get(message);
    if (known) return known;
    const load = this.#load(message);
    this.#loads.set(message, load);
    load.catch(() => this.#loads.delete(message));
    return load;
  }

  /** Keeps the file of a message that this page sent, which need not be fetched. */
  keep(message: string, file: File): void {
    const url = this.#url(file);
    const loaded = { url, content: file, name: file.name, mimetype: file.type, size: file.size };
    this.#loads.set(message, Promise.resolve(loaded));
  }

  has(message: string): boolean {
    return this.#loads.has(message);
  }

  clear(): void {
    this.#urls.forEach((url) => URL.revokeObjectURL(url));
    this.#loads.clear();
  }

  async #load(message: string): Promise<LoadedFile> {
    const media = await this.#fetch(message);
    const blob = media.blob();
    const url = this.#url(blob);
    return { url, content: blob, name: media.filename ?? "file", mimetype: media.mimetype ?? blob.type, size: blob.size };
  }

  #url(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#urls.push(url);
    return url;
  }
}
