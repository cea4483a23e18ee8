/** A file that came with a message. */
export class Media {
  constructor(members) {
    Object.assign(this, members);
  }

  bytes() {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(this.data);
    return Uint8Array.from(atob(this.data), (letter) => letter.charCodeAt(0));
  }

  blob() {
    return new Blob([this.bytes()], { type: this.mimetype ?? "" });
  }
}
