/** Checkpoints by their digest (`sha256:<hex>`). One digest is always the same bytes. */
export interface BlobStore {
  /** Durable when it resolves; storing the same again is no error and repairs a damaged copy. */
  put(digest: string, bytes: Uint8Array): Promise<void>;
  /** @returns null when there is none */
  get(digest: string): Promise<Uint8Array<ArrayBuffer> | null>;
}
